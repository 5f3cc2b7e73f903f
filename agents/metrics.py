"""Every figure a worker gives of itself: declared once, with its meaning.

Labels are bounded: force, feed, rule, severity, status, reason; never a reference or a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Kind = Literal["counter", "gauge", "histogram"]

LATENCY_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
BATCH_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric: its name without ``_total``, what it means, and what it is told apart by."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


EVENTS: Final = Measure(
    "cdi_events", "counter", "Snapshots, links and heartbeats handed to a monitor.", ("force", "feed")
)
DEAD_LETTERS: Final = Measure(
    "cdi_dead_letters", "counter", "Messages set aside because they cannot be read or admitted.", ("feed", "reason")
)
COUNTED: Final = Measure(
    "cdi_counted", "counter", "What a monitor counts: duplicates, conflicts, snapshots behind the clock.",
    ("force", "what"),
)  # fmt: skip
UNKNOWN_CLASSES: Final = Measure("cdi_unknown_offence_classes", "counter", "Offence classes read as OTHER.")
ALERTS: Final = Measure(
    "cdi_alert_changes", "counter", "Changes of alerts that the broker has acknowledged.",
    ("rule", "severity", "status"),
)  # fmt: skip
DECISION_SECONDS: Final = Measure(
    "cdi_decision_seconds", "histogram",
    "From the broker taking the newest message of a batch to the broker having the alerts that follow from it.",
    buckets=LATENCY_SECONDS,
)  # fmt: skip
BATCH: Final = Measure(
    "cdi_batch_seconds", "histogram", "One batch: judged, sent and its state kept.", buckets=BATCH_SECONDS
)
BATCH_MESSAGES: Final = Measure("cdi_batch_messages", "gauge", "Messages in the newest batch.")
STATE_ENTRIES: Final = Measure("cdi_state_entries", "gauge", "Entries of the state table held by this worker.")
STATE_WRITES: Final = Measure("cdi_state_writes", "counter", "Entries written to the state table's changelog.")
CLOCK: Final = Measure("cdi_clock_seconds", "gauge", "A force's clock, in seconds since the epoch.", ("force",))
COMPLETE_THROUGH: Final = Measure(
    "cdi_complete_through_seconds", "gauge", "Through when a feed is complete, in seconds since the epoch.",
    ("force", "feed"),
)  # fmt: skip
RECOVERY_SECONDS: Final = Measure(
    "cdi_recovery_seconds", "gauge", "How long rebuilding the monitors from the table took, the last time."
)
RECOVERIES: Final = Measure("cdi_recoveries", "counter", "Times the monitors were rebuilt: once after each rebalance.")
PARTITIONS: Final = Measure("cdi_partitions", "gauge", "Partitions this worker owns.")
LAG: Final = Measure(
    "cdi_lag_messages", "gauge", "Messages on the broker that this worker has not persisted yet.", ("partition",)
)
COMMITTED: Final = Measure(
    "cdi_persisted_messages", "counter", "Messages whose consequences are all on the broker, ready to be committed."
)
TICKS: Final = Measure("cdi_ticks", "counter", "Ticks of the wall clock judged, by partition.", ("partition",))

CATALOGUE: Final = (
    EVENTS, DEAD_LETTERS, COUNTED, UNKNOWN_CLASSES, ALERTS, DECISION_SECONDS, BATCH, BATCH_MESSAGES, STATE_ENTRIES,
    STATE_WRITES, CLOCK, COMPLETE_THROUGH, RECOVERY_SECONDS, RECOVERIES, PARTITIONS, LAG, COMMITTED, TICKS,
)  # fmt: skip


class Metrics:
    """A catalogue, counting."""

    def __init__(self, catalogue: Iterable[Measure] = CATALOGUE) -> None:
        measures = tuple(catalogue)
        self.registry = CollectorRegistry()
        self._counters = {
            measure: Counter(measure.name, measure.meaning, measure.labels, registry=self.registry)
            for measure in measures
            if measure.kind == "counter"
        }
        self._gauges = {
            measure: Gauge(measure.name, measure.meaning, measure.labels, registry=self.registry)
            for measure in measures
            if measure.kind == "gauge"
        }
        self._histograms = {
            measure: Histogram(
                measure.name, measure.meaning, measure.labels, buckets=measure.buckets, registry=self.registry
            )
            for measure in measures
            if measure.kind == "histogram"
        }

    def count(self, measure: Measure, *labels: str, by: float = 1) -> None:
        """Count something that happened."""
        counter = self._counters[measure]
        (counter.labels(*labels) if labels else counter).inc(by)

    def set(self, measure: Measure, value: float, *labels: str) -> None:
        """State how something stands."""
        gauge = self._gauges[measure]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, measure: Measure, seconds: float) -> None:
        """Add one observation."""
        self._histograms[measure].observe(seconds)

    def forget(self, measure: Measure) -> None:
        """Drop every series of a gauge: what it told of is no longer this worker's."""
        self._gauges[measure].clear()

    def value(self, measure: Measure, *labels: str) -> float:
        """Read a counter or gauge back; 0 where nothing was counted yet."""
        name = f"{measure.name}_total" if measure.kind == "counter" else measure.name
        found = self.registry.get_sample_value(name, dict(zip(measure.labels, labels, strict=True)))
        return 0.0 if found is None else found
