"""Make valid records of plain fields, or refuse them, whatever format they came in."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from schemas.identifiers import normalise
from schemas.products import AlertAction, Erasure
from schemas.quantities import exact_span
from schemas.records import AuditReading, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.shapes import SHAPES, Record
from schemas.vocabularies import OFFENCE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.refusals import Reason
    from schemas.shapes import RecordShape

R = TypeVar("R", bound=Record)

UnknownClasses = Counter[str]
"""How often each offence class that is not in the vocabulary was read as OTHER."""

MOST_UNKNOWN_CLASSES: Final = 100
"""Beyond so many different ones they are counted under the empty name, so that a broken feed cannot fill memory."""

_ENTERING: Final = (Snapshot, Heartbeat, AlertAction, Erasure)
"""What others send; everything else the product wrote itself."""

_LONGEST_SOURCE: Final = 256
"""In a heartbeat, whose source is kept with the clock."""

_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that databases or encodings refuse: NUL, and halves of a character."""

_NUL_IN_JSON: Final = b"\\u0000"
_JSON: Final = msgspec.json.Encoder()

_CLASSES: Final = {offence_class: offence_class for offence_class in OFFENCE_CLASSES}
_UNSPELLED: Final = {"int": "not a whole number", "float": "not a number", "bool": "neither true nor false"}
_PLACE: Final = re.compile(r"(.*?)(?: - at `\$\.?([^`]*)`)?", re.DOTALL)


def admit(
    record_type: type[R], fields: dict[str, Any], *, unknown_classes: UnknownClasses | None = None, strict: bool = True
) -> R:
    """Make a record of plain fields, whose times are already milliseconds.

    ``fields`` may be changed on the way.  Fields the record does not know are ignored.  An unknown offence class is
    read as OTHER and counted in ``unknown_classes``.  Without ``strict``, text that spells a number or a truth value is
    taken for one.  Raises BadRecordError.
    """
    if issubclass(record_type, Snapshot):
        shape = SHAPES[record_type]
        _read_classes(shape, fields, unknown_classes)
        _intern_words(shape, fields)
    try:
        record = _converted(record_type, fields, strict=strict)
        if isinstance(record, Snapshot):
            _require_identity(record)
            _require_counts(record)
            if isinstance(record, AuditReading):
                _require_agreeing_counts(record)
        elif isinstance(record, Heartbeat):
            _require_force(record)
            if len(record.source) > _LONGEST_SOURCE:
                raise BadRecordError("TOO_LARGE", f"source: more than {_LONGEST_SOURCE} characters")  # noqa: TRY301
        if isinstance(record, _ENTERING):
            require_text(record)
    except msgspec.ValidationError as failure:
        refusal = _refusal(record_type, str(failure) if strict else _of_text(str(failure)))
        raise _named(refusal, fields) from None
    except BadRecordError as refusal:
        raise _named(refusal, fields) from None
    return record


def _converted(record_type: type[R], fields: dict[str, Any], *, strict: bool) -> R:
    """Make the record.

    Raises msgspec.ValidationError, and BadRecordError where a vocabulary's text is no Unicode.
    """
    try:
        return msgspec.convert(fields, record_type, strict=strict)
    except UnicodeEncodeError:
        _require_texts({name: fields[name] for name in record_type.__struct_fields__ if name in fields}, "")
        raise


def _named(refusal: BadRecordError, fields: dict[str, Any]) -> BadRecordError:
    """Set which snapshot a refusal is about, if the fields state its event_id."""
    event_id = fields.get("event_id")
    refusal.event_id = event_id if isinstance(event_id, str) else None
    return refusal


def require_text(record: msgspec.Struct) -> None:
    """Refuse a record of which any text holds what no database or no encoding takes.

    That is a NUL, or half of a character (a lone surrogate), which a file's reader makes of bytes it cannot decode.
    Texts in smaller records count too.
    """
    try:
        if _NUL_IN_JSON not in _JSON.encode(record):  # much quicker than text by text
            return
    except UnicodeEncodeError:
        pass
    _require_texts(record, "")


def _require_texts(value: Any, place: str) -> None:  # noqa: ANN401 - any value of a field
    """Name the first place at which a text holds such a character."""
    if isinstance(value, str):
        _require_characters(place, value)
    elif isinstance(value, msgspec.Struct):
        _require_texts(msgspec.structs.asdict(value), place)
    elif isinstance(value, dict):
        for name, item in value.items():
            _require_texts(item, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _require_texts(item, f"{place}[{index}]")


def _require_characters(place: str, text: str) -> None:
    strange = _NO_TEXT.search(text)
    if strange is not None:
        problem = "holds a NUL" if strange[0] == "\0" else "text that is no Unicode"
        raise BadRecordError("WRONG_TYPE", f"{place}: {problem}")


def require_key(record: Snapshot | Heartbeat | Erasure | AlertAction, key: bytes | None) -> None:
    """Refuse a record whose message key is not its force: the worker of another partition would judge it."""
    if key != record.force.encode():
        raise BadRecordError("WRONG_KEY", "the message key is not the record's force")


def require_subjects(erasure: Erasure) -> None:
    """Refuse an erasure that names no force or no subject."""
    _require_force(erasure)
    if not erasure.subjects or not all(normalise(subject.ref) for subject in erasure.subjects):
        raise BadRecordError("EMPTY_REFERENCE", "subjects: none, or one without a letter from A to Z or a digit")


def require_not_ahead(record: Snapshot | Heartbeat, ingest_time: int, allowance_ms: int) -> None:
    """Refuse a record whose time is more than ``allowance_ms`` after its ``ingest_time`` (ms).

    ``ingest_time`` is the message's LogAppendTime or, for files, the reader's clock.  A record from the future would
    move the stream clock past everything that is yet to come.
    """
    name = "complete_through" if isinstance(record, Heartbeat) else "event_time"
    if getattr(record, name) > ingest_time + allowance_ms:
        raise BadRecordError("FAR_FUTURE", f"{name} is more than {exact_span(allowance_ms)} ahead of its arrival")


def _require_identity(record: Snapshot) -> None:
    """Refuse a snapshot without an event_id, a force or a reference to its record."""
    if not record.event_id.strip():
        raise BadRecordError("EMPTY_EVENT_ID", "event_id is blank")
    _require_force(record)
    for name in SHAPES[type(record)].references:
        if not normalise(getattr(record, name)):
            raise BadRecordError("EMPTY_REFERENCE", f"{name} holds no letter from A to Z and no digit")


def _require_counts(record: Snapshot) -> None:
    """Refuse a number below 0 where only one from 0 up can be: -1 crime would pass for none."""
    for name in SHAPES[type(record)].counts:
        number = getattr(record, name)
        if number is not None and number < 0:
            raise BadRecordError("OUT_OF_RANGE", f"{name}: a number below 0")


def _require_force(record: Snapshot | Heartbeat | Erasure) -> None:
    if not record.force.strip():
        raise BadRecordError("EMPTY_FORCE", "force is blank")
    if "\0" in record.force:
        raise BadRecordError("EMPTY_FORCE", "force holds a NUL, which ends it in the names of state entries")


def _require_agreeing_counts(reading: AuditReading) -> None:
    """Refuse an audit reading that counts more of some crimes than of those they are among."""
    for name in ("in_time", "classified_right"):
        if not 0 <= getattr(reading, name) <= reading.crimes_recorded:
            raise BadRecordError("OUT_OF_RANGE", f"{name}: not between 0 and crimes_recorded")
    if reading.crimes_recorded > reading.crimes_found:
        raise BadRecordError("OUT_OF_RANGE", "crimes_recorded: more than crimes_found")


def _read_classes(shape: RecordShape, fields: dict[str, Any], unknown_classes: UnknownClasses | None) -> None:
    """Read each offence class as one of the vocabulary's own strings, an unknown one as OTHER."""
    for name in shape.classes:
        value = fields.get(name)
        if isinstance(value, str):
            fields[name] = _read_class(value, unknown_classes)
            if value not in _CLASSES and (mark := f"{name}_unknown") in shape.fields:
                fields[mark] = True  # what reads the record later sees only OTHER
    for name in shape.class_lists:
        values = fields.get(name)
        if isinstance(values, list):
            fields[name] = [_read_class(item, unknown_classes) if isinstance(item, str) else item for item in values]
    for name, inner in shape.nested:
        items = fields.get(name)
        if isinstance(items, list):
            for item in items:
                if isinstance(item, dict):
                    _read_classes(inner, item, unknown_classes)


def _read_class(value: str, unknown_classes: UnknownClasses | None) -> str:
    """Return the vocabulary's own string for an offence class.

    One that is not in it is counted, and read as OTHER.
    """
    offence_class = _CLASSES.get(value)
    if offence_class is None:
        offence_class = "OTHER"
        if unknown_classes is not None:
            full = len(unknown_classes) >= MOST_UNKNOWN_CLASSES and value not in unknown_classes
            unknown_classes["" if full else value] += 1
    return offence_class


def _intern_words(shape: RecordShape, fields: dict[str, Any]) -> None:
    """Have all records that hold the same word share one string in memory."""
    for name in shape.words:
        value = fields.get(name)
        if value.__class__ is str:
            fields[name] = sys.intern(value)


def _of_text(message: str) -> str:
    """Say what text does not spell, in place of the types that msgspec names."""
    wanted, place = re.match(r"Expected `(int|float|bool)\b[^`]*`, got `str`", message), message.find(" - at ")
    if wanted is None:
        return message
    return _UNSPELLED[wanted[1]] + (message[place:] if place >= 0 else "")


@cache
def _vocabulary(record_type: type[msgspec.Struct], field: str) -> tuple[str, ...]:
    """Return the words that a field of a record may hold; none where it is of another kind."""
    return tuple(_literals(get_type_hints(record_type).get(field)))


def _literals(hint: object) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from _literals(part)


def _refusal(record_type: type[msgspec.Struct], message: str) -> BadRecordError:
    """Return the refusal for msgspec's message, in our words: msgspec's own may quote the value."""
    parts = _PLACE.fullmatch(message)
    problem, place = (parts[1], parts[2] or "") if parts else (message, "")
    missing = re.fullmatch(r"Object missing required field `(\w+)`", problem)
    reason: Reason = "WRONG_TYPE"
    if missing:
        reason, place, problem = "MISSING_FIELD", f"{place}.{missing[1]}".lstrip("."), "required, and not there"
    elif problem.startswith("Invalid enum value"):
        words = _vocabulary(record_type, re.split(r"\W", place, maxsplit=1)[0])
        reason, problem = "UNKNOWN_VALUE", f"one of {', '.join(words)}" if words else "not in the field's vocabulary"
    elif "range" in problem or "=" in problem:
        field = place.rpartition(".")[2]
        nested = (inner for _, inner in SHAPES[record_type].nested)
        reason, problem = "OUT_OF_RANGE", "number out of range"
        if any(field in shape.times for shape in (SHAPES[record_type], *nested)):
            reason, problem = "IMPOSSIBLE_DATE", "outside 1900 to 9999"
    return BadRecordError(reason, f"{place}: {problem}" if place else problem)
