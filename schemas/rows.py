"""Records as plain fields: a line of JSON Lines, or a row of a CSV file after its mapping.

Times are RFC 3339 text.  The order of fields is the record's own, and every field is written, so that two writers of
one record write the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from schemas.admission import UnknownClasses, admit
from schemas.records import FEEDS, RECORD_BY_TOPIC, Heartbeat, Snapshot
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
    if "event_id" in fields or record_type.TOPIC not in FEEDS:
        return _read(record_type, fields, unknown_classes)
    return _read(Heartbeat, fields)


def from_fields(topic: str, fields: dict[str, Any], unknown_classes: UnknownClasses | None = None) -> Snapshot:
    """Read a snapshot of fields that may all be text, as a CSV file gives them.

    Text that spells a number, ``true`` or ``false`` becomes one where the field wants one; an empty text is a field not
    stated, where the record has a default.  Where the field wants a list, text is ``A;B`` or a JSON array.  Raises
    BadRecordError; KeyError where ``topic`` is no source topic.
    """
    record_type: type[Snapshot] = RECORD_BY_TOPIC[topic]
    shape = SHAPES[record_type]
    stated = {name: value for name, value in fields.items() if value not in ("", None) or name in shape.required}
    for name in shape.lists:
        if isinstance(stated.get(name), str):
            stated[name] = _listed(name, stated[name])
    record = _read(record_type, stated, unknown_classes, strict=False)
    try:
        msgspec.json.encode(record)
    except UnicodeEncodeError:  # what a file's reader makes of bytes it cannot decode; no encoding takes it
        raise BadRecordError("WRONG_TYPE", "text that is no Unicode") from None
    return record


def write_json(record: Record) -> bytes:
    """Write a record as one JSON object without a line end; ``bytes`` fields as base64."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    _write_times(SHAPES[type(record)], fields)
    return msgspec.json.encode(fields)


def _listed(name: str, text: str) -> list[Any]:
    """Read a list from one text."""
    if not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(";") if part.strip()]
    try:
        items: list[Any] = msgspec.json.decode(text, type=list)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise BadRecordError("WRONG_TYPE", f"{name}: not a JSON array") from None
    return items


def _object(line: bytes) -> dict[str, Any]:
    """Read a line as one JSON object."""
    if not line.strip():
        raise BadRecordError("EMPTY_VALUE", "an empty line")
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRecordError("NOT_JSON", "the line is not one JSON object") from None


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
        if stated is None:
            continue
        if not isinstance(stated, str):
            raise BadRecordError(
                "WRONG_TYPE", f"{place}{name}: Expected an RFC 3339 time, got `{type(stated).__name__}`"
            )
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


_DECODER: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
