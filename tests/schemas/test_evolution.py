"""A schema that changed, and the one before it: each release reads what the other wrote, as far as it can mean it."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest

from schemas.avro import FILE_BY_ID, OURS, SCHEMA_TEXT_BY_ID, SCHEMA_TEXT_BY_SUBJECT, Schema, physical, subject_of
from schemas.codec import Codec
from schemas.records import (
    READ_AS_FALSE,
    SOURCE_RECORDS,
    AsbReport,
    Crime,
    Disposal,
    Incident,
    NoCrime,
    Referral,
    Snapshot,
)
from tests.schemas.examples import NINE, filled

CODEC = Codec()
HEADER_LENGTH = 5
RECORD_BY_NAME = {record.__name__: record for record in SOURCE_RECORDS}
FORMER = {
    number: RECORD_BY_NAME[json.loads(SCHEMA_TEXT_BY_ID[number])["name"]]
    for number, file in FILE_BY_ID.items()
    if file.startswith("history/") and json.loads(SCHEMA_TEXT_BY_ID[number])["name"] in RECORD_BY_NAME
}
"""The records of which there was an earlier schema, by its id."""
each_former = pytest.mark.parametrize(
    ("number", "record_type"), [*FORMER.items()], ids=[record.__name__ for record in FORMER.values()]
)
each_former_that_needed_more = pytest.mark.parametrize(
    ("number", "record_type"),
    [(number, record) for number, record in FORMER.items() if number != 0x43444917],
    ids=[record.__name__ for number, record in FORMER.items() if number != 0x43444917],
)
"""All but those after which no field became nullable: 0x43444917 was followed by a new field alone."""


def former(number: int) -> Schema:
    """Return an earlier schema, parsed for plain values."""
    return physical(SCHEMA_TEXT_BY_ID[number])


def names(schema: Schema) -> set[str]:
    """Return the names of a schema's fields."""
    return {field["name"] for field in schema["fields"]}


def plain(record: Snapshot) -> dict[str, Any]:
    """Return a record's fields as Avro writes them."""
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return fields


def written_by_the_former(number: int, fields: dict[str, Any]) -> bytes:
    """Return a message that the release before wrote."""
    out = BytesIO()
    schema = former(number)
    fastavro.schemaless_writer(out, schema, {name: fields[name] for name in names(schema)})
    return b"\0" + number.to_bytes(4, "big") + out.getvalue()


def read_by_the_former(number: int, message: bytes) -> Any:
    """Return what the release before makes of a message of ours, with our schema from a registry."""
    record_type = FORMER[number]
    body = BytesIO(message[HEADER_LENGTH:])
    return fastavro.schemaless_reader(body, OURS[record_type], former(number))


def test_the_schemas_that_changed_are_these() -> None:
    """Whoever changes another adds it here by keeping its former file."""
    assert set(FORMER.values()) == {Incident, Crime, NoCrime, Disposal, Referral, AsbReport}


@each_former
def test_a_former_message_is_read_whole(number: int, record_type: type[Snapshot]) -> None:
    """What it states stands, a false is a false, and what it could not state is not stated."""
    stated = plain(filled(record_type))
    read = CODEC.decode(record_type.TOPIC, written_by_the_former(number, stated))
    new = names(OURS[record_type]) - names(former(number))
    defaults = {field.name: field.default for field in msgspec.structs.fields(record_type)}
    for name in record_type.__struct_fields__:
        expected = defaults[name] if name in new else getattr(filled(record_type), name)
        assert getattr(read, name) == expected, name
    said_no = {**stated, **dict.fromkeys(READ_AS_FALSE & names(former(number)), False)}
    read = CODEC.decode(record_type.TOPIC, written_by_the_former(number, said_no))
    assert {getattr(read, name) for name in READ_AS_FALSE & names(former(number))} <= {False}


@each_former
def test_the_release_before_reads_what_it_can_mean(number: int, record_type: type[Snapshot]) -> None:
    """A message of ours that leaves nothing empty which it needs."""
    record = filled(record_type)
    expected = {name: value for name, value in plain(record).items() if name in names(former(number))}
    assert read_by_the_former(number, CODEC.encode(record)) == expected


@each_former_that_needed_more
def test_the_release_before_refuses_an_empty_field_that_it_needs(number: int, record_type: type[Snapshot]) -> None:
    """It sets the message aside, as every one whose schema it does not know; nothing is read as something else."""
    needed = {field["name"] for field in former(number)["fields"] if not isinstance(field["type"], list)}
    empty = {field["name"] for field in OURS[record_type]["fields"] if isinstance(field["type"], list)} & needed
    assert empty
    for name in empty:
        record = msgspec.structs.replace(filled(record_type), **{name: None})
        with pytest.raises(fastavro.read.SchemaResolutionError):
            read_by_the_former(number, CODEC.encode(record))


@pytest.mark.parametrize("record_type", SOURCE_RECORDS, ids=lambda record_type: record_type.__name__)
def test_a_later_release_may_add_fields(record_type: type[Snapshot]) -> None:
    """Of every record, the new ones too: this release reads it, and knows nothing of them."""
    schema = json.loads(SCHEMA_TEXT_BY_SUBJECT[subject_of(record_type)])
    schema["fields"].append({"name": "of_tomorrow", "type": ["null", "string"], "default": None})
    out = BytesIO()
    fastavro.schemaless_writer(out, physical(schema), {**plain(filled(record_type)), "of_tomorrow": "x"})
    codec = Codec(writers={7: schema})
    assert codec.decode(record_type.TOPIC, b"\0\0\0\0\7" + out.getvalue()) == filled(record_type)


@pytest.mark.parametrize("record_type", SOURCE_RECORDS, ids=lambda record_type: record_type.__name__)
def test_what_is_not_stated_takes_no_more_than_its_branch(record_type: type[Snapshot]) -> None:
    """A record with nothing but what it must state is written and read."""
    record = filled(record_type)
    changes = {field.name: field.default for field in msgspec.structs.fields(record_type) if not field.required}
    bare = msgspec.structs.replace(record, **changes)
    assert CODEC.decode(record_type.TOPIC, CODEC.encode(bare)) == bare
    assert bare.event_time == NINE
