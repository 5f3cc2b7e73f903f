"""The figures of the batches a worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.observability.metrics import (
    ALERTS,
    BATCH,
    BATCH_MESSAGES,
    CLOCK,
    COMMITTED,
    COMPLETE_THROUGH,
    DEAD_LETTERS,
    DECISION_SECONDS,
    EVENTS,
    SNAPSHOT_ANOMALIES,
    STATE_WRITES,
    TICKS,
    UNJUDGEABLE,
    UNKNOWN_CLASSES,
    Metrics,
)
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.pipeline.listener import BatchListener
from schemas.products import STATUSES
from schemas.refusals import REASONS
from streams.engine.unjudgeable import CASE, FACTS, LAPSE, THEMES
from streams.rules import CATALOGUE
from streams.suggestions.pools import SUGGESTION
from streams.topology.topics import INTAKE

if TYPE_CHECKING:
    from agents.worker.pipeline.advance import Outcome
    from agents.worker.pipeline.decode import DecodedBatch
    from agents.worker.pipeline.receive import InputBatch
    from schemas.products import ForceClock
    from streams.engine.changes import Changes


class BatchMetrics(BatchListener):
    """Counts what the pipeline reports."""

    def __init__(self, metrics: Metrics, clock: ProcessClock = SYSTEM_CLOCK) -> None:
        """Counters with a closed set of labels stand at 0 from the start."""
        self._metrics = metrics
        self._clock = clock
        metrics.begin(DEAD_LETTERS, (topic.name for topic in INTAKE), REASONS)
        metrics.begin(UNJUDGEABLE, (FACTS, CASE, LAPSE, THEMES, SUGGESTION, *(rule.id for rule in CATALOGUE)))
        for rule in CATALOGUE:  # some findings of a rape or a child are graver than their rule
            metrics.begin(ALERTS, (rule.id,), {rule.severity, "CRITICAL"}, STATUSES)

    def decoded(self, batch: DecodedBatch) -> None:
        """Count offence classes that this program does not know."""
        if batch.unknown_classes:
            self._metrics.count(UNKNOWN_CLASSES, by=batch.unknown_classes)

    def published(self, outcome: Outcome) -> None:
        """Observe how long it took from the newest message of the batch to its alerts."""
        if any(changes.alerts for _, _, changes in outcome.changes):
            waited = self._clock.wall() - max(message.ingest_time for message in outcome.batch.messages)
            self._metrics.observe(DECISION_SECONDS, max(0, waited) / 1000)

    def persisted(self, outcome: Outcome, entries: int) -> None:
        """Count records, dead letters, ticks and alerts once all of them are with the broker."""
        metrics = self._metrics
        metrics.count(STATE_WRITES, by=entries)
        for (force, feed, _), number in outcome.records.items():
            metrics.count(EVENTS, force, feed, by=number)
        for message, error in outcome.refused:
            metrics.count(DEAD_LETTERS, message.topic, error.reason)
        for partition in outcome.ticks:
            metrics.count(TICKS, str(partition))
        for _, force, changes in outcome.changes:
            self._count_changes(force, changes)

    def acknowledged(self, batch: InputBatch, seconds: float) -> None:
        """Count the messages of a batch that is done, and how long it took."""
        self._metrics.observe(BATCH, seconds)
        self._metrics.set(BATCH_MESSAGES, len(batch.messages))
        self._metrics.count(COMMITTED, by=len(batch.messages))

    def _count_changes(self, force: str, changes: Changes) -> None:
        for alert in changes.alerts:
            self._metrics.count(ALERTS, alert.rule_id, alert.severity, alert.status)
        for anomaly, number in changes.counted.items():
            self._metrics.count(SNAPSHOT_ANOMALIES, force, anomaly, by=number)
        for unjudgeable in changes.unjudgeable:
            self._metrics.count(UNJUDGEABLE, unjudgeable.rule)
        if changes.clock is not None:
            self._set_clock(force, changes.clock)

    def _set_clock(self, force: str, clock: ForceClock) -> None:
        if clock.clock is not None:
            self._metrics.set(CLOCK, clock.clock / 1000, force)
        for feed in clock.feeds:
            if feed.complete_through is not None:
                self._metrics.set(COMPLETE_THROUGH, feed.complete_through / 1000, force, feed.topic)
