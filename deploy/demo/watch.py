"""Follow the workers' alerts and clocks as they change."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agents.kafka.codecs import product_codec
from agents.kafka.topic_reader import TopicReader
from schemas.products import Alert, ForceClock
from streams.topology.messages import UnreadableError
from streams.topology.topics import ALERTS, CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_AT_ONCE = 2000
LATEST = 100


class Watch:
    """Every alert's state and every force's clock, read from the beginning of their topics."""

    def __init__(self, settings: Settings) -> None:
        self.alerts: dict[str, Alert] = {}
        self.latest: deque[Alert] = deque(maxlen=LATEST)
        """The newest changes, oldest first."""
        self.changes = 0
        self.clocks: dict[str, int] = {}
        self._codec = product_codec(settings)
        self._partitions = settings.partitions
        self._reader = TopicReader(settings, "watch", offset_reset="earliest")

    def __enter__(self) -> Self:
        self._reader.assign(
            {(topic.name, partition): 0 for topic in (ALERTS, CLOCKS) for partition in range(self._partitions)}
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._reader.close()

    def poll(self, seconds: float) -> None:
        """Apply what has changed, waiting so many seconds at most."""
        with contextlib.suppress(UnreadableError):  # as while Kafka starts again: the next call reads on
            for message in self._reader.poll(seconds, _AT_ONCE):
                if message.value is not None:
                    self._apply(self._codec.decode(message.topic, message.value))

    def _apply(self, record: object) -> None:
        if isinstance(record, Alert):
            self.alerts[record.alert_id] = record
            self.latest.append(record)
            self.changes += 1
        elif isinstance(record, ForceClock) and record.clock is not None:
            self.clocks[record.force] = record.clock

    def clock(self, forces: Collection[str]) -> int | None:
        """Return the clock (ms) that all of these forces have reached; None while one has none."""
        if any(force not in self.clocks for force in forces):
            return None
        return min(self.clocks[force] for force in forces)

    def by_rule(self) -> dict[str, Counter[str]]:
        """Count the alerts by rule and status."""
        counted: dict[str, Counter[str]] = {}
        for alert in self.alerts.values():
            counted.setdefault(alert.rule_id, Counter())[alert.status] += 1
        return counted
