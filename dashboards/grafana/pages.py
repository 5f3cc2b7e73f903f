"""The parts of a dashboard: pages of sections of charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streams.topology.metric import Metric

Look = Literal["lines", "stacked", "number", "bars", "table"]
Variable = Literal["force"]

WHOLE = 24
"""Columns of a page."""


@dataclass(frozen=True, slots=True)
class Query:
    """One expression, and what its series are called (Grafana's ``{{label}}``)."""

    expression: str
    legend: str


@dataclass(frozen=True, slots=True)
class Steps:
    """From which value on a number turns orange (``look``), and from which on red (``bad``)."""

    look: float
    bad: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel, with its meaning, its unit and its entry in the runbook."""

    title: str
    meaning: str
    unit: str
    """Grafana's id of it: short, s, reqps, percentunit, bytes, dateTimeAsIso."""
    queries: tuple[Query, ...]
    runbook: str
    """Anchor of a heading of the runbook."""
    look: Look = "lines"
    width: int = 12
    steps: Steps | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Charts that belong together."""

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard, for one audience."""

    uid: str
    title: str
    audience: str
    """Its readers and the questions it answers, in a sentence."""
    sections: tuple[Section, ...]
    chooses: tuple[Variable, ...] = ()
    """The variables by which a reader may narrow it down."""

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart of it."""
        return tuple(chart for section in self.sections for chart in section.charts)


def of(metric: Metric) -> str:
    """Return the name of a counter or gauge in Prometheus."""
    return metric.series[0]


def quantile(share: float, histogram: Metric) -> Query:
    """Return the query of a quantile (0 to 1) of a histogram."""
    buckets = histogram.series[0]
    return Query(f"histogram_quantile({share}, sum by (le) (rate({buckets}[$__rate_interval])))", f"{share:.0%} within")
