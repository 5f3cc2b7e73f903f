"""Records as plain fields: a line of JSON Lines, or a row of a CSV file after its mapping.

Times are RFC 3339 text.  The order of fields is the record's own, and every field is written, so that two writers of
one record write the same bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from schemas.admission import UnknownClasses, admit
from schemas.records import POSSIBLE_FEEDS, RECORD_BY_TOPIC, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.shapes import SHAPES, Record
from schemas.times import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from schemas.shapes import RecordShape

R = TypeVar("R", bound=Record)


def read_json(topic: str, line: bytes, unknown_classes: UnknownClasses | None = None) -> Snapshot | Heartbeat:
    """Read one line of a source topic's file; a line without event_id is a feed's heartbeat.

    Fields the record does not know are ignored.  Raises BadRecordError; KeyError where ``topic`` is no source topic.
    """
    record_type: type[Snapshot] = RECORD_BY_TOPIC[topic]
    fields = _object(line)
    if "event_id" in fields or record_type.TOPIC not in POSSIBLE_FEEDS:
        return _read(record_type, fields, unknown_classes)
    return _read(Heartbeat, fields)


def from_fields(topic: str, fields: dict[str, Any], unknown_classes: UnknownClasses | None = None) -> Snapshot:
    """Read a snapshot of fields that may all be text, as a CSV file gives them.

    Text that spells a number, ``true`` or ``false`` becomes one where the field wants one; an empty text is a field not
    stated, where the record has a default, and named as blank where it may not be.  Where the field wants a list, text
    is ``A;B`` or a JSON array.  A reference of which a spreadsheet has made a number, a date or a formula is refused.
    Raises BadRecordError; KeyError where ``topic`` is no source topic.
    """
    record_type: type[Snapshot] = RECORD_BY_TOPIC[topic]
    shape = SHAPES[record_type]
    stated = {name: value for name, value in fields.items() if value not in ("", None) or name in shape.required}
    for name in shape.lists:
        if isinstance(stated.get(name), str):
            stated[name] = _listed(name, stated[name])
    _require_spelled(shape, stated)
    blank = frozenset(name for name, value in stated.items() if value in ("", None))
    try:
        return _read(record_type, stated, unknown_classes, strict=False)
    except BadRecordError as refusal:
        raise _named_as_blank(shape, blank, refusal) from None


def _named_as_blank(shape: RecordShape, blank: frozenset[str], refusal: BadRecordError) -> BadRecordError:
    """Return the refusal, with the word blank where that is what is wrong with the field it names."""
    name, _, wanted = refusal.detail.partition(": ")
    if name not in blank:
        return refusal
    return BadRecordError(refusal.reason, f"{name}: blank" + ("" if name in shape.times else f"; {wanted}"))


def write_json(record: Record) -> bytes:
    """Write a record as one JSON object without a line end; ``bytes`` fields as base64."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    _write_times(SHAPES[type(record)], fields)
    return msgspec.json.encode(fields)


def _require_spelled(shape: RecordShape, fields: dict[str, Any]) -> None:
    """Refuse an identifier of which a spreadsheet has made something else, such as ``2.0171E+11``."""
    for name in shape.identifiers:
        value = fields.get(name)
        for text in value if isinstance(value, list) else (value,):
            spelling = _SPREADSHEET_SPELLING.fullmatch(text.strip()) if isinstance(text, str) else None
            if spelling is not None:
                raise BadRecordError("WRONG_TYPE", f"{name}: {_SPREADSHEET_MEANINGS[str(spelling.lastgroup)]}")


def _listed(name: str, text: str) -> list[Any]:
    """Read a list from one text."""
    if not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(";") if part.strip()]
    try:
        items: list[Any] = msgspec.json.decode(text, type=list)
        require_keys_once(items, text.encode())
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeEncodeError, RecursionError):
        raise BadRecordError("WRONG_TYPE", f"{name}: not a JSON array") from None
    return items


def _object(line: bytes) -> dict[str, Any]:
    """Read a line as one JSON object, which states each key once."""
    if not line.strip():
        raise BadRecordError("EMPTY_VALUE", "an empty line")
    try:
        fields = _DECODER.decode(line)
        require_keys_once(fields, line)
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise BadRecordError("NOT_JSON", "the line is not one JSON object") from None
    return fields


def require_keys_once(value: Any, text: bytes) -> None:  # noqa: ANN401 - any JSON
    """Refuse JSON in which an object states a key twice.

    Which of the two is meant nobody can tell.  ``value`` is what was read.  As many keys as colons after a quote, and
    none after a space, mean that all is well; only where texts hold such signs too is the JSON read again, key by key.
    A tab or line end stands between its parts alone, never within a text.
    """
    keys = len(value) if text.count(b"{") == 1 and value.__class__ is dict else _keys(value)
    spaced = b" :" in text or b"\t" in text or text.find(b"\n", 0, -1) >= 0 or text.find(b"\r", 0, -2) >= 0
    if spaced or text.count(b'":') != keys:
        json.loads(text, object_pairs_hook=_keys_once, parse_int=str)


def _keys(value: Any) -> int:  # noqa: ANN401 - any JSON
    """Count the keys of every object in a value."""
    if value.__class__ is dict:
        number = len(value)
        for item in value.values():
            if item.__class__ is list or item.__class__ is dict:
                number += _keys(item)
        return number
    return sum(_keys(item) for item in value if item.__class__ is list or item.__class__ is dict)


def _keys_once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BadRecordError(
                "NOT_JSON", f"{name if name in _FIELD_NAMES else 'a key'} is stated twice in one object"
            )
        seen.add(name)


def _read(
    record_type: type[R], fields: dict[str, Any], unknown_classes: UnknownClasses | None = None, *, strict: bool = True
) -> R:
    """Turn times from text into milliseconds, and admit the record."""
    _read_times(SHAPES[record_type], fields, "")
    return admit(record_type, fields, unknown_classes=unknown_classes, strict=strict)


def _read_times(shape: RecordShape, fields: dict[str, Any], place: str) -> None:
    """Replace each time's text by milliseconds, in place."""
    for name in shape.times:
        stated = fields.get(name)
        if stated is None and (name not in shape.required or name not in fields):
            continue
        if not isinstance(stated, str):
            kind = "null" if stated is None else type(stated).__name__
            raise BadRecordError("WRONG_TYPE", f"{place}{name}: Expected an RFC 3339 time, got `{kind}`")
        try:
            fields[name] = from_rfc3339(stated)
        except ValueError as refusal:
            raise BadRecordError("IMPOSSIBLE_DATE", f"{place}{name}: {refusal}") from None
    for name, inner in shape.nested:
        items = fields.get(name)
        if isinstance(items, list):
            for index, item in enumerate(items):
                if isinstance(item, dict):
                    _read_times(inner, item, f"{place}{name}[{index}].")


def _write_times(shape: RecordShape, fields: dict[str, Any]) -> None:
    """Replace each time's milliseconds by text, in place."""
    for name in shape.times:
        if fields[name] is not None:
            fields[name] = to_rfc3339(fields[name])
    for name, inner in shape.nested:
        for item in fields[name]:
            _write_times(inner, item)


_FIELD_NAMES: Final = frozenset(
    name
    for shape in SHAPES.values()
    for names in (shape.fields, *(inner.fields for _, inner in shape.nested))
    for name in names
)
"""What may be named in a sentence; any other key may be text that went astray."""

_SPREADSHEET_SPELLING: Final = re.compile(
    r"(?P<number>[+-]?[0-9]+(?:(?:[.,][0-9]+)?[Ee]\+|[.,][0-9]+[Ee][+-]?)[0-9]+)"
    r"|(?P<moment>[2-7][0-9]{4}[.,][0-9]{3,})"
    r"|(?P<fault>#(?:N/A|NAME\?|REF!|VALUE!|NULL!|NUM!|DIV/0!|SPILL!|CALC!|#+))"
    r"|(?P<formula>=.*)",
    re.DOTALL,
)
"""What spreadsheets make of references; without a fraction or a plus, ``2E11`` may be a reference as it is."""

_SPREADSHEET_MEANINGS: Final = {
    "number": "a number in a spreadsheet's spelling, with digits left out",
    "moment": "a date and time as a spreadsheet counts them, in days since 1900",
    "fault": "what a spreadsheet shows in the place of a value that it does not have",
    "formula": "a spreadsheet's formula in the place of what it yields",
}

_DECODER: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
