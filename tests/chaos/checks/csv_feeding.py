"""What ``cdi feed`` said of a CSV file, against what is in it: every bad row is named, and no other."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.findings import Verdict
from tests.chaos.site.csv_files import CsvFile

CHECK = "of CSV files every bad row is named and no other"


def check_feeding(file: CsvFile, status: int, refused: Sequence[int], verdict: Verdict) -> None:
    """Compare the exit status and the lines that were set aside with those of the file."""
    verdict.compared.update({"files": 1, "rows fed": file.rows, "rows refused": len(file.refused)})
    about = f"a {file.name} CSV file"
    if status != file.status:
        verdict.find("DIFFERENT", about, status=status, expected=file.status)
    if missing := sorted(set(file.refused) - set(refused)):
        verdict.find("LOST", about, bad_rows_not_named=missing)
    if wrong := sorted(set(refused) - set(file.refused)):
        verdict.find("UNEXPECTED", about, sound_rows_refused=wrong)
    if len(refused) != len(set(refused)):
        verdict.find("DOUBLED", about, named=list(refused))
