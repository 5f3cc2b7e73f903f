"""The metrics of a process, registered from the declarations in :mod:`streams.topology.metrics`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from agents.kafka.writer_release import program_version
from streams.topology.metric import BUILD, POLICY, Kind, Metric
from streams.topology.worker_metrics import (
    ALERTS,
    ALERTS_IN_WINDOW,
    BATCH,
    BATCH_MESSAGES,
    BROKER_REACHABLE,
    CHANGELOG_BACKLOG,
    CLOCK,
    CLOCK_DIFFERENCE,
    COMMITTED,
    COMPLETE_THROUGH,
    DEAD_LETTERS,
    DECISION_SECONDS,
    EVENTS,
    EVENTS_IN_WINDOW,
    FIELD_PROBABLY_LACKING,
    FIELD_RECORDS,
    FIELD_STATED,
    LAG,
    LAST_MESSAGE,
    LATENESS_LIMIT,
    OBLIGATIONS,
    PARTITIONS,
    PENDING,
    PROGRESSING,
    READY,
    RECOVERIES,
    RECOVERY_SECONDS,
    REVIEWS_EXPECTED,
    REVIEWS_OLDEST,
    REVIEWS_WAITING,
    RULES_UNJUDGED,
    SILENCE_LIMIT,
    SNAPSHOT_ANOMALIES,
    STATE_ENTRIES,
    STATE_WRITES,
    TICKS,
    TOMBSTONED,
    UNJUDGEABLE,
    UNKNOWN_CLASSES,
    WORKER,
)

__all__ = [
    "ALERTS",
    "ALERTS_IN_WINDOW",
    "BATCH",
    "BATCH_MESSAGES",
    "BROKER_REACHABLE",
    "BUILD",
    "CATALOGUE",
    "CHANGELOG_BACKLOG",
    "CLOCK",
    "CLOCK_DIFFERENCE",
    "COMMITTED",
    "COMPLETE_THROUGH",
    "DEAD_LETTERS",
    "DECISION_SECONDS",
    "EVENTS",
    "EVENTS_IN_WINDOW",
    "FIELD_PROBABLY_LACKING",
    "FIELD_RECORDS",
    "FIELD_STATED",
    "LAG",
    "LAST_MESSAGE",
    "LATENESS_LIMIT",
    "OBLIGATIONS",
    "PARTITIONS",
    "PENDING",
    "POLICY",
    "PROGRESSING",
    "READY",
    "RECOVERIES",
    "RECOVERY_SECONDS",
    "REVIEWS_EXPECTED",
    "REVIEWS_OLDEST",
    "REVIEWS_WAITING",
    "RULES_UNJUDGED",
    "SILENCE_LIMIT",
    "SNAPSHOT_ANOMALIES",
    "STATE_ENTRIES",
    "STATE_WRITES",
    "TICKS",
    "TOMBSTONED",
    "UNJUDGEABLE",
    "UNKNOWN_CLASSES",
    "Kind",
    "Metric",
    "Metrics",
]

CATALOGUE = WORKER
"""The metrics of a worker."""


class Metrics:
    """A registry of a catalogue's metrics, each addressed by its declaration."""

    def __init__(self, catalogue: Iterable[Metric] = CATALOGUE) -> None:
        metrics = tuple(catalogue)
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._gauge_labels: dict[Metric, set[tuple[str, ...]]] = {}
        self._counters = {
            metric: Counter(metric.name, metric.meaning, metric.labels, registry=self.registry)
            for metric in metrics
            if metric.kind == "counter"
        }
        self._gauges = {
            metric: Gauge(metric.name, metric.meaning, metric.labels, registry=self.registry)
            for metric in metrics
            if metric.kind == "gauge"
        }
        self._histograms = {
            metric: Histogram(
                metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self.registry
            )
            for metric in metrics
            if metric.kind == "histogram"
        }

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Increase a counter."""
        counter = self._counters[metric]
        (counter.labels(*labels) if labels else counter).inc(by)

    def begin(self, metric: Metric, *choices: Iterable[str]) -> None:
        """Set a counter to 0 under every combination of labels, so that its first count is an increase."""
        for labels in product(*choices):
            self._counters[metric].labels(*labels)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[metric]
        self._gauge_labels.setdefault(metric, set()).add(labels)
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, metric: Metric, seconds: float) -> None:
        """Add one observation to a histogram."""
        self._histograms[metric].observe(seconds)

    def replace(self, metric: Metric, values: Mapping[tuple[str, ...], float]) -> None:
        """Set a gauge for every combination of labels in ``values``, and drop its other series."""
        for labels, value in values.items():
            self.set(metric, value, *labels)
        for labels in self._gauge_labels.get(metric, set()) - values.keys():
            self._gauges[metric].remove(*labels)
            self._gauge_labels[metric].discard(labels)

    def follow(self, metric: Metric, ask: Callable[[], float]) -> None:
        """Call ``ask`` whenever a gauge without labels is read, on the reading thread."""
        self._gauges[metric].set_function(ask)

    def describe(self, component: str, policy: str) -> None:
        """Set the gauges that name the process, its release and its policy."""
        self.set(BUILD, 1, component, program_version(), platform.python_version())
        self.replace(POLICY, {(policy,): 1})

    def forget(self, metric: Metric) -> None:
        """Drop every series of a gauge."""
        self._gauges[metric].clear()
        self._gauge_labels.pop(metric, None)

    def value(self, metric: Metric, *labels: str) -> float:
        """Return the value of a counter or gauge; 0 where nothing was counted yet."""
        name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
        sample = self.registry.get_sample_value(name, dict(zip(metric.labels, labels, strict=True)))
        return 0.0 if sample is None else sample
