"""The bytes of messages: JSON with its schema and without, and Avro by a registry."""

from __future__ import annotations

import json

import pytest

from deploy.connect.topic.changes import ChangeKind, change_of
from deploy.connect.topic.column_types import PLAIN, of_avro
from deploy.connect.topic.decoding import AvroDecoder, DecodedValue, JsonDecoder
from schemas.refusals import BadRecordError
from tests.deploy.connect.topic.captured import captured

ROW = {
    "type": "record",
    "name": "Row",
    "fields": [{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}],
}


def refusal_of(decoder: JsonDecoder | AvroDecoder, content: bytes) -> str:
    """Return why a message is refused."""
    with pytest.raises(BadRecordError) as refused:
        decoder.decode(content)
    return str(refused.value)


def test_json_has_its_schema_beside_it_or_not() -> None:
    """A row that has other columns than schema and payload is a row."""
    decoder = JsonDecoder()
    with_schema = b'{"schema": {"type": "string", "name": "x.Y"}, "payload": "z"}'
    assert decoder.decode(with_schema).value == "z"
    assert decoder.decode(with_schema).type.name == "x.Y"
    assert decoder.decode(b'{"schema": null, "payload": {"a": 1}}') == DecodedValue({"a": 1}, PLAIN)
    assert decoder.decode(b'{"schema": "public", "table": "t"}').value == {"schema": "public", "table": "t"}


def test_what_is_not_json_is_refused_and_named() -> None:
    """Avro that is read as JSON is the likeliest of all."""
    assert refusal_of(JsonDecoder(), b"{") == "NOT_JSON: not JSON"
    assert refusal_of(JsonDecoder(), b"\xff{}") == "NOT_JSON: not JSON"
    assert refusal_of(JsonDecoder(), b"[" * 100_000) == "NOT_JSON: not JSON"
    assert "begins as Avro does" in refusal_of(JsonDecoder(), b"\0\0\0\0\1abc")


def test_avro_is_read_by_the_schema_of_its_id_which_is_asked_once() -> None:
    """A time stays the number that it is, and its type says of what."""
    asked: list[int] = []

    def schema_of(schema_id: int) -> str | None:
        asked.append(schema_id)
        return json.dumps(ROW) if schema_id == 7 else None

    decoder = AvroDecoder(schema_of)
    decoded = decoder.decode(b"\0\0\0\0\7\x02")
    assert decoder.decode(b"\0\0\0\0\7\x02") == decoded
    assert decoded.value == {"at": 1}
    assert decoded.type.fields["at"].name == "timestamp-millis"
    assert asked == [7]
    assert refusal_of(decoder, b"\0\0\0\0\x08\x02") == "UNKNOWN_SCHEMA: the registry has no schema of id 8"


def test_what_is_not_avro_is_refused_and_named() -> None:
    """Cut short, too long, without an id, or by a schema that is none."""
    decoder = AvroDecoder(lambda schema_id: json.dumps(ROW) if schema_id == 7 else '{"type": "what"}')
    assert refusal_of(decoder, b"{}") == "NOT_AVRO: it does not begin with the id of a schema in a registry"
    assert refusal_of(decoder, b"\0\0\0\0\7") == "NOT_AVRO: not as its schema says"
    assert refusal_of(decoder, b"\0\0\0\0\7\2\2").startswith("TRAILING_BYTES")
    assert refusal_of(decoder, b"\0\0\0\0\1\2") == "UNKNOWN_SCHEMA: schema 1 of the registry is not Avro"


def test_a_type_that_is_named_again_is_the_same() -> None:
    """As Debezium's ``after`` is that of ``before``."""
    inner = {"type": "record", "name": "Value", "fields": [{"name": "d", "type": {"type": "int", "connect.name": "D"}}]}
    envelope = {
        "type": "record",
        "name": "Envelope",
        "namespace": "police.incident",
        "fields": [{"name": "before", "type": ["null", inner]}, {"name": "after", "type": ["null", "Value"]}],
    }
    read = of_avro(envelope)
    assert read.fields["after"] is read.fields["before"]
    assert read.fields["after"].fields["d"].name == "D"


def test_what_the_connector_says_of_itself_is_no_row() -> None:
    """Heartbeats, messages in the log, transactions and changes of schema."""
    decoder = JsonDecoder()
    others = [
        message.value for message in captured("json") if message.topic != "police.control.every_type" and message.value
    ]
    others += [
        b'{"status": "BEGIN", "id": "571:53195829", "event_count": null, "data_collections": null, "ts_ms": 1}',
        b'{"source": {"server": "police"}, "ts_ms": 1, "databaseName": "control", "ddl": "ALTER TABLE x"}',
    ]
    assert len(others) >= 4
    assert {change_of(decoder.decode(value), "debezium").kind for value in others} == {ChangeKind.NO_ROW}


@pytest.mark.parametrize(
    ("value", "shape", "reason"),
    [
        (
            {"log_no": "L-1"},
            "debezium",
            'WRONG_RECORD: no envelope of Debezium\'s: shape = "rows" reads rows without one',
        ),
        ({"op": "c", "source": {}}, "rows", "WRONG_RECORD: Debezium's envelope, and no row"),
        ({"op": "c", "source": {}, "after": None}, "debezium", "MISSING_FIELD: after: the row is not there"),
        ([1], "rows", "WRONG_TYPE: no object with a member for each column"),
        (None, "rows", "WRONG_TYPE: no object"),
    ],
)
def test_a_message_of_another_shape_is_refused_and_says_which_it_has(value: object, shape: str, reason: str) -> None:
    """So that the definition can be mended."""
    with pytest.raises(BadRecordError) as refused:
        change_of(DecodedValue(value, PLAIN), shape)
    assert str(refused.value).startswith(reason)
