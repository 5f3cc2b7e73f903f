"""How well this board reads Kafka: written by the thread that reads, shown by every page."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class KafkaHealth:
    """The state of this board's connection to Kafka.  Times are of the wall clock (ms)."""

    since: int
    """When the board started."""
    heard_at: int | None = None
    """When Kafka last answered."""
    behind: int = 0
    """How many messages this board has not read yet."""
    trouble: str | None = None
    """What keeps the board from reading, in words for the page."""
    ticked_at: dict[int, int] = field(default_factory=dict)
    """When a worker last ticked on each partition (live mode)."""
    refused: int = 0
    """Messages of our own topics that could not be read."""
