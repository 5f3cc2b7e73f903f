"""Messages under a schema id that the codec has not met."""

from __future__ import annotations

import pytest

from schemas.avro import SCHEMA_TEXT_BY_SUBJECT
from schemas.codec import Codec
from schemas.records import Heartbeat
from schemas.refusals import BadRecordError

HEARTBEAT = Heartbeat(force="LEICS", source="STORM", complete_through=1_373_270_400_000)
TOPIC = "storm.incidents.v1"
THEIRS = 7
UNDER_THEIRS = b"\0" + THEIRS.to_bytes(4, "big") + Codec().encode(HEARTBEAT)[5:]


def test_an_unknown_id_is_asked_for_once() -> None:
    """The answer is kept; a second message with the id asks nobody."""
    requested: list[int] = []

    def answer(schema_id: int) -> str:
        requested.append(schema_id)
        return SCHEMA_TEXT_BY_SUBJECT["heartbeat.v1"]

    codec = Codec(on_unknown=answer)
    assert codec.decode(TOPIC, UNDER_THEIRS) == codec.decode(TOPIC, UNDER_THEIRS) == HEARTBEAT
    assert requested == [THEIRS]


@pytest.mark.parametrize("answer", [None, "no schema", '{"type": "enum", "name": "E", "symbols": ["A"]}'])
def test_without_a_usable_answer_the_schema_stays_unknown(answer: str | None) -> None:
    """No answer, or one that is no record's schema, makes the message bad data and nothing else."""
    with pytest.raises(BadRecordError) as refusal:
        Codec(on_unknown=lambda _: answer).decode(TOPIC, UNDER_THEIRS)
    assert refusal.value.reason == "UNKNOWN_SCHEMA"


def test_an_unknown_id_can_be_seen_before_decoding() -> None:
    """Known ids, and bytes that bear no id, are not named."""
    codec = Codec()
    assert codec.unknown_id(UNDER_THEIRS) == THEIRS
    assert codec.unknown_id(codec.encode(HEARTBEAT)) is None
    assert codec.unknown_id(b"\0\0") is None
    assert codec.unknown_id(b"{}      ") is None
    codec.learn(THEIRS, SCHEMA_TEXT_BY_SUBJECT["heartbeat.v1"])
    assert codec.unknown_id(UNDER_THEIRS) is None
