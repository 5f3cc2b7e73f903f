"""Read a file of audit readings: the CSV that ``cdi audit draw`` wrote, filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec

from deploy.files.filled_in_table import filled_in_rows
from deploy.files.record_files import FileRefusedError, topic_of
from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.form import NEEDED, ReadingRefusedError, is_blank, is_known, reading_from_row
from streams.audits.readings import is_same_reader
from streams.audits.results import AuditResults

_Key: TypeAlias = tuple[str, str, str, str]
"""Audit, system, normalised reference and reader."""
_OTHER_READER: Final = {"FIRST": "SECOND", "SECOND": "FIRST"}


class ImportedReadings(NamedTuple):
    """The readings in a file."""

    readings: list[AuditReading]
    """Those to be sent."""
    already_known: int
    """Readings that say what their reader said before."""
    empty: int
    """Rows without answers."""
    refused: int


class ReadingFile(NamedTuple):
    """How a file is read."""

    results_of: Callable[[str], AuditResults | None]
    """Returns how far an audit has come, by its id; None where there is no such audit."""
    by: str
    """Who reads where a row does not say."""
    wall: int
    """The reader's clock (ms)."""
    longest_note: int


def read_readings(path: Path, file: ReadingFile, refuse: Callable[[int, str], None]) -> ImportedReadings:
    """Read the readings in a file, and hand each row that is none to ``refuse``, with its line.

    Raises FileRefusedError where there is no such table.
    """
    readings: dict[_Key, AuditReading] = {}
    already_known = empty = refused = 0
    for line, row in filled_in_rows(path, NEEDED):
        if not isinstance(row, str) and is_blank(row):
            empty += 1
            continue
        try:
            reading, results = _reading(row, file, readings)
        except ReadingRefusedError as refusal:
            refused += 1
            refuse(line, str(refusal))
            continue
        if is_known(reading, results):
            already_known += 1
        else:
            readings[_key(reading)] = reading
    return ImportedReadings(list(readings.values()), already_known, empty, refused)


def needs_reading(out: Path, files: Iterable[Path]) -> bool:
    """Return whether the file to write to holds readings and is not among the files to read.

    Raises FileRefusedError where its name does not say that it holds readings: no command could read it.
    """
    try:
        is_named = topic_of(out) == AuditReading.TOPIC
    except FileRefusedError:
        is_named = False
    if not is_named:
        raise FileRefusedError(f"{out}: name it {AuditReading.TOPIC}.jsonl, so that other commands can read it")
    return out.exists() and not any(path.exists() and path.samefile(out) for path in files)


def _reading(
    row: dict[str, str] | str, file: ReadingFile, earlier: Mapping[_Key, AuditReading]
) -> tuple[AuditReading, AuditResults]:
    """Return the reading of a row, and its audit.  Raises ReadingRefusedError."""
    if isinstance(row, str):
        raise ReadingRefusedError(row)
    results = file.results_of(row["audit_id"])
    if results is None:
        raise ReadingRefusedError("audit_id: no plan of this audit")
    reading = reading_from_row(row, results, by=file.by, wall=file.wall, source="CLI", longest_note=file.longest_note)
    _require_one_word(reading, earlier)
    return reading, results


def _key(reading: AuditReading) -> _Key:
    return (normalise(reading.audit_id), reading.system, normalise(reading.ref), reading.reader)


def _require_one_word(reading: AuditReading, earlier: Mapping[_Key, AuditReading]) -> None:
    """Refuse a reading that contradicts another row of the same file."""
    audit_id, system, ref, reader = _key(reading)
    same = earlier.get(_key(reading))
    if same is not None and msgspec.structs.replace(reading, event_id=same.event_id) != same:
        raise ReadingRefusedError("ref: another reading of it by this reader stands further up")
    twin = earlier.get((audit_id, system, ref, _OTHER_READER.get(reader, "")))
    if twin is not None and is_same_reader(twin.read_by, reading.read_by):
        raise ReadingRefusedError("read_by: the first and the second reader are two people")
