"""The form on which an audit's readings come back: a row a record, in a spreadsheet or on a page."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, get_args

import msgspec

from schemas.identifiers import normalise
from schemas.records import AuditReading
from schemas.vocabularies import OFFENCE_CLASSES, Reader, UnrecordedCause
from streams.audits.frames import FRAMES
from streams.audits.plan import is_plan_of
from streams.audits.readings import is_same_reader
from streams.audits.results import AuditResults, RecordRead
from streams.facts.record import body
from streams.policy.times_in_words import read_time

READERS: Final[tuple[Reader, ...]] = get_args(Reader)
CAUSES: Final[tuple[UnrecordedCause, ...]] = get_args(UnrecordedCause)
ABOUT: Final = ("audit_id", "system", "ref", "stratum", "added", "reader")
"""The columns that say which record a row is about, and who reads it."""
COUNTS: Final = ("crimes_found", "crimes_recorded", "in_time", "classified_right")
ANSWERS: Final = (
    "read_by",
    "read_at",
    "crimes_found",
    "offence_classes",
    "crimes_recorded",
    "in_time",
    "classified_right",
    "victim_told",
    "right",
    "cause",
    "note",
)
"""The columns to fill in."""
COLUMNS: Final = (*ABOUT, *ANSWERS)
NEEDED: Final = ("audit_id", "system", "ref", "reader", *COUNTS)
"""The columns without which a table holds no readings."""
_SAYS_SOMETHING: Final = tuple(name for name in ANSWERS if name not in {"read_by", "read_at"})
_YES_OR_NO: Final[Mapping[str, bool]] = {"yes": True, "y": True, "true": True, "1": True} | {
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
_MOST_CRIMES: Final = 1000
_LONGEST_COUNT: Final = 6
V = TypeVar("V", bound=str)


class ReadingRefusedError(ValueError):
    """A row that is no reading; the text names the column and what is allowed, and quotes nothing."""


def to_read(results: AuditResults, reader: Reader, *, everything: bool = False) -> list[RecordRead]:
    """Return what a reader is still to read, in the order of strata and digests.

    With ``everything``, also what they have read.  The second reader reads what is chosen for a second reading, the
    registrar what two readers differ on.
    """
    return [
        one
        for one in results.records.values()
        if (reader != "SECOND" or one.record.read_twice)
        and (reader != "FCR" or everything or (one.readings.differ and one.readings.fcr is None))
        and (everything or getattr(one.readings, reader.lower()) is None)
    ]


def form_rows(results: AuditResults, reader: Reader, *, everything: bool = False) -> Iterator[list[str]]:
    """Return a row with empty answers for each record that a reader is to read: cells as in ``COLUMNS``."""
    return (form_row(results, one, reader) for one in to_read(results, reader, everything=everything))


def form_row(results: AuditResults, one: RecordRead, reader: Reader) -> list[str]:
    """Return the row of one record: cells as in ``COLUMNS``, its answers empty."""
    record = one.record
    added = "yes" if record.added else "no"
    about = (results.plan.audit_id, record.system, record.ref, record.stratum, added, reader)
    return [*about, *[""] * len(ANSWERS)]


def is_blank(row: Mapping[str, str]) -> bool:
    """Return whether a row answers nothing."""
    return not any(row.get(name, "").strip() for name in _SAYS_SOMETHING)


def reading_from_row(
    row: Mapping[str, str], results: AuditResults, *, by: str, wall: int, source: str, longest_note: int
) -> AuditReading:
    """Return the reading that a row states.  Raises ReadingRefusedError.

    ``by`` is who reads where the row does not say.  ``wall`` is the reader's clock (ms): the time of the reading where
    the row states none.
    """
    row = {name: cell.strip() for name, cell in row.items()}
    read = _record(row, results)
    reader = _word(row, "reader", READERS)
    read_by = row.get("read_by") or by
    _require_reader(read, reader, read_by)
    of_crimes = "RECORDED" in FRAMES[results.plan.frame].measures
    counts = {name: _count(row, name, needed=of_crimes) for name in COUNTS}
    _require_order(counts)
    right = _yes_or_no(row, "right")
    if not of_crimes and right is None:
        raise ReadingRefusedError("right: yes or no")
    note = row.get("note") or None
    if note is not None and len(note) > longest_note:
        raise ReadingRefusedError(f"note: at most {longest_note} characters")
    reading = AuditReading(
        event_id="",
        force=results.plan.force,
        source=source,
        event_time=wall,
        audit_id=results.plan.audit_id,
        system=read.record.system,  # type: ignore[arg-type]  # every frame's system is one that is judged
        ref=read.record.ref,
        reader=reader,
        read_by=read_by,
        read_at=_time(row, wall),
        **counts,
        offence_classes=_classes(row),
        victim_told=_yes_or_no(row, "victim_told"),
        right=right,
        cause=_word(row, "cause", CAUSES) if row.get("cause") else None,
        note=note,
    )
    return msgspec.structs.replace(reading, event_id=_event_id(reading))


def is_known(reading: AuditReading, results: AuditResults) -> bool:
    """Return whether the same reader's reading of the record already says the same."""
    read = _find(results, reading.system, reading.ref)
    known: AuditReading | None = None if read is None else getattr(read.readings, reading.reader.lower())
    return known is not None and _answers(known) == _answers(reading)


def _answers(reading: AuditReading) -> tuple[object, ...]:
    """Return what a reading says, apart from when."""
    return body(msgspec.structs.replace(reading, read_at=0))


def _find(results: AuditResults, system: str, ref: str) -> RecordRead | None:
    return results.records.get((system, normalise(ref)))


def _record(row: Mapping[str, str], results: AuditResults) -> RecordRead:
    """Return the drawn record that a row is about."""
    if not is_plan_of(results.plan, row.get("audit_id", "")):
        raise ReadingRefusedError("audit_id: not this audit's")
    read = _find(results, row.get("system", "").upper(), row.get("ref", ""))
    if read is None:
        raise ReadingRefusedError("ref: not drawn in this audit")
    return read


def _require_reader(read: RecordRead, reader: Reader, read_by: str) -> None:
    """Refuse a second reading that nobody asked for, or by who gave the first."""
    if not read_by:
        raise ReadingRefusedError("read_by: who read it")
    if reader == "SECOND" and not read.record.read_twice:
        raise ReadingRefusedError("reader: this record is not chosen for a second reading")
    other = {"FIRST": read.readings.second, "SECOND": read.readings.first, "FCR": None}[reader]
    if other is not None and is_same_reader(other.read_by, read_by):
        raise ReadingRefusedError("read_by: the first and the second reader are two people")


def _require_order(counts: Mapping[str, int]) -> None:
    if counts["crimes_recorded"] > counts["crimes_found"]:
        raise ReadingRefusedError("crimes_recorded: more than crimes_found")
    for name in ("in_time", "classified_right"):
        if counts[name] > counts["crimes_recorded"]:
            raise ReadingRefusedError(f"{name}: more than crimes_recorded")


def _count(row: Mapping[str, str], name: str, *, needed: bool) -> int:
    text = row.get(name, "")
    if not text and not needed:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT and int(text) <= _MOST_CRIMES):
        raise ReadingRefusedError(f"{name}: a whole number from 0 to {_MOST_CRIMES}")
    return int(text)


def _yes_or_no(row: Mapping[str, str], name: str) -> bool | None:
    text = row.get(name, "").lower()
    if text and text not in _YES_OR_NO:
        raise ReadingRefusedError(f"{name}: yes or no")
    return _YES_OR_NO.get(text)


def _word(row: Mapping[str, str], name: str, words: tuple[V, ...]) -> V:
    text = normalise(row.get(name, ""))
    word = next((word for word in words if normalise(word) == text), None)
    if word is None:
        raise ReadingRefusedError(f"{name}: one of {', '.join(words)}")
    return word


def _classes(row: Mapping[str, str]) -> tuple[str, ...]:
    words = tuple(sorted(OFFENCE_CLASSES))
    stated = [part for part in row.get("offence_classes", "").replace(",", ";").split(";") if part.strip()]
    return tuple(_word({"offence_classes": part}, "offence_classes", words) for part in stated)


def _time(row: Mapping[str, str], wall: int) -> int:
    text = row.get("read_at", "")
    if not text:
        return wall
    try:
        read_at = read_time(text)
    except ValueError:
        raise ReadingRefusedError(
            "read_at: a time such as 2026-05-31 14:30 or 31/05/2026 14:30, local, or RFC 3339; blank for now"
        ) from None
    if read_at > wall:
        raise ReadingRefusedError("read_at: in the future")
    return read_at


def _event_id(reading: AuditReading) -> str:
    """Return an id that follows from everything a reading says: sent again, it is there once."""
    content = hashlib.sha256(msgspec.json.encode(reading)).hexdigest()
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|audit-reading|{content}"))
