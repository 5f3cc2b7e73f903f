"""What ``cdi feed`` said of a CSV file, against what is in it: every bad row is named, and no other."""

from __future__ import annotations

from typing import NamedTuple

from tests.chaos.findings import Verdict
from tests.chaos.site.csv_files import CsvFile

CHECK = "of CSV files every bad row is named and no other"


class Feeding(NamedTuple):
    """What came of feeding a file."""

    status: int
    """The exit status."""
    rows: int | None
    """How many rows it says were fed; None where it does not say."""
    refused: tuple[int, ...]
    """The lines of the rows that were set aside."""


def is_as_expected(file: CsvFile, feeding: Feeding) -> bool:
    """Return whether a feeding came to what is in the file."""
    return feeding == (file.status, file.rows, file.refused)


def check_feeding(file: CsvFile, feeding: Feeding, verdict: Verdict) -> None:
    """Compare the exit status, the rows that were fed and the lines that were set aside with those of the file."""
    verdict.compared.update({"files": 1, "rows fed": file.rows or 0, "rows refused": len(file.refused)})
    about, refused = f"a {file.name} CSV file", feeding.refused
    if (feeding.status, feeding.rows) != (file.status, file.rows):
        expected = {"expected_status": file.status, "expected_rows": file.rows}
        verdict.find("DIFFERENT", about, status=feeding.status, rows=feeding.rows, **expected)
    if missing := sorted(set(file.refused) - set(refused)):
        verdict.find("LOST", about, bad_rows_not_named=missing)
    if wrong := sorted(set(refused) - set(file.refused)):
        verdict.find("UNEXPECTED", about, sound_rows_refused=wrong)
    if len(refused) != len(set(refused)):
        verdict.find("DOUBLED", about, named=list(refused))
