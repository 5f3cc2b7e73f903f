"""Take the readings of a filled-in form, row by row: bad rows are refused, the others taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.form import ReadingRefusedError, is_blank, is_known, reading_from_row
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
    source: str = "CLI"
    """The source system instance that the readings name."""
    require: Callable[[AuditReading, AuditResults], None] | None = None
    """Raises ReadingRefusedError for a reading that whoever sends the file may not give."""


def read_rows(
    rows: Iterable[tuple[int, dict[str, str] | str]], file: ReadingFile, refuse: Callable[[int, str], None]
) -> ImportedReadings:
    """Read rows, each with its line, and hand each that is none to ``refuse``.

    A row is given by its cells by column, or with why it is no row.
    """
    readings: dict[_Key, AuditReading] = {}
    already_known = empty = refused = 0
    for line, row in rows:
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


def _reading(
    row: dict[str, str] | str, file: ReadingFile, earlier: Mapping[_Key, AuditReading]
) -> tuple[AuditReading, AuditResults]:
    """Return the reading of a row, and its audit.  Raises ReadingRefusedError."""
    if isinstance(row, str):
        raise ReadingRefusedError(row)
    results = file.results_of(row["audit_id"])
    if results is None:
        raise ReadingRefusedError("audit_id: no plan of this audit")
    reading = reading_from_row(
        row, results, by=file.by, wall=file.wall, source=file.source, longest_note=file.longest_note
    )
    _require_one_word(reading, earlier)
    if file.require is not None:
        file.require(reading, results)
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
