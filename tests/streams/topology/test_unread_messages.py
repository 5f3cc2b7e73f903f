"""What a newer release wrote is stored until it can be read, and dropped once something newer stands in its place."""

from __future__ import annotations

from schemas.products import Alert, AlertAction, Erasure
from streams.topology.messages import TopicMessage
from streams.topology.unread_messages import UnreadChanges


def message(topic: str, offset: int, value: bytes | None = b"\x00\x00\x00\x01\x02body") -> TopicMessage:
    """Make a message of one partition and one key."""
    return TopicMessage(topic, 0, offset, b"k", value)


def offsets(changes: UnreadChanges) -> list[int]:
    """Return the offsets of the messages that are stored."""
    return [unread.message.offset for unread in changes.added]


def test_only_what_a_newer_release_may_have_written_is_stored() -> None:
    """By the reason for which it was refused; with the schema id that stands in it."""
    changes = UnreadChanges()
    for offset, reason in enumerate(("UNKNOWN_SCHEMA", "NOT_AVRO", "UNKNOWN_VALUE")):
        changes.refused(message(AlertAction.TOPIC, offset), reason)
    changes.refused(message(AlertAction.TOPIC, 3, None), "UNKNOWN_SCHEMA")
    assert offsets(changes) == [0, 2]
    assert changes.added[0].schema_id == 0x0102


def test_under_one_key_the_newest_message_counts() -> None:
    """Whether it could be read or not, it replaces what is stored under its key."""
    changes = UnreadChanges()
    changes.refused(message(Alert.TOPIC, 1), "UNKNOWN_SCHEMA")
    changes.refused(message(Alert.TOPIC, 2), "UNKNOWN_SCHEMA")
    assert offsets(changes) == [2]
    changes.read(message(Alert.TOPIC, 3))
    assert offsets(changes) == []
    assert changes.replaced == {(Alert.TOPIC, b"k")}


def test_each_action_and_each_erasure_counts() -> None:
    """Their key is the force: one that is read says nothing about another that waits."""
    changes = UnreadChanges()
    for topic in (AlertAction.TOPIC, Erasure.TOPIC):
        changes.refused(message(topic, 1), "UNKNOWN_SCHEMA")
        changes.refused(message(topic, 2), "UNKNOWN_SCHEMA")
        changes.read(message(topic, 3))
    assert offsets(changes) == [1, 2, 1, 2]
    assert changes.replaced == set()
