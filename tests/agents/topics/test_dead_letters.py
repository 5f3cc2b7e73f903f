"""Dead letters: how much of a message they hold, and how they are named."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from agents.kafka.large_content import KEPT_BYTES, OversizedBatch
from agents.settings.settings import Settings
from agents.topics.dead_letters import TruncatedError, is_name, letter_of, name_of, retry, truncation
from agents.topics.feeds import FeedProducer
from schemas.codec import Codec
from schemas.products import DeadLetter
from schemas.records import Incident
from schemas.refusals import BadRecordError
from streams.topology.messages import TopicMessage
from streams.topology.topics import DEAD_LETTERS

TOO_LARGE = BadRecordError("TOO_LARGE", "more than is read")


def a_message(key: bytes | None, value: bytes | None) -> TopicMessage:
    """Make a message of the incidents' topic."""
    return TopicMessage(Incident.TOPIC, 2, 7, key, value, 1)


@pytest.mark.parametrize("length", [0, 1, KEPT_BYTES])
def test_what_is_no_larger_than_is_kept_is_kept_whole(length: int) -> None:
    """Then there is no length and no hash to state."""
    letter = letter_of(a_message(b"LEICS", b"x" * length), TOO_LARGE)
    assert (letter.key, letter.value) == (b"LEICS", b"x" * length)
    assert (letter.value_length, letter.value_sha256, letter.key_length, letter.key_sha256) == (None,) * 4
    assert truncation(letter) is None


@pytest.mark.parametrize("length", [KEPT_BYTES + 1, 6_400_000])
def test_what_is_larger_is_kept_as_a_beginning_a_length_and_a_hash(length: int) -> None:
    """A letter always fits its topic, and the whole can be told from another by its hash."""
    whole = bytes(range(256)) * (length // 256 + 1)
    whole = whole[:length]
    letter = letter_of(a_message(whole, whole), TOO_LARGE)
    assert letter.key == letter.value == whole[:KEPT_BYTES]
    assert letter.key_length == letter.value_length == length
    assert letter.key_sha256 == letter.value_sha256 == hashlib.sha256(whole).hexdigest()
    encoded = Codec().encode(letter)
    assert len(encoded) < DEAD_LETTERS.max_message_bytes
    assert Codec().decode_as(DeadLetter, encoded) == letter


def test_a_batch_that_was_not_decompressed_is_kept_as_the_broker_has_it() -> None:
    """Whole where it is small: what is much on the wire is seldom so much in memory."""
    batch = OversizedBatch(b"compressed")
    letter = letter_of(a_message(None, batch), TOO_LARGE)
    assert Codec().decode_as(DeadLetter, Codec().encode(letter)).value == b"compressed"


def test_a_letter_that_holds_a_beginning_alone_cannot_be_retried() -> None:
    """What it says names how much there is of how much."""
    letter = letter_of(a_message(b"LEICS", b"x" * 6_400_000), TOO_LARGE)
    producer = FeedProducer(Settings(kafka="127.0.0.1:1"))
    with pytest.raises(TruncatedError) as refusal:
        retry(Settings(), letter, producer)
    assert "the first 262,144 of the 6,400,000 bytes of its value" in str(refusal.value)


def test_letters_of_a_former_release_are_read() -> None:
    """They state neither length nor rule."""
    body = Codec().encode(letter_of(a_message(b"LEICS", b"x"), TOO_LARGE))[5:-7]
    former = b"\x00" + (0x43444913).to_bytes(4, "big") + body
    assert Codec().decode_as(DeadLetter, former) == letter_of(a_message(b"LEICS", b"x"), TOO_LARGE)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("storm.incidents.v1/0/7", True),
        ("storm.incidents.v1/0/crime-not-recorded-0123456789ab", True),
        ("storm.incidents.v1/0", False),
        ("storm.incidents.v1/0/crime-not-recorded", False),
    ],
)
def test_a_name_has_one_of_two_forms(name: str, is_one: bool) -> None:
    """By the place of the message, or by the rule that failed."""
    assert is_name(name) is is_one


def test_a_letter_of_what_cannot_be_judged_is_named_by_rule_and_snapshot() -> None:
    """Read again after a crash, wherever it then stands in a batch, it is the same letter."""
    stated: dict[str, Any] = {"topic": Incident.TOPIC, "partition": 0, "ingest_time": 1, "detail": "d"}
    stated |= {"reason": "UNJUDGEABLE", "rule": "crime-not-recorded", "place": "m:1"}
    first, again, other = (
        DeadLetter(**stated, offset=offset, event_id=event_id)
        for offset, event_id in ((7, "e-1"), (-1, "e-1"), (7, "e-2"))
    )
    assert name_of(first) == name_of(again) != name_of(other)
    assert is_name(name_of(first))
