from __future__ import annotations

import copy
import hashlib
import json
from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro import ID_BY_SUBJECT, SCHEMA_TEXT_BY_ID, SCHEMA_TEXT_BY_SUBJECT, physical, subject_of
from schemas.codec import Codec, body_digest
from schemas.products import AlertAction, Erasure, Tick
from schemas.records import FEEDS, Crime, Heartbeat, Incident, Link, OffenderHistory
from schemas.refusals import BadRecordError
from schemas.shapes import Record
from tests.schemas.examples import CRIME, HEARTBEAT, INCIDENT, LINK, filled
from tests.schemas.strategies import records

CODEC = Codec()
INCIDENTS = Incident.TOPIC


def topic_of(record: Record) -> str:
    """Name a topic the record may travel on."""
    return INCIDENTS if isinstance(record, Heartbeat) else record.TOPIC


def schema_of(record_type: type[Record]) -> dict[str, Any]:
    """Copy the schema of a record type, to be changed."""
    schema: dict[str, Any] = json.loads(SCHEMA_TEXT_BY_SUBJECT[subject_of(record_type)])
    return schema


def field_of(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a field of a schema."""
    return next(field for field in schema["fields"] if field["name"] == name)


def framed(schema_id: int, schema: dict[str, Any], fields: dict[str, Any]) -> bytes:
    """Write fields as a producer with a schema of its own does."""
    buffer = BytesIO(bytes([0]) + schema_id.to_bytes(4, "big"))
    buffer.seek(5)
    fastavro.schemaless_writer(buffer, physical(schema), fields)
    return buffer.getvalue()


def refusal(codec: Codec, topic: str, value: bytes) -> BadRecordError:
    """Decode what must be refused."""
    with pytest.raises(BadRecordError) as caught:
        codec.decode(topic, value)
    return caught.value


@given(records())
def test_what_is_encoded_is_decoded(record: Record) -> None:
    """Every record comes back the same, by its topic and by its type."""
    value = CODEC.encode(record)
    assert CODEC.decode(topic_of(record), value) == record
    assert CODEC.decode_as(type(record), value) == record


def test_framing_is_confluents() -> None:
    """A byte 0, the schema's id in four bytes, and a body any Avro reader reads."""
    value = CODEC.encode(INCIDENT)
    assert value[0] == 0
    assert int.from_bytes(value[1:5], "big") == ID_BY_SUBJECT[INCIDENTS]
    body: Any = fastavro.schemaless_reader(BytesIO(value[5:]), schema_of(Incident), None)
    assert body["reported_at"].isoformat() == "2013-05-01T09:00:00+00:00"


def test_a_heartbeat_travels_on_every_feed_and_nowhere_else() -> None:
    """The second record type of a feed; links are no feed and hold no clock."""
    value = CODEC.encode(HEARTBEAT)
    assert [CODEC.decode(topic, value) for topic in FEEDS] == [HEARTBEAT] * 9
    assert refusal(CODEC, Link.TOPIC, value).reason == "WRONG_RECORD"
    assert refusal(CODEC, Tick.TOPIC, value).reason == "WRONG_RECORD"


def test_ids_and_schemas_may_come_from_a_registry() -> None:
    """Under the ids given, beside the package's own, and learned later too."""
    theirs = Codec(writers={7: json.dumps(schema_of(Incident))}, ids={INCIDENTS: 7})
    value = theirs.encode(INCIDENT)
    assert value[1:5] == b"\x00\x00\x00\x07"
    assert theirs.decode(INCIDENTS, value) == INCIDENT
    assert theirs.decode(INCIDENTS, CODEC.encode(INCIDENT)) == INCIDENT
    late = Codec()
    assert refusal(late, INCIDENTS, value).reason == "UNKNOWN_SCHEMA"
    late.learn(7, schema_of(Incident))
    assert late.decode(INCIDENTS, value) == INCIDENT


def test_an_older_writer_lacks_a_field() -> None:
    """What it could not know takes its default."""
    older = schema_of(Incident)
    older["fields"] = [field for field in older["fields"] if field["name"] not in {"revision", "team", "crime_refs"}]
    value = framed(7, older, msgspec.to_builtins(INCIDENT))
    assert Codec(writers={7: older}).decode(INCIDENTS, value) == msgspec.structs.replace(INCIDENT, crime_refs=())


def test_a_newer_writer_has_a_field_more() -> None:
    """What we do not know is skipped, wherever it stands."""
    newer = schema_of(Crime)
    newer["fields"].insert(3, {"name": "grade", "type": {"type": "map", "values": "long"}})
    value = framed(7, newer, {**msgspec.to_builtins(CRIME), "grade": {"a": 1}})
    assert Codec(writers={7: newer}).decode(Crime.TOPIC, value) == CRIME


def test_a_writer_may_order_and_type_fields_otherwise() -> None:
    """Avro promotes an int to a long and finds fields by name; another namespace is the writer's affair."""
    other = schema_of(Incident)
    other["namespace"] = "uk.storm"
    field_of(other, "revision")["type"] = "int"
    other["fields"].reverse()
    value = framed(7, other, {**msgspec.to_builtins(INCIDENT), "revision": 3})
    assert Codec(writers={7: other}).decode(INCIDENTS, value) == msgspec.structs.replace(INCIDENT, revision=3)


def test_a_writers_prose_is_no_difference() -> None:
    """A schema that differs in docs and logical types only is read the quick way, without resolving."""
    bare = {"type": "record", "name": "Heartbeat", "namespace": "cdi", "fields": schema_of(Heartbeat)["fields"]}
    bare["fields"] = [{"name": field["name"], "type": field["type"]} for field in schema_of(Heartbeat)["fields"]]
    bare["fields"][2]["type"] = "long"
    value = framed(7, bare, msgspec.to_builtins(HEARTBEAT))
    assert Codec(writers={7: bare}).decode(INCIDENTS, value) == HEARTBEAT


@pytest.mark.parametrize(
    ("name", "kind"), [("incident_ref", "long"), ("reported_at", "string"), ("crime_refs", ["null", "long"])]
)
def test_a_schema_that_cannot_become_ours_is_refused(name: str, kind: Any) -> None:
    """A field of quite another type cannot be resolved, message by message."""
    other = schema_of(Incident)
    field_of(other, name)["type"] = kind
    field_of(other, name).pop("default", None)
    sample: Any = {"incident_ref": 5, "reported_at": "nine", "crime_refs": 5}[name]
    value = framed(7, other, {**msgspec.to_builtins(INCIDENT), name: sample})
    refused = refusal(Codec(writers={7: other}), INCIDENTS, value)
    assert refused.reason == "UNKNOWN_SCHEMA"
    assert refused.detail.startswith(f"this cdi.Incident cannot be resolved to ours: {name}: ")


def test_a_writer_without_a_field_we_require_is_refused() -> None:
    """There is no default to take."""
    older = schema_of(Incident)
    older["fields"].remove(field_of(older, "reported_at"))
    value = framed(7, older, msgspec.to_builtins(INCIDENT))
    assert refusal(Codec(writers={7: older}), INCIDENTS, value).reason == "UNKNOWN_SCHEMA"


@pytest.mark.parametrize("name", ["Stranger", "uk.storm.Stranger"])
def test_a_schema_of_no_record_of_ours_is_the_wrong_record(name: str) -> None:
    """It is known, but belongs on no topic of ours."""
    schema = {"type": "record", "name": name, "fields": [{"name": "a", "type": "long"}]}
    refused = refusal(Codec(writers={7: schema}), INCIDENTS, framed(7, schema, {"a": 1}))
    assert refused.reason == "WRONG_RECORD"
    assert INCIDENTS in refused.detail


def test_refuses_another_topics_record() -> None:
    """A crime among the incidents is somebody's mistake."""
    assert refusal(CODEC, INCIDENTS, CODEC.encode(CRIME)).reason == "WRONG_RECORD"
    with pytest.raises(BadRecordError, match=r"WRONG_RECORD: cdi\.Crime where Incident is expected"):
        CODEC.decode_as(Incident, CODEC.encode(CRIME))


def test_refuses_a_schema_that_is_none() -> None:
    """What a registry gives out is checked when it is learned."""
    with pytest.raises(ValueError, match="not an Avro schema"):
        Codec().learn(7, '{"type": "record"}')


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "EMPTY_VALUE"),
        (b"\x00", "NOT_AVRO"),
        (b"\x00\x00\x00\x00", "NOT_AVRO"),
        (b'{"event_id": "e-1"}', "NOT_AVRO"),
        (b"\x00\x00\x00\x00\x07", "UNKNOWN_SCHEMA"),
        (CODEC.encode(INCIDENT)[:5], "NOT_AVRO"),
        (CODEC.encode(INCIDENT)[:-1], "NOT_AVRO"),
        (CODEC.encode(msgspec.structs.replace(INCIDENT, victim_token="v-1"))[:-1], "NOT_AVRO"),
        (CODEC.encode(INCIDENT) + b"\x00", "TRAILING_BYTES"),
        (CODEC.encode(INCIDENT)[:5] + b"\x02\xff" + CODEC.encode(INCIDENT)[9:], "NOT_AVRO"),
    ],
)
def test_refuses_what_is_no_message_of_ours(value: bytes, reason: str) -> None:
    """Each way of being no record has its reason."""
    assert refusal(CODEC, INCIDENTS, value).reason == reason


def test_refuses_a_cut_body_that_needs_resolving() -> None:
    """Whatever the slow way runs into is bad data too."""
    older = schema_of(Incident)
    older["fields"].remove(field_of(older, "team"))
    value = framed(7, older, msgspec.to_builtins(INCIDENT))
    codec = Codec(writers={7: older})
    assert refusal(codec, INCIDENTS, value[:-30]).reason == "NOT_AVRO"
    assert refusal(codec, INCIDENTS, value + b"\x00").reason == "TRAILING_BYTES"


def test_refuses_what_is_larger_than_it_was_told_to_read() -> None:
    """The limit itself is allowed."""
    value = CODEC.encode(INCIDENT)
    assert Codec(max_bytes=len(value)).decode(INCIDENTS, value) == INCIDENT
    assert refusal(Codec(max_bytes=len(value) - 1), INCIDENTS, value).reason == "TOO_LARGE"


def test_an_unknown_topic_is_a_bug_not_bad_data() -> None:
    """Nobody subscribes to a topic whose records he does not know."""
    with pytest.raises(KeyError):
        CODEC.decode("storm.weather.v1", CODEC.encode(INCIDENT))


@given(st.sampled_from([INCIDENT, CRIME, LINK, HEARTBEAT]), st.data())
def test_a_damaged_message_is_refused_or_read_but_never_anything_else(record: Record, data: st.DataObject) -> None:
    """No bytes get past the two ends: a record, or a reason."""
    value = bytearray(CODEC.encode(record))
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(5, len(value) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = CODEC.decode(topic_of(record), bytes(value))
    except BadRecordError:
        return
    assert type(decoded) is type(record)


@given(st.binary(max_size=60))
def test_garbage_that_needs_resolving_is_refused_or_read(body: bytes) -> None:
    """The same on the slow way."""
    older = schema_of(Heartbeat)
    older["fields"].append({"name": "more", "type": {"type": "array", "items": "string"}})
    codec = Codec(writers={7: older})
    try:
        decoded = codec.decode(INCIDENTS, b"\x00\x00\x00\x00\x07" + body)
    except BadRecordError:
        return
    assert isinstance(decoded, Heartbeat)


@pytest.mark.parametrize(
    ("record_type", "field"),
    [
        (Incident, "incident_ref"),
        (Crime, "recorded_by"),
        (Link, "left_ref"),
        (Heartbeat, "source"),
        (AlertAction, "text"),
        (Erasure, "requested_by"),
    ],
)
def test_a_message_with_a_nul_in_a_text_is_refused(record_type: type[Record], field: str) -> None:
    """A dead letter that names the field, and not a board that cannot store it."""
    record = msgspec.structs.replace(filled(record_type), **{field: "A\0B"})
    with pytest.raises(BadRecordError) as caught:
        CODEC.decode_as(record_type, CODEC.encode(record))
    assert (caught.value.reason, caught.value.detail) == ("WRONG_TYPE", f"{field}: holds a NUL")


def test_an_unknown_offence_class_is_read_as_other_and_counted() -> None:
    """The record is not lost; what was not known is told."""
    codec = Codec()
    strange = msgspec.structs.replace(INCIDENT, offence_class="PIRACY")
    expected = msgspec.structs.replace(INCIDENT, offence_class="OTHER")
    assert codec.decode(INCIDENTS, CODEC.encode(strange)) == expected
    assert codec.decode_as(Incident, CODEC.encode(strange)) == expected
    assert codec.unknown_classes == {"PIRACY": 2}


def test_a_crime_remembers_that_its_class_was_unknown() -> None:
    """Through every reader that takes it on, since each sees OTHER and no more."""
    strange = msgspec.structs.replace(filled(Crime), offence_class="PIRACY", offence_class_unknown=False)
    read = CODEC.decode_as(Crime, CODEC.encode(strange))
    assert (read.offence_class, read.offence_class_unknown) == ("OTHER", True)
    assert CODEC.decode_as(Crime, CODEC.encode(read)) == read
    known = msgspec.structs.replace(strange, offence_class="OTHER")
    assert CODEC.decode_as(Crime, CODEC.encode(known)) == known


def test_a_crimes_body_is_ordered_as_before_it_could_be_marked() -> None:
    """Its digest is that of the body under the schema without the mark, unless it is marked."""
    former = json.loads(SCHEMA_TEXT_BY_ID[0x43444917])
    crime = msgspec.structs.replace(filled(Crime), offence_class_unknown=False)
    out = BytesIO()
    fastavro.schemaless_writer(out, physical(former), msgspec.json.decode(msgspec.json.encode(crime)))
    assert body_digest(crime) == hashlib.sha256(out.getvalue()).digest()
    marked = msgspec.structs.replace(crime, offence_class_unknown=True)
    assert body_digest(marked) not in {body_digest(crime), hashlib.sha256(CODEC.encode(marked)[5:-1]).digest()}


def test_known_offence_classes_are_one_string_each() -> None:
    """A million records share fifteen strings."""
    first, second = (CODEC.decode_as(Incident, CODEC.encode(INCIDENT)) for _ in range(2))
    assert first.offence_class is second.offence_class


def test_digest_is_of_the_body_under_the_current_schema() -> None:
    """SHA-256 of what follows the framing, whatever id stands in it."""
    digest = body_digest(INCIDENT)
    assert digest == hashlib.sha256(CODEC.encode(INCIDENT)[5:]).digest()
    assert digest != body_digest(msgspec.structs.replace(INCIDENT, team="A"))


def test_digest_is_the_same_however_the_record_came() -> None:
    """An older writer's record and the same one read from ours break a tie alike."""
    older = schema_of(OffenderHistory)
    older["fields"].remove(field_of(older, "revision"))
    history = OffenderHistory(
        event_id="e", force="LEICS", source="PNC", event_time=0, offender_id="O-1", as_of=0, entries=()
    )
    value = framed(7, copy.deepcopy(older), msgspec.to_builtins(history))
    decoded = Codec(writers={7: older}).decode(OffenderHistory.TOPIC, value)
    assert body_digest(decoded) == body_digest(history)
