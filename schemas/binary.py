"""Avro's binary encoding, for the few kinds of field that this package's schemas use.

fastavro reads and writes any schema; on messages of our own schemas, which nearly all are, it takes 1.7 times as long
to decode and 2 times as long to encode (``python -m tests.bench.measure --only avro``).  Messages of other schemas go
through fastavro, and tests hold both to the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

# Plain numbers, not an enumeration: comparing enumeration members takes as long as reading the field.
_STRING: Final = 0
_LONG: Final = 1
_BOOLEAN: Final = 2
_ARRAY: Final = 3
_RECORD: Final = 4
_BYTES: Final = 5
_DOUBLE: Final = 6

_KINDS: Final[Mapping[str, int]] = {
    "string": _STRING,
    "int": _LONG,
    "long": _LONG,
    "boolean": _BOOLEAN,
    "bytes": _BYTES,
    "double": _DOUBLE,
}
_NULL_BRANCH: Final = 0
_VALUE_BRANCH: Final = 2
"""How the numbers of a union's branches, 0 and 1, are written."""

_EIGHT_BYTES: Final = struct.Struct("<d")
_LAST_SHIFT: Final = 63
"""The shift of a long's tenth byte, the last there can be."""

_PAST_64_BITS: Final = 1 << 64


Field = tuple[str, bool, int, "Layout"]
"""One field of a record: its name, whether it may be null (a union whose first branch is null), its kind, and what is
in it: a record's fields, or one field without a name for an array's items.  A plain tuple unpacks fastest."""

Layout = tuple[Field, ...]


def layout_of(schema: Mapping[str, Any]) -> Layout:
    """Work out a record schema's fields.

    Raises ValueError where it holds a kind that this module does not know.
    """
    return tuple(_field(field["name"], field["type"]) for field in schema["fields"])


def read(layout: Layout, data: bytes, at: int) -> tuple[dict[str, Any], int]:  # noqa: C901 - the hot path, inlined
    """Read a record's fields that begin at ``at``; return them and where they end.

    A field that is null is left out.  Raises ValueError or IndexError where the bytes are no such record.  An end
    beyond the data means the same, since a last string may have been cut.
    """
    fields: dict[str, Any] = {}
    for name, nullable, kind, inner in layout:
        if nullable:
            branch = data[at]
            at += 1
            if branch == _NULL_BRANCH:
                continue
            if branch != _VALUE_BRANCH:
                raise ValueError
        if kind == _STRING:
            size = data[at]
            at += 1
            if size > 127 or size & 1:  # of more than one byte, or negative
                size, at = _read_size(data, at - 1)
            else:
                size >>= 1
            fields[name] = data[at : at + size].decode()
            at += size
        elif kind == _LONG:
            byte = data[at]
            at += 1
            number = byte & 127
            shift = 7
            while byte > 127:
                if shift > _LAST_SHIFT:
                    raise ValueError
                byte = data[at]
                at += 1
                number |= (byte & 127) << shift
                shift += 7
            fields[name] = (number >> 1) ^ -(number & 1)
        elif kind == _BOOLEAN:
            fields[name] = data[at] != 0
            at += 1
        else:
            fields[name], at = _read_value(kind, inner, data, at)
    return fields, at


def write(layout: Layout, fields: Mapping[str, Any], out: bytearray) -> None:
    """Append a record's fields to ``out``; the values must be of the layout's kinds.

    Raises OverflowError for a number beyond 64 bits and UnicodeEncodeError for text that is no Unicode.
    """
    for name, nullable, kind, inner in layout:
        value = fields[name]
        if nullable:
            if value is None:
                out.append(_NULL_BRANCH)
                continue
            out.append(_VALUE_BRANCH)
        if kind == _STRING:
            encoded = value.encode()
            _write_long(len(encoded), out)
            out += encoded
        elif kind == _LONG:
            _write_long(value, out)
        else:
            _write_value(kind, inner, value, out)


def _field(name: str, schema: Any) -> Field:  # noqa: ANN401 - a schema is any JSON
    """Work out one field."""
    nullable = isinstance(schema, list) and len(schema) == 2 and schema[0] == "null"
    if nullable:
        schema = schema[1]
    plain = schema["type"] if isinstance(schema, Mapping) else schema
    if plain == "array":
        return name, nullable, _ARRAY, (_field("", schema["items"]),)
    if plain == "record":
        return name, nullable, _RECORD, layout_of(schema)
    if not isinstance(plain, str) or plain not in _KINDS:
        message = f"{name}: not a kind of field this package's schemas use"
        raise ValueError(message)
    return name, nullable, _KINDS[plain], ()


def _read_value(kind: int, inner: Layout, data: bytes, at: int) -> tuple[Any, int]:
    """Read one value of any kind."""
    if kind == _BOOLEAN:
        return data[at] != 0, at + 1
    if kind == _ARRAY:
        return _read_array(inner[0], data, at)
    if kind == _RECORD:
        return read(inner, data, at)
    if kind == _LONG:
        return _read_long(data, at)
    if kind == _DOUBLE:
        if at + _EIGHT_BYTES.size > len(data):
            raise IndexError
        return _EIGHT_BYTES.unpack_from(data, at)[0], at + _EIGHT_BYTES.size
    size, at = _read_size(data, at)
    value = data[at : at + size]
    return (value.decode() if kind == _STRING else value), at + size


def _read_array(item: Field, data: bytes, at: int) -> tuple[list[Any], int]:
    """Read an array's blocks; one whose count is negative also says how many bytes it takes."""
    _, _, kind, inner = item
    items: list[Any] = []
    while True:
        count, at = _read_long(data, at)
        if count == 0:
            return items, at
        if count < 0:
            count = -count
            _, at = _read_long(data, at)
        if count > len(data) - at:  # whatever an array holds takes a byte at least
            raise IndexError
        for _ in range(count):
            value, at = _read_value(kind, inner, data, at)
            items.append(value)


def _read_long(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag number of up to ten bytes."""
    byte = data[at]
    at += 1
    number = byte & 127
    shift = 7
    while byte > 127:
        if shift > _LAST_SHIFT:
            raise ValueError
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
    return (number >> 1) ^ -(number & 1), at


def _read_size(data: bytes, at: int) -> tuple[int, int]:
    """Read how long a string or bytes are."""
    size, at = _read_long(data, at)
    if not 0 <= size <= len(data) - at:
        raise IndexError
    return size, at


def _write_value(kind: int, inner: Layout, value: Any, out: bytearray) -> None:  # noqa: ANN401 - of any kind
    """Append one value of any kind."""
    if kind == _BOOLEAN:
        out.append(value)
    elif kind == _ARRAY:
        _write_array(inner[0], value, out)
    elif kind == _RECORD:
        write(inner, value, out)
    elif kind == _LONG:
        _write_long(value, out)
    elif kind == _DOUBLE:
        out += _EIGHT_BYTES.pack(value)
    else:
        encoded = value.encode() if kind == _STRING else value
        _write_long(len(encoded), out)
        out += encoded


def _write_array(item: Field, values: Sequence[Any], out: bytearray) -> None:
    """Append an array as one block, and the empty block that ends it."""
    _, _, kind, inner = item
    if values:
        _write_long(len(values), out)
        for value in values:
            _write_value(kind, inner, value, out)
    out.append(0)


def _write_long(value: int, out: bytearray) -> None:
    """Append a zigzag number."""
    number = (value << 1) ^ (value >> 63)
    if not 0 <= number < _PAST_64_BITS:
        message = "a number beyond 64 bits"
        raise OverflowError(message)
    while number > 127:
        out.append((number & 127) | 128)
        number >>= 7
    out.append(number)
