"""Records on the wire: Confluent framing (a byte 0, four bytes of schema id) around an Avro body."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Final, TypeVar, cast

import fastavro
import msgspec

from schemas.admission import UnknownClasses, admit
from schemas.avro import (
    ID_BY_SUBJECT,
    NEWEST_ID,
    OURS,
    OURS_LOGICAL,
    SCHEMA_TEXT_BY_ID,
    Schema,
    canonical,
    logical,
    physical,
    subject_of,
)
from schemas.binary import Layout, layout_of, read, write
from schemas.products import PRODUCT_BY_TOPIC
from schemas.quantities import counted
from schemas.records import POSSIBLE_FEEDS, RECORD_BY_TOPIC, Crime, Heartbeat
from schemas.refusals import BadRecordError
from schemas.resolution import Conversion, convert, resolve
from schemas.shapes import RECORDS, Record

R = TypeVar("R", bound=Record)

MAX_BYTES: Final = 1_048_576
"""The largest message read unless the codec is told otherwise; Kafka's own customary limit."""

_MOST_FAULTS: Final = 3
_MAGIC: Final = 0
_HEADER_LENGTH: Final = 5
_LAYOUTS: Final = {record: layout_of(schema) for record, schema in OURS.items()}
_TYPE_BY_NAME: Final = {record.__name__: record for record in RECORDS}
_TYPE_BY_TOPIC: Final[dict[str, type[Record]]] = {**RECORD_BY_TOPIC, **PRODUCT_BY_TOPIC}


@dataclass(frozen=True, slots=True)
class _Writer:
    """One schema that messages were written with."""

    record_type: type[Record] | None
    """None where it describes no record of ours."""
    schema: Schema
    layout: Layout | None
    """Set where the schema is the same on the wire as ours, so that nothing needs resolving."""
    faults: str = ""
    """What of it cannot be resolved to ours."""
    conversions: tuple[Conversion, ...] = ()


class Codec:
    """Encodes records as message values and decodes them.

    Knows the schemas of the package under their fixed ids.  Where a registry gives out ids, ``writers`` gives the
    schema of each id (as JSON text or parsed) and ``ids`` the id under which each subject is written (subjects are
    topics and ``heartbeat.v1``); later ones are added by :meth:`learn`.  The codec itself does no I/O; ``on_unknown``
    may.
    """

    def __init__(
        self,
        *,
        writers: Mapping[int, str | Mapping[str, Any]] | None = None,
        ids: Mapping[str, int] | None = None,
        max_bytes: int = MAX_BYTES,
        on_unknown: Callable[[int], str | None] | None = None,
    ) -> None:
        """Know the package's schemas and ``writers``, and ask ``on_unknown`` for that of any other id.

        ``on_unknown`` may wait.  Raises ValueError where one is no record's schema.
        """
        self._on_unknown = on_unknown
        self.unknown_classes: UnknownClasses = UnknownClasses()
        """How often each unknown offence class was read as OTHER; whoever reports it may clear it."""
        self._max_bytes = max_bytes
        self._writers: dict[int, _Writer] = {}
        for number, schema in {**SCHEMA_TEXT_BY_ID, **(writers or {})}.items():
            self.learn(number, schema)
        numbers = {**ID_BY_SUBJECT, **(ids or {})}
        self._headers = {record: _header(numbers[subject_of(record)]) for record in RECORDS}

    def learn(self, schema_id: int, schema: str | Mapping[str, Any]) -> None:
        """Add the schema of messages under this id.  Raises ValueError where it is no record's schema."""
        self._writers[schema_id] = _writer_of_text(schema) if isinstance(schema, str) else _writer_of(schema)

    def knows(self, value: bytes) -> bool:
        """Say whether the schema of a message value is known; may wait for ``on_unknown``, as decoding does."""
        try:
            self._writer(value)
        except BadRecordError:
            return False
        return True

    def unknown_id(self, value: bytes) -> int | None:
        """Return the schema id of a message value if its schema is unknown, else None.

        None too where there is no id.
        """
        if len(value) < _HEADER_LENGTH or value[0] != _MAGIC:
            return None
        schema_id = int.from_bytes(value[1:_HEADER_LENGTH], "big")
        return None if schema_id in self._writers else schema_id

    def encode(self, record: Record) -> bytes:
        """Encode a record as a message value, under the id of its current schema."""
        return self._headers[type(record)] + _body(record)

    def decode(self, topic: str, value: bytes) -> Record:
        """Decode a message value from a topic (named without the installation's prefix).

        On a feed it may be a heartbeat.  The caller handles tombstones, which have no value.  Raises BadRecordError;
        KeyError where the topic is none of ours.
        """
        expected: type[Record] = _TYPE_BY_TOPIC[topic]
        writer = self._writer(value)
        record_type = writer.record_type
        if record_type is expected or (record_type is Heartbeat and topic in POSSIBLE_FEEDS):
            return admit(record_type, _fields(record_type, writer, value), unknown_classes=self.unknown_classes)
        raise BadRecordError("WRONG_RECORD", f"{writer.schema['name']} does not belong on {topic}")

    def decode_as(self, record_type: type[R], value: bytes) -> R:
        """Decode a message value that must hold a record of this type.  Raises BadRecordError."""
        writer = self._writer(value)
        if writer.record_type is not record_type:
            raise BadRecordError("WRONG_RECORD", f"{writer.schema['name']} where {record_type.__name__} is expected")
        return admit(record_type, _fields(record_type, writer, value), unknown_classes=self.unknown_classes)

    def _writer(self, value: bytes) -> _Writer:
        """Return the schema that a message value was written with.  Raises BadRecordError."""
        if not value:
            raise BadRecordError("EMPTY_VALUE", "no bytes")
        if len(value) > self._max_bytes:
            raise BadRecordError("TOO_LARGE", f"{len(value)} bytes, more than {self._max_bytes}")
        if value[0] != _MAGIC or len(value) < _HEADER_LENGTH:
            raise BadRecordError("NOT_AVRO", "does not begin with a byte 0 and a schema id")
        schema_id = int.from_bytes(value[1:_HEADER_LENGTH], "big")
        writer = self._writers.get(schema_id) or self._ask_for(schema_id)
        if writer is None:
            raise BadRecordError("UNKNOWN_SCHEMA", _unknown(schema_id))
        return writer

    def _ask_for(self, schema_id: int) -> _Writer | None:
        text = self._on_unknown(schema_id) if self._on_unknown else None
        if text is None:
            return None
        try:
            self.learn(schema_id, text)
        except ValueError:
            return None
        return self._writers[schema_id]


def _writer_of(schema: str | Mapping[str, Any]) -> _Writer:
    """Compare a schema with ours.  Raises ValueError where it is no record's schema."""
    parsed = physical(schema)
    record_type = _TYPE_BY_NAME.get(str(parsed["name"]).rpartition(".")[2])
    if record_type is None:
        return _Writer(None, parsed, None)
    layout = _LAYOUTS[record_type] if canonical(OURS[record_type]) == canonical(parsed) else None
    resolution = resolve(logical(schema), OURS_LOGICAL[record_type])
    return _Writer(record_type, parsed, layout, "; ".join(resolution.faults[:_MOST_FAULTS]), resolution.conversions)


_writer_of_text = lru_cache(maxsize=128)(_writer_of)
"""The same for JSON text, of which every codec reads the package's own."""


def body_digest(record: Record) -> bytes:
    """Return the SHA-256 of a record's Avro body under our current schema, without the framing.

    It is the same whatever the record was read from (an older schema, JSON, CSV), so it can order two snapshots.  A
    mark of ours that is not set is left out, so that they are ordered as before there was one.
    """
    body = _body(record)
    if isinstance(record, Crime) and not record.offence_class_unknown:
        body = body[:-1]  # its last field, a false
    return hashlib.sha256(body).digest()


def is_of_newer_release(schema_id: int) -> bool:
    """Return whether an id is in the package's own range, beyond those that this release knows."""
    return schema_id > NEWEST_ID and schema_id >> 8 == NEWEST_ID >> 8


def _unknown(schema_id: int) -> str:
    """Return what to tell of an unknown schema id."""
    if is_of_newer_release(schema_id):
        return f"schema id {schema_id:#x} is of a newer release: upgrade to it, and then retry the message"
    return f"schema id {schema_id}"


def _header(schema_id: int) -> bytes:
    return bytes([_MAGIC]) + schema_id.to_bytes(_HEADER_LENGTH - 1, "big")


def _body(record: Record) -> bytes:
    """Encode a record's Avro body under our current schema."""
    out = bytearray()
    write(_LAYOUTS[type(record)], msgspec.to_builtins(record, builtin_types=(bytes,)), out)
    return bytes(out)


def _fields(record_type: type[msgspec.Struct], writer: _Writer, value: bytes) -> dict[str, Any]:
    """Decode an Avro body as plain fields, resolved to our schema."""
    fields: dict[str, Any]
    try:
        if writer.layout is not None:
            fields, end = read(writer.layout, value, _HEADER_LENGTH)
        else:
            buffer = BytesIO(value)
            buffer.seek(_HEADER_LENGTH)
            fields = cast("dict[str, Any]", fastavro.schemaless_reader(buffer, writer.schema, OURS[record_type]))
            end = buffer.tell()
    except fastavro.read.SchemaResolutionError:
        raise BadRecordError("UNKNOWN_SCHEMA", _unresolved(writer, writer.faults)) from None
    except Exception:  # noqa: BLE001 - on malformed bytes fastavro raises whatever its reading runs into
        raise BadRecordError("NOT_AVRO", "the body is not what its schema says") from None
    if end > len(value):
        raise BadRecordError("NOT_AVRO", "the body is cut short")
    if end < len(value):
        raise BadRecordError("TRAILING_BYTES", f"{counted(len(value) - end, 'byte')} after the record")
    if writer.conversions:
        try:
            convert(fields, writer.conversions)
        except BadRecordError as refusal:
            raise BadRecordError(refusal.reason, _unresolved(writer, refusal.detail)) from None
    return fields


def _unresolved(writer: _Writer, fault: str) -> str:
    """Return what to tell of a schema that differs from ours."""
    return f"this {writer.schema['name']} cannot be resolved to ours{f': {fault}' if fault else ''}"
