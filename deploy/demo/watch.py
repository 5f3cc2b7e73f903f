"""Watching the workers' alerts and clocks as they change."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING, Self

from confluent_kafka import Consumer, TopicPartition

from agents.kafka.codecs import codec_of
from agents.kafka.reader import LARGEST_BYTES
from schemas.products import Alert, ForceClock
from streams.topology.topics import ALERTS, CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_AT_ONCE = 2000
LATEST = 100


class Watch:
    """Every alert's state and every force's clock, from the beginning of the topics on."""

    def __init__(self, settings: Settings) -> None:
        self.alerts: dict[str, Alert] = {}
        self.latest: deque[Alert] = deque(maxlen=LATEST)
        """The newest changes, oldest first."""
        self.changes = 0
        self.clocks: dict[str, int] = {}
        self._codec = codec_of(settings, max_bytes=LARGEST_BYTES)
        self._topics = {settings.topic(topic): topic.name for topic in (ALERTS, CLOCKS)}
        self._partitions = settings.partitions
        self._consumer = Consumer({
            **settings.client(),
            "group.id": f"{settings.group}-watch",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
        })  # fmt: skip

    def __enter__(self) -> Self:
        self._consumer.assign([
            TopicPartition(topic, partition, 0) for topic in self._topics for partition in range(self._partitions)
        ])  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._consumer.close()

    def poll(self, seconds: float) -> None:
        """Take in what has changed, waiting so long at the most."""
        for message in self._consumer.consume(_AT_ONCE, timeout=seconds):
            topic, value = message.topic(), message.value()
            if message.error() is not None or topic is None or value is None:
                continue
            record = self._codec.decode(self._topics[topic], value)
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
