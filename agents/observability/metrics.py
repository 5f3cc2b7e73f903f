"""The metrics of a process, registered from the declarations in :mod:`streams.topology.metrics`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from agents.kafka.writer_release import program_version
from streams.topology.metrics import (
    ALERTS,
    ALERTS_IN_WINDOW,
    BATCH,
    BATCH_MESSAGES,
    BROKER_REACHABLE,
    BUILD,
    CHANGELOG_BACKLOG,
    CLOCK,
    COMMITTED,
    COMPLETE_THROUGH,
    COUNTED,
    DEAD_LETTERS,
    DECISION_SECONDS,
    EVENTS,
    EVENTS_IN_WINDOW,
    HEARD,
    LAG,
    LATENESS_LIMIT,
    OBLIGATIONS,
    PARTITIONS,
    PENDING,
    POLICY,
    PROGRESSING,
    READY,
    RECOVERIES,
    RECOVERY_SECONDS,
    SILENCE_LIMIT,
    STATE_ENTRIES,
    STATE_WRITES,
    TICKS,
    TOMBSTONED,
    UNKNOWN_CLASSES,
    WORKER,
    Kind,
    Measure,
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
    "COMMITTED",
    "COMPLETE_THROUGH",
    "COUNTED",
    "DEAD_LETTERS",
    "DECISION_SECONDS",
    "EVENTS",
    "EVENTS_IN_WINDOW",
    "HEARD",
    "LAG",
    "LATENESS_LIMIT",
    "OBLIGATIONS",
    "PARTITIONS",
    "PENDING",
    "POLICY",
    "PROGRESSING",
    "READY",
    "RECOVERIES",
    "RECOVERY_SECONDS",
    "SILENCE_LIMIT",
    "STATE_ENTRIES",
    "STATE_WRITES",
    "TICKS",
    "TOMBSTONED",
    "UNKNOWN_CLASSES",
    "Kind",
    "Measure",
    "Metrics",
]

CATALOGUE = WORKER
"""The metrics of a worker."""


class Metrics:
    """A registry of the metrics of a catalogue; counters, gauges and histograms are addressed by their declaration."""

    def __init__(self, catalogue: Iterable[Measure] = CATALOGUE) -> None:
        measures = tuple(catalogue)
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._stated: dict[Measure, set[tuple[str, ...]]] = {}
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
        """Increase a counter."""
        counter = self._counters[measure]
        (counter.labels(*labels) if labels else counter).inc(by)

    def begin(self, measure: Measure, *choices: Iterable[str]) -> None:
        """Set a counter to 0 under every combination of labels, so that its first count is an increase."""
        for labels in product(*choices):
            self._counters[measure].labels(*labels)

    def set(self, measure: Measure, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[measure]
        self._stated.setdefault(measure, set()).add(labels)
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, measure: Measure, seconds: float) -> None:
        """Add one observation to a histogram."""
        self._histograms[measure].observe(seconds)

    def replace(self, measure: Measure, values: Mapping[tuple[str, ...], float]) -> None:
        """Set a gauge for every combination of labels in ``values``, and drop its other series."""
        for labels, value in values.items():
            self.set(measure, value, *labels)
        for labels in self._stated.get(measure, set()) - values.keys():
            self._gauges[measure].remove(*labels)
            self._stated[measure].discard(labels)

    def follow(self, measure: Measure, ask: Callable[[], float]) -> None:
        """Call ``ask`` whenever a gauge without labels is read, on the reading thread."""
        self._gauges[measure].set_function(ask)

    def describe(self, component: str, policy: str) -> None:
        """Set the gauges that name the process, its release and its policy."""
        self.set(BUILD, 1, component, program_version(), platform.python_version())
        self.replace(POLICY, {(policy,): 1})

    def forget(self, measure: Measure) -> None:
        """Drop every series of a gauge."""
        self._gauges[measure].clear()
        self._stated.pop(measure, None)

    def value(self, measure: Measure, *labels: str) -> float:
        """Return the value of a counter or gauge; 0 where nothing was counted yet."""
        name = f"{measure.name}_total" if measure.kind == "counter" else measure.name
        sample = self.registry.get_sample_value(name, dict(zip(measure.labels, labels, strict=True)))
        return 0.0 if sample is None else sample
