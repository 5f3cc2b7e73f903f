"""What a dashboard is made of, in our own words: pages of sections of charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streams.topology.metrics import Measure

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
    """From which value on a figure is worth a look, and from which on it is bad."""

    look: float
    bad: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel: every one says what it means, in which unit, and what to do about it."""

    title: str
    meaning: str
    unit: str
    """By Grafana's id: short, s, reqps, percentunit, bytes, dateTimeAsIso."""
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
    """Whom it is for and what it answers, in a sentence."""
    sections: tuple[Section, ...]
    chooses: tuple[Variable, ...] = ()
    """What whoever looks may narrow it down by."""

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart of it."""
        return tuple(chart for section in self.sections for chart in section.charts)


def of(measure: Measure) -> str:
    """Name a counter or gauge as Prometheus does."""
    return measure.series[0]


def quantile(share: float, histogram: Measure) -> Query:
    """Ask below what a share of a histogram's observations lie."""
    buckets = histogram.series[0]
    return Query(f"histogram_quantile({share}, sum by (le) (rate({buckets}[$__rate_interval])))", f"{share:.0%} within")
