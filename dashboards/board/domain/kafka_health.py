"""How well this board hears Kafka: shared by the thread that reads and the screens that must say when it does not."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class KafkaHealth:
    """Written by the reading thread, read by the screens.  Times are of the wall clock (ms)."""

    since: int
    """When the board began."""
    heard_at: int | None = None
    """When Kafka last answered."""
    behind: int = 0
    """How many messages there are that this board has not taken in."""
    trouble: str | None = None
    """What keeps the board from reading, in a sentence for whoever looks."""
    ticked_at: dict[int, int] = field(default_factory=dict)
    """When a worker last said that it judges each partition (live mode)."""
    refused: int = 0
    """Messages of our own topics that could not be read."""
