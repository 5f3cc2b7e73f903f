"""Schemas of others: what is said to be readable is read, and everything else is refused by the field's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest

from schemas.avro import OURS_LOGICAL, SCHEMA_TEXT_BY_ID, SCHEMA_TEXT_BY_SUBJECT, logical, physical, subject_of
from schemas.codec import Codec
from schemas.records import SOURCE_RECORDS, Heartbeat, Incident, OffenderHistory
from schemas.refusals import BadRecordError
from schemas.resolution import resolve
from schemas.shapes import Record
from tests.schemas.examples import NINE, filled

ID = 7
HEADER = b"\0" + ID.to_bytes(4, "big")
CODEC = Codec()

Schema = dict[str, Any]


def stated(kind: str, meaning: str) -> Schema:
    """Return a type with a meaning, as Avro or Connect state it."""
    return {"type": kind, ("connect.name" if "." in meaning else "logicalType"): meaning}


MOMENTS = {
    "timestamp-millis": 1,
    "timestamp-micros": 1_000,
    "timestamp-nanos": 1_000_000,
    "org.apache.kafka.connect.data.Timestamp": 1,
    "io.debezium.time.Timestamp": 1,
    "io.debezium.time.MicroTimestamp": 1_000,
    "io.debezium.time.NanoTimestamp": 1_000_000,
}
NO_MOMENTS = [
    stated("long", "local-timestamp-millis"),
    stated("long", "local-timestamp-micros"),
    stated("long", "local-timestamp-nanos"),
    stated("long", "time-micros"),
    stated("long", "io.debezium.time.MicroTime"),
    stated("long", "io.debezium.time.NanoTime"),
    stated("long", "io.debezium.time.MicroDuration"),
    stated("long", "org.example.Ticks"),
    stated("int", "date"),
    stated("int", "time-millis"),
    stated("int", "io.debezium.time.Date"),
    stated("int", "io.debezium.time.Time"),
    stated("int", "io.debezium.time.Year"),
    stated("int", "org.apache.kafka.connect.data.Date"),
    stated("int", "org.apache.kafka.connect.data.Time"),
    stated("string", "io.debezium.time.ZonedTimestamp"),
    stated("string", "io.debezium.time.ZonedTime"),
    {**stated("bytes", "decimal"), "precision": 9},
    {**stated("fixed", "duration"), "name": "Duration", "size": 12},
]
TYPES: list[Any] = [
    "boolean",
    "int",
    "long",
    "float",
    "double",
    "bytes",
    "string",
    {"type": "string", "avro.java.string": "String"},
    stated("string", "uuid"),
    {"type": "enum", "name": "Word", "symbols": ["A1", "BURGLARY"]},
    {"type": "fixed", "name": "Four", "size": 4},
    {"type": "map", "values": "string"},
    {"type": "array", "items": "string"},
    {"type": "array", "items": ["null", "string"]},
    {"type": "array", "items": "long"},
    {"type": "array", "items": {"type": "record", "name": "Other", "fields": [{"name": "a", "type": "long"}]}},
    {"type": "record", "name": "Other", "fields": [{"name": "a", "type": "long"}]},
    *(stated("long", meaning) for meaning in MOMENTS),
    *NO_MOMENTS,
]


def samples(kind: Any, valid: Any) -> list[Any]:
    """Return values of a type: the valid one as this type spells it, where it can, and one of each branch."""
    if isinstance(kind, list):
        return [value for branch in kind for value in samples(branch, valid)]
    if isinstance(kind, dict):
        divisor = MOMENTS.get(str(kind.get("logicalType") or kind.get("connect.name")))
        if divisor is not None:
            return [NINE * divisor if valid == NINE else 1]
        if kind["type"] == "array":
            return [[value] for value in samples(kind["items"], valid[0] if isinstance(valid, list) else valid)]
        others = {"enum": "A1", "fixed": b"1" * kind.get("size", 0), "map": {"a": "A1"}, "record": {"a": 1}}
        if kind["type"] in others:
            return [others[kind["type"]]]
        kind = kind["type"]
    text = valid if isinstance(valid, str) else "A1"
    number = valid if isinstance(valid, int) and not isinstance(valid, bool) else 1
    values = {"null": None, "boolean": True, "int": 1, "long": number, "string": text, "bytes": text.encode()}
    return [values.get(kind, 0.5)]


def fields_of(schema: Schema, fields: dict[str, Any], place: str = "") -> Iterator[tuple[str, Schema, dict[str, Any]]]:
    """Yield every field of a schema, in smaller records too, with the record's values that it stands among."""
    for field in schema["fields"]:
        yield f"{place}{field['name']}", field, fields
        kind = field["type"]
        if isinstance(kind, dict) and kind["type"] == "array" and isinstance(kind["items"], dict):
            yield from fields_of(kind["items"], fields[field["name"]][0], f"{place}{field['name']}[].")


def text_of(record_type: type[Record]) -> Schema:
    """Return our schema of a record, as JSON."""
    schema: Schema = json.loads(SCHEMA_TEXT_BY_SUBJECT[subject_of(record_type)])
    return schema


def read(record: Record, schema: Schema, fields: dict[str, Any]) -> Record:
    """Write fields with a schema as its producer does, and read them with our codec."""
    body = BytesIO()
    fastavro.schemaless_writer(body, physical(schema), fields)
    CODEC.learn(ID, schema)
    return CODEC.decode_as(type(record), HEADER + body.getvalue())


def read_or_refused(record: Record, schema: Schema, fields: dict[str, Any]) -> Record | BadRecordError:
    """Return the record as our codec reads it, or why it does not."""
    try:
        return read(record, schema, fields)
    except BadRecordError as refusal:
        return refusal


@pytest.mark.parametrize("record_type", [*SOURCE_RECORDS, Heartbeat], ids=lambda record_type: record_type.__name__)
def test_what_is_said_of_a_schema_is_so(record_type: type[Record]) -> None:
    """Each field with each other type, alone and in a union with null, written by fastavro and read by our codec."""
    record = filled(record_type)
    numbers = len(list(fields_of(text_of(record_type), json.loads(msgspec.json.encode(record)))))
    for number in range(numbers):
        for kind in (variant for one in TYPES for variant in (one, ["null", one])):
            schema, fields = text_of(record_type), json.loads(msgspec.json.encode(record))
            place, field, around = list(fields_of(schema, fields))[number]
            values = samples(kind, around[field["name"]])
            field["type"] = kind
            field.pop("default", None)
            resolution = resolve(logical(schema), OURS_LOGICAL[record_type])
            refusals: list[BadRecordError] = []
            for value in values:
                around[field["name"]] = value
                outcome = read_or_refused(record, schema, fields)
                if isinstance(outcome, BadRecordError):
                    refusals.append(outcome)
                else:
                    assert value in (None, 1) or outcome == record, (place, kind, value)
            assert bool(refusals) == bool(resolution.faults), (place, kind, resolution.faults)
            assert all(fault.startswith(place) for fault in resolution.faults)
            assert {refusal.reason for refusal in refusals} <= {"UNKNOWN_SCHEMA"}
            assert all(field["name"] in refusal.detail for refusal in refusals)


@pytest.mark.parametrize("record_type", [*SOURCE_RECORDS, Heartbeat], ids=lambda record_type: record_type.__name__)
def test_a_field_that_is_missing_is_named_where_it_has_no_default(record_type: type[Record]) -> None:
    """In the record and in its smaller records."""
    record = filled(record_type)
    fields = json.loads(msgspec.json.encode(record))
    for place, field, _ in fields_of(text_of(record_type), fields):
        schema = text_of(record_type)
        holder = schema if "." not in place else _items(schema, place.partition("[")[0])
        holder["fields"] = [other for other in holder["fields"] if other["name"] != field["name"]]
        faults = resolve(logical(schema), OURS_LOGICAL[record_type]).faults
        assert faults == (() if "default" in field else (f"{place} is missing, and has no default",))
        if faults:
            with pytest.raises(BadRecordError, match=r"UNKNOWN_SCHEMA: .*is missing, and has no default"):
                read(record, schema, fields)
        else:
            read(record, schema, fields)


def _items(schema: Schema, name: str) -> Schema:
    items: Schema = next(field for field in schema["fields"] if field["name"] == name)["type"]["items"]
    return items


@pytest.mark.parametrize("schema_id", SCHEMA_TEXT_BY_ID)
def test_our_own_schemas_need_no_conversion(schema_id: int) -> None:
    """Current and former ones."""
    schema = logical(SCHEMA_TEXT_BY_ID[schema_id])
    ours = next(ours for ours in OURS_LOGICAL.values() if ours["name"] == schema["name"])
    assert resolve(schema, ours) == ((), (), ())


def incident_with(name: str, kind: Any, value: Any) -> tuple[Incident, Schema, dict[str, Any]]:
    """Return an incident, and one field of it as a schema of another states it."""
    record = filled(Incident)
    schema, fields = text_of(Incident), json.loads(msgspec.json.encode(record))
    field = next(field for field in schema["fields"] if field["name"] == name)
    field["type"] = kind
    field.pop("default", None)
    fields[name] = value
    return record, schema, fields


@pytest.mark.parametrize(
    ("meaning", "value", "ms"),
    [
        ("timestamp-micros", 252_460_800_000_000, 252_460_800_000),  # 1978: what was read as the year 9970
        ("timestamp-micros", 162_777_600_000_000, 162_777_600_000),  # 1975: what was read as the year 7128
        ("timestamp-micros", -1, -1),
        ("timestamp-micros", -1_000, -1),
        ("timestamp-micros", 1_999, 1),
        ("timestamp-nanos", 1_367_398_800_123_999_999, 1_367_398_800_123),
        ("io.debezium.time.MicroTimestamp", -2_208_988_800_000_000, -2_208_988_800_000),
    ],
)
def test_finer_times_are_cut_to_the_millisecond(meaning: str, value: int, ms: int) -> None:
    """As the fractions of a text are, before 1970 too."""
    record, schema, fields = incident_with("occurred_at", ["null", stated("long", meaning)], value)
    assert read(record, schema, fields) == msgspec.structs.replace(record, occurred_at=ms)


def test_a_time_out_of_range_is_an_impossible_date_after_conversion() -> None:
    """What counts is the moment, not the number."""
    record, schema, fields = incident_with("occurred_at", stated("long", "timestamp-micros"), -2_208_988_800_000_001)
    with pytest.raises(BadRecordError, match="IMPOSSIBLE_DATE: occurred_at: outside 1900 to 9999"):
        read(record, schema, fields)


def test_a_field_may_state_what_its_type_does_not() -> None:
    """Avro ignores a logical type beside the field's type; whoever wrote it meant it."""
    record, schema, fields = incident_with("occurred_at", ["null", "long"], NINE * 1000)
    next(field for field in schema["fields"] if field["name"] == "occurred_at")["logicalType"] = "timestamp-micros"
    assert read(record, schema, fields) == record


def test_a_field_that_states_two_meanings_is_refused() -> None:
    """Which of the two holds nobody can tell."""
    kind = {"type": "long", "logicalType": "timestamp-millis", "connect.name": "io.debezium.time.MicroTimestamp"}
    record, schema, fields = incident_with("occurred_at", kind, NINE)
    with pytest.raises(BadRecordError, match=r"both io\.debezium\.time\.MicroTimestamp and timestamp-millis"):
        read(record, schema, fields)


@pytest.mark.parametrize("other", ["long", stated("long", "timestamp-nanos")])
def test_a_field_of_two_kinds_of_moment_is_refused(other: Any) -> None:
    """Avro forbids two branches of one type; who has them all the same cannot be read."""
    record, schema, fields = incident_with("occurred_at", ["null", other, stated("long", "timestamp-micros")], NINE)
    with pytest.raises(BadRecordError, match="occurred_at: several kinds of moment in one field"):
        read(record, schema, fields)


def test_a_date_that_is_never_stated_refuses_no_record() -> None:
    """Only a value could be read wrongly."""
    record, schema, fields = incident_with("occurred_at", ["null", stated("int", "date")], None)
    assert read(record, schema, fields) == msgspec.structs.replace(record, occurred_at=None)


def test_a_date_inside_a_list_is_refused_by_its_place() -> None:
    """The message names which item; the schema, which field."""
    record = filled(OffenderHistory)
    schema, fields = text_of(OffenderHistory), json.loads(msgspec.json.encode(record))
    _items(schema, "entries")["fields"][1]["type"] = stated("int", "date")
    fields["entries"][0]["date"] = 15_826
    with pytest.raises(BadRecordError, match=r"entries\[0\]\.date: date, where a moment is wanted") as caught:
        read(record, schema, fields)
    assert caught.value.reason == "UNKNOWN_SCHEMA"
    assert resolve(logical(schema), OURS_LOGICAL[OffenderHistory]).faults == (
        "entries[].date: date, where a moment is wanted",
    )


def test_a_type_named_elsewhere_is_followed() -> None:
    """An enumeration may be defined at its first use, and named at its second."""
    schema = text_of(Incident)
    schema["fields"].insert(0, {"name": "first", "type": {"type": "enum", "name": "Words", "symbols": ["A1"]}})
    record, fields = filled(Incident), {**json.loads(msgspec.json.encode(filled(Incident))), "first": "A1"}
    assert read(record, schema, fields) == record
    next(field for field in schema["fields"] if field["name"] == "channel")["type"] = "Words"
    assert resolve(logical(schema), OURS_LOGICAL[Incident]).faults == ("channel: enum, where string is wanted",)


def test_what_is_assumed_of_a_zone_is_said() -> None:
    """Debezium's timestamps of a column without a zone have none."""
    _, schema, _ = incident_with("occurred_at", ["null", stated("long", "io.debezium.time.MicroTimestamp")], 0)
    assert resolve(logical(schema), OURS_LOGICAL[Incident]).assumptions == (
        "occurred_at: io.debezium.time.MicroTimestamp has no zone, and is taken as UTC",
    )


@pytest.mark.parametrize("meaning", ["date", "time-millis", "io.debezium.time.Year", "decimal"])
def test_a_number_is_no_time(meaning: str) -> None:
    """Days since 1970 are no count of crimes."""
    record, schema, fields = incident_with("crimes_expected", ["null", stated("int", meaning)], 1)
    fault = f"crimes_expected: {meaning}, where int is wanted"
    assert resolve(logical(schema), OURS_LOGICAL[Incident]).faults == (fault,)
    with pytest.raises(BadRecordError, match=fault):
        read(record, schema, fields)


def test_a_revision_may_be_a_time() -> None:
    """Only its order counts."""
    record, schema, fields = incident_with("revision", stated("long", "timestamp-micros"), 1)
    assert resolve(logical(schema), OURS_LOGICAL[Incident]) == ((), (), ())
    assert read(record, schema, fields) == record
