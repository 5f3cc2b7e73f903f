"""A message of a topic, and the errors of reading one, without any Kafka client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from schemas.products import AlertAction
from streams.topology.correlation_headers import request_of

Place: TypeAlias = tuple[str, int]
"""A topic, named without the installation's prefix, and a partition."""

Headers: TypeAlias = list[tuple[str, str | bytes | None]]
"""A message's headers, as librdkafka takes and gives them."""


class TopicMessage(NamedTuple):
    """One message of a topic."""

    topic: str
    """Without the installation's prefix."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    """None is a tombstone: what stands under the key is deleted."""
    ingest_time: int = 0
    """When the broker took it (LogAppendTime), in milliseconds; 0 where that is not known."""
    headers: Sequence[tuple[str, str | bytes | None]] = ()


class Span(NamedTuple):
    """A partition's offsets from ``start`` up to, and without, ``end``."""

    topic: str
    partition: int
    start: int
    end: int


Unreadable: TypeAlias = Literal["MISSING", "FORBIDDEN", "UNAVAILABLE"]
"""Why a topic cannot be read; UNAVAILABLE where the broker does not answer, or answers anything else."""


class UnreadableError(RuntimeError):
    """A topic cannot be read."""

    def __init__(self, sentence: str, reason: Unreadable = "UNAVAILABLE") -> None:
        super().__init__(sentence)
        self.reason: Final = reason


def action_fields(action: AlertAction, message: TopicMessage) -> dict[str, object]:
    """Return a log line's fields for an action that was read: its ids, its place and its request."""
    return {
        "action_id": action.action_id,
        "alert_id": action.alert_id,
        "kind": action.kind,
        "request_id": request_of(message.headers),
        "partition": message.partition,
        "offset": message.offset,
    }
