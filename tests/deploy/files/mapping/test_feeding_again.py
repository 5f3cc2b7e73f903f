"""A file that is fed again by the same mapping is the same; by another it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.files.feedings import Feedings
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
