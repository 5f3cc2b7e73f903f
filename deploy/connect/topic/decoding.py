"""Decode messages as Connect's converters write them: JSON with or without its schema, and Avro."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import fastavro
import msgspec

from deploy.connect.topic.column_types import PLAIN, ColumnType, of_avro, of_connect, without_logical_types
from schemas.refusals import BadRecordError

_MAGIC: Final = 0
_HEADER_BYTES: Final = 5
_MOST_SCHEMAS: Final = 1_000
"""How many are held at once; the messages of one topic have a few."""


class DecodedValue(NamedTuple):
    """What a message's key or value holds."""

    value: Any
    """As it stands there; Avro's dates and decimals are the numbers and bytes that they are made of."""
    type: ColumnType
    """What its schema says of it."""


class MessageDecoder(Protocol):
    """Decodes keys and values of one format."""

    def decode(self, content: bytes) -> DecodedValue:
        """Decode a key or a value.  Raises BadRecordError; RegistryError where the registry fails."""


class _WithSchema(msgspec.Struct, forbid_unknown_fields=True):
    schema: msgspec.Raw
    payload: msgspec.Raw


class JsonDecoder:
    """Decodes JSON, with the schema beside the payload or without."""

    def __init__(self) -> None:
        self._types: dict[bytes, ColumnType] = {}
        self._wrapped = msgspec.json.Decoder(_WithSchema)
        self._schema = msgspec.json.Decoder()

    def decode(self, content: bytes) -> DecodedValue:
        """Decode a key or a value.  Raises BadRecordError."""
        try:
            message = self._wrapped.decode(content)
        except msgspec.ValidationError:
            return DecodedValue(self._json(content), PLAIN)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRecordError("NOT_JSON", _not_json(content)) from None
        schema = bytes(message.schema)
        if (column := self._types.get(schema)) is None:
            if len(self._types) >= _MOST_SCHEMAS:
                self._types.clear()
            column = self._types[schema] = _type_of(self._json(schema))
        return DecodedValue(self._json(bytes(message.payload)), column)

    def _json(self, content: bytes) -> Any:  # noqa: ANN401 - any JSON
        try:
            return self._schema.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRecordError("NOT_JSON", _not_json(content)) from None


def _type_of(schema: object) -> ColumnType:
    try:
        return of_connect(schema)
    except (AttributeError, TypeError, RecursionError):
        raise BadRecordError("UNKNOWN_SCHEMA", "what is beside the payload is no schema of Connect's") from None


def _not_json(content: bytes) -> str:
    if content[:1] == bytes([_MAGIC]):
        return "not JSON; it begins as Avro does whose schema is in a registry"
    return "not JSON"


class AvroDecoder:
    """Decodes Avro in Confluent's framing: a zero, the schema's id in four bytes, and the value."""

    def __init__(self, schema_of: Callable[[int], str | None]) -> None:
        """``schema_of`` asks the registry for the schema of an id; None where it has none."""
        self._schema_of = schema_of
        self._schemas: dict[int, tuple[Any, ColumnType]] = {}

    def decode(self, content: bytes) -> DecodedValue:
        """Decode a key or a value.  Raises BadRecordError; whatever asking the registry raises."""
        if len(content) < _HEADER_BYTES or content[0] != _MAGIC:
            raise BadRecordError("NOT_AVRO", "it does not begin with the id of a schema in a registry")
        schema, column = self._schema(int.from_bytes(content[1:_HEADER_BYTES], "big"))
        rest = io.BytesIO(content[_HEADER_BYTES:])
        try:
            value = fastavro.schemaless_reader(rest, schema, None)
        except (EOFError, ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError):
            raise BadRecordError("NOT_AVRO", "not as its schema says") from None
        if rest.read(1):
            raise BadRecordError("TRAILING_BYTES", "more bytes than its schema says")
        return DecodedValue(value, column)

    def _schema(self, schema_id: int) -> tuple[Any, ColumnType]:
        if schema_id not in self._schemas:
            text = self._schema_of(schema_id)
            if text is None:
                raise BadRecordError("UNKNOWN_SCHEMA", f"the registry has no schema of id {schema_id}")
            if len(self._schemas) >= _MOST_SCHEMAS:
                self._schemas.clear()
            try:
                written = json.loads(text)
                parsed = fastavro.parse_schema(without_logical_types(written), named_schemas={})
                self._schemas[schema_id] = parsed, of_avro(written)
            except (ValueError, KeyError, TypeError, AttributeError, fastavro.schema.SchemaParseException):
                raise BadRecordError("UNKNOWN_SCHEMA", f"schema {schema_id} of the registry is not Avro") from None
        return self._schemas[schema_id]
