"""What a broker refuses to a reader, whichever client was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from confluent_kafka import KafkaError

from streams.topology.messages import Unreadable, UnreadableError

_REASONS: Final[Mapping[int, Unreadable]] = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "MISSING",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "FORBIDDEN",
}


def unreadable(name: str, error: KafkaError) -> UnreadableError:
    """Return the error that says what the broker refused; ``name`` is the topic's, or the broker's own."""
    return UnreadableError(f"{name}: {error.str()}", _REASONS.get(error.code(), "UNAVAILABLE"))
