"""A file that is fed again by the same mapping is the same; by another it is not."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from deploy.files.feedings import FILE, Feedings
from deploy.files.mapping import ColumnMapping
from deploy.files.row_reader import RowReader
from schemas.records import Snapshot
from tests.deploy.files.mapping.crime_rows import READ_AT, mapping_of

FED_AT_ITS_TIME = """[fields]
crime_ref = "Ref"
event_time = { feeding_time = true }
"""
BY_PATTERN = """
offence_class = { column = "Class", patterns = { THEFT = "THEFT", "." = "OTHER" } }
"""
BY_KEY = """
suspect_token = { column = "Ref", pseudonym = { environment = "PSEUDONYM_KEY" } }
"""


def event_times(folder: Path, mapping: ColumnMapping, moment: int) -> set[int]:
    """Feed the folder's file by a command of its own at a moment (ms); return the times of its records."""
    feedings = Feedings(folder / "data", "")
    reader = RowReader(mapping.topic, mapping, moment, 1000, feedings=feedings)
    records = [row.record for row in reader.rows(folder / "crimes.csv")]
    feedings.save_files()
    return {record.event_time for record in records if isinstance(record, Snapshot)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a table, and a key in the environment."""
    monkeypatch.setenv("PSEUDONYM_KEY", "a key of sixteen bytes and more")
    (tmp_path / "crimes.csv").write_text("Ref,Class\nC-1,THEFT\nC-2,THEFT\n")
    return tmp_path


def test_a_file_fed_again_has_the_time_of_its_first_feeding(folder: Path) -> None:
    """Whatever else the mapping says."""
    mapping = mapping_of(FED_AT_ITS_TIME + BY_PATTERN + BY_KEY)
    assert event_times(folder, mapping, READ_AT) == {READ_AT}
    assert event_times(folder, mapping, READ_AT + 5) == {READ_AT}


def test_patterns_in_another_order_are_another_mapping(folder: Path) -> None:
    """As they read the same row otherwise."""
    other = BY_PATTERN.replace('THEFT = "THEFT", "." = "OTHER"', '"." = "OTHER", THEFT = "THEFT"')
    assert event_times(folder, mapping_of(FED_AT_ITS_TIME + BY_PATTERN), READ_AT) == {READ_AT}
    assert event_times(folder, mapping_of(FED_AT_ITS_TIME + other), READ_AT + 5) == {READ_AT + 5}


def test_another_key_is_another_mapping(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everybody is somebody else by it."""
    assert event_times(folder, mapping_of(FED_AT_ITS_TIME + BY_KEY), READ_AT) == {READ_AT}
    monkeypatch.setenv("PSEUDONYM_KEY", "another key of sixteen bytes")
    assert event_times(folder, mapping_of(FED_AT_ITS_TIME + BY_KEY), READ_AT + 5) == {READ_AT + 5}


BY_DIGEST = """[fields]
crime_ref = { digest = ["Class"], row_number = true }
revision = { feeding_time = true }
"""


def test_a_reference_made_of_a_row_is_the_same_whenever_it_is_fed(folder: Path) -> None:
    """Only the event id is another: a later feeding is another snapshot of the same record."""
    mapping = mapping_of(BY_DIGEST)
    nights = [RowReader(mapping.topic, mapping, READ_AT + night, 1000) for night in range(2)]
    first, second = ([row.record for row in reader.rows(folder / "crimes.csv")] for reader in nights)
    refs = [[getattr(record, "crime_ref", None) for record in night] for night in (first, second)]
    assert refs[0] == refs[1]
    assert len(set(refs[0])) == 2
    ids = {record.event_id for record in (*first, *second) if isinstance(record, Snapshot)}
    assert len(ids) == 4


SHOW_READING = """
import msgspec
from tests.deploy.files.mapping.crime_rows import mapping_of
mapping = mapping_of('blank = ["N/A", "-", "none", "?"]\\n[fields]\\ncrime_ref = "Ref"\\n')
print(msgspec.json.encode(mapping.reading, order="deterministic").decode())
"""


def test_a_mapping_reads_alike_in_every_process() -> None:
    """Though the order of a set's items is drawn anew in each."""
    shown = {
        subprocess.run(
            [sys.executable, "-c", SHOW_READING],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[4],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(shown) == 1


def test_what_was_kept_of_a_feeding_is_not_kept_again(folder: Path) -> None:
    """A process that is fed every second for months would write all of it each time."""
    feedings = Feedings(folder / "data", "")
    place = feedings.first_place(folder / "crimes.csv", mapping_of(FED_AT_ITS_TIME), 5)
    feedings.save_files()
    with closing(sqlite3.connect(folder / "data" / FILE)) as database, database:
        database.execute("delete from files")
    feedings.save_files()
    with closing(sqlite3.connect(folder / "data" / FILE)) as database:
        assert database.execute("select * from files").fetchall() == []
    assert place == 5
