"""The campaign's CSV files are what they say, and its check of feedings can fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import RowReader
from schemas.records import Snapshot
from tests.chaos.checks.csv_feeding import Feeding, check_feeding
from tests.chaos.findings import Verdict
from tests.chaos.site import csv_files
from tests.chaos.site.csv_files import CsvFile
from tests.chaos.stories import draw
from tests.streams import histories
from tests.streams.world import DAY, crime

READ_AT = histories.END


def fed(status: int, *refused: int, rows: int | None = 2) -> list[str]:
    """Return what the check of a feeding finds where lines 3 and 5 are bad rows."""
    verdict = Verdict("")
    check_feeding(CsvFile("hostile", b"", 2, (3, 5), status=1), Feeding(status, rows, refused), verdict)
    return verdict.kinds


def test_a_feeding_is_compared_by_status_and_lines() -> None:
    """A bad row nobody was told of, a sound one refused, one named twice, a wrong exit status or number of rows."""
    assert fed(1, 3, 5) == []
    assert fed(1, 3) == ["LOST"]
    assert fed(1, 3, 4, 5) == ["UNEXPECTED"]
    assert fed(1, 3, 3, 5) == ["DOUBLED"]
    assert fed(0, 3, 5) == ["DIFFERENT"]
    assert fed(1, 3, 5, rows=1) == fed(1, 3, 5, rows=None) == ["DIFFERENT"]


def rows_of_file(file: CsvFile, record: type[Snapshot], folder: Path) -> tuple[list[Snapshot], list[int]]:
    """Read a file as ``cdi feed`` does; return its records and the lines of its bad rows."""
    (folder / "mapping.toml").write_text(csv_files.mapping_of(record), encoding="utf-8")
    (folder / "export.csv").write_bytes(file.content)
    reader = RowReader(record.TOPIC, read_mapping(str(folder / "mapping.toml")), read_at=READ_AT, far_future=DAY)
    rows = list(reader.rows(folder / "export.csv"))
    records = [row.record for row in rows if isinstance(row.record, Snapshot)]
    return records, [row.line for row in rows if row.refusal is not None]


WriteFile = Callable[[Sequence[Snapshot], random.Random], CsvFile]


@pytest.mark.parametrize("write", [csv_files.sound, csv_files.torn, csv_files.hostile])
@pytest.mark.parametrize("number", range(2))
def test_a_csv_file_holds_what_it_says(write: WriteFile, number: int, tmp_path: Path) -> None:
    """Whatever the topic: records that are read to the letter, and bad rows on the lines it names."""
    dice = random.Random(number)
    history = [record for drawn in draw(number, 17) for record in drawn]
    for record_type in {type(record) for record in history}:
        records = [csv_files.plain(record, dice) for record in history if type(record) is record_type]
        file = write(records, dice)
        read, refused = rows_of_file(file, record_type, tmp_path)
        assert (read, tuple(refused)) == (records[: file.rows], file.refused)


def test_a_csv_file_of_a_torn_archive_is_refused_whole(tmp_path: Path) -> None:
    """Nothing of it is known to be right."""
    records = [csv_files.plain(crime(READ_AT - DAY), random.Random(1))] * 3
    with pytest.raises(FileRefusedError):
        rows_of_file(csv_files.torn_archive(records, random.Random(1)), type(records[0]), tmp_path)
