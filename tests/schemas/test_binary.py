from __future__ import annotations

from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro import OURS, physical
from schemas.binary import layout_of, read, write
from schemas.shapes import Record
from tests.schemas.strategies import records


def schema_of(*kinds: Any) -> dict[str, Any]:
    """Make a record schema with one field of each kind."""
    fields = [{"name": f"f{number}", "type": kind} for number, kind in enumerate(kinds)]
    return physical({"type": "record", "name": "A", "fields": fields})


INNER = {"type": "record", "name": "B", "fields": [{"name": "b", "type": ["null", "bytes"]}]}
EVERY_KIND = schema_of(
    "long",
    "boolean",
    "double",
    ["null", "string"],
    ["null", "boolean"],
    INNER,
    *({"type": "array", "items": items} for items in ("string", "long", "boolean", "double", "bytes")),
)
LAYOUT = layout_of(EVERY_KIND)

LONGS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(60, 9000).map(lambda size: "x" * size)
FIELDS = st.fixed_dictionaries(
    {
        "f0": LONGS,
        "f1": st.booleans(),
        "f2": st.floats(allow_nan=False),
        "f3": st.none() | TEXTS,
        "f4": st.none() | st.booleans(),
        "f5": st.fixed_dictionaries({"b": st.none() | st.binary(max_size=80)}),
        "f6": st.lists(TEXTS, max_size=3),
        "f7": st.lists(LONGS),
        "f8": st.lists(st.booleans()),
        "f9": st.lists(st.floats(allow_nan=False)),
        "f10": st.lists(st.binary(max_size=80)),
    }
)


def by_fastavro(schema: dict[str, Any], fields: dict[str, Any]) -> bytes:
    """Write fields as the reference implementation does."""
    buffer = BytesIO()
    fastavro.schemaless_writer(buffer, schema, fields)
    return buffer.getvalue()


def written(schema: dict[str, Any], fields: dict[str, Any]) -> bytes:
    """Write fields as we do."""
    out = bytearray()
    write(layout_of(schema), fields, out)
    return bytes(out)


def without_nulls(value: Any) -> Any:
    """Leave out what is null, as :func:`read` does."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list | tuple) else value


@given(FIELDS)
def test_every_kind_is_written_and_read_as_fastavro_does(fields: dict[str, Any]) -> None:
    """The bytes are the reference implementation's, and reading them gives the fields back."""
    data = by_fastavro(EVERY_KIND, fields)
    assert written(EVERY_KIND, fields) == data
    assert read(LAYOUT, data, 0) == (without_nulls(fields), len(data))


@given(records())
def test_every_record_is_written_and_read_as_fastavro_does(record: Record) -> None:
    """The same, for the schemas there are."""
    schema = OURS[type(record)]
    fields = msgspec.to_builtins(record, builtin_types=(bytes,))
    data = by_fastavro(schema, fields)
    assert written(schema, fields) == data
    assert read(layout_of(schema), data, 0) == (without_nulls(fields), len(data))


@given(st.binary(max_size=40))
def test_reads_of_any_bytes_what_fastavro_reads_or_nothing(data: bytes) -> None:
    """Garbage is refused, or means the same to both."""
    try:
        fields, end = read(LAYOUT, data, 0)
    except (ValueError, IndexError):
        return
    if end <= len(data):
        theirs = fastavro.schemaless_reader(BytesIO(data), EVERY_KIND, None)
        assert repr(without_nulls(theirs)) == repr(fields)


@given(FIELDS, st.data())
def test_a_cut_body_is_noticed(fields: dict[str, Any], data: st.DataObject) -> None:
    """Less than the whole either raises or ends beyond what is there."""
    whole = by_fastavro(EVERY_KIND, fields)
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        _, end = read(LAYOUT, part, 0)
    except (ValueError, IndexError):
        return
    assert end > len(part)


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        ({"type": "array", "items": "long"}, b"\x03\x04\x02\x04\x00", [1, 2]),  # negative count, then its bytes
        ({"type": "array", "items": "long"}, b"\x02\x02\x02\x04\x00", [1, 2]),  # two blocks
        ("string", b"\x82\x00A", "A"),  # a length of two bytes where one would do
        ("long", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 0),  # ten bytes, the most there can be
    ],
)
def test_reads_every_spelling_avro_allows(kind: Any, data: bytes, value: Any) -> None:
    """Others' writers may spell arrays and numbers in ways ours does not."""
    assert read(layout_of(schema_of(kind)), data, 0) == ({"f0": value}, len(data))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("string", b""),
        ("string", b"\x01"),  # a negative length
        ("string", b"\x80\x01x"),  # longer than what is there, in two bytes
        ("string", b"\x02\xff"),  # no UTF-8
        ("bytes", b"\x01"),
        ("double", b"\x00" * 7),
        ("boolean", b""),
        ("long", b"\x80" * 10 + b"\x00"),
        ("long", b"\x80"),
        (["null", "string"], b"\x04"),  # a third branch
        ({"type": "array", "items": "long"}, b"\xfe\xff\xff\xff\x0f"),  # more items than bytes
        ({"type": "array", "items": "long"}, b"\x02" + b"\x80" * 10 + b"\x00"),
    ],
)
def test_refuses_what_is_no_avro(kind: Any, data: bytes) -> None:
    """Bytes that are no such record raise, and take no memory first."""
    layout = layout_of(schema_of(kind))
    with pytest.raises((ValueError, IndexError)):
        read(layout, data, 0)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_refuses_a_number_beyond_64_bits(value: int) -> None:
    """Avro has no number for it."""
    with pytest.raises(OverflowError, match="64 bits"):
        write(layout_of(schema_of("long")), {"f0": value}, bytearray())


@pytest.mark.parametrize(
    "kind", ["float", ["string", "null"], ["null", "string", "long"], {"type": "map", "values": "long"}]
)
def test_knows_only_the_kinds_it_needs(kind: Any) -> None:
    """Any other schema is fastavro's to read."""
    schema = schema_of(kind)
    with pytest.raises(ValueError, match="f0: not a kind"):
        layout_of(schema)
