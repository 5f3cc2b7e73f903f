"""The indicators of the figures page: how much was as it should be, month by month.

They count records by their links, not by what an auditor found on reading them: ``cdi report`` and the audits do that.
What is not due yet is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dashboards.board.domain.disclosure_control import suppressed
from streams.facts.statistics import wilson
from streams.policy.calendar import local_date, local_midnight
from streams.policy.times_in_words import london_time


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One question asked of every case of a kind."""

    id: str
    title: str
    kind: str
    """Which cases: incident, crime, disposal, ..."""
    rules: tuple[str, ...]
    """A case with a breach of any of these rules is not as it should be."""
    states: tuple[str, ...] = ()
    """Only cases in one of these states; empty: in any."""
    offence_class: str | None = None
    disclosed: bool = False
    """Only reports known to disclose a crime."""
    private: bool = False
    """About rape or child abuse: small counts are hidden."""


INDICATORS: Final = (
    Indicator(
        id="incidents",
        title="Incidents that disclosed crimes: recorded or resolved in time",
        kind="incident",
        rules=("crime-not-recorded",),
        disclosed=True,
    ),
    Indicator(
        id="rapes-recorded",
        title="Reports of rape: recorded within the hour",
        kind="incident",
        rules=("rape-not-recorded",),
        offence_class="RAPE",
        private=True,
    ),
    Indicator(
        id="rapes-overseen",
        title="Reports of rape: overseen by an inspector",
        kind="incident",
        rules=("rape-not-overseen",),
        offence_class="RAPE",
        private=True,
    ),
    Indicator(
        id="referrals",
        title="Child abuse and online referrals: linked or decided in time",
        kind="referral",
        rules=("referral-unlinked",),
        private=True,
    ),
    Indicator(
        id="asb",
        title="Anti-social behaviour reports that disclosed crimes: recorded in time",
        kind="asb-report",
        rules=("asb-crime-not-recorded",),
        disclosed=True,
    ),
    Indicator(
        id="no-crimes",
        title="Cancelled and transferred crimes: decided by the right person, on grounds",
        kind="crime",
        states=("CANCELLED", "TRANSFERRED"),
        rules=("no-crime-unauthorised", "no-crime-unsupported", "cancelled-without-decision"),
    ),
    Indicator(
        id="disposals",
        title="Out-of-court disposals: nothing wrong with them",
        kind="disposal",
        rules=(
            "disposal-ineligible",
            "disposal-implications-unexplained",
            "disposal-victim-not-consulted",
            "disposal-outcome-inadequate",
            "disposal-unreviewed",
        ),
    ),
)


class Proportion(msgspec.Struct, frozen=True):
    """How many of a total were as they should be; hidden where it could point at a person."""

    label: str
    count: int
    total: int
    hidden: bool = False

    @property
    def share(self) -> float | None:
        """The count as a part of the total; None where it is hidden or there is nothing to count."""
        return None if self.hidden or not self.total else self.count / self.total

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the share."""
        return None if self.hidden or not self.total else wilson(self.count, self.total)


class IndicatorSeries(msgspec.Struct, frozen=True):
    """An indicator over a range of dates, and in each month of it."""

    indicator: Indicator
    overall: Proportion
    months: tuple[Proportion, ...]


def months_of(start: int, end: int) -> list[tuple[str, int]]:
    """Return the label and the end (ms) of each London month between two moments (ms).

    The last month is cut off at ``end``.
    """
    months = []
    day = local_date(start)
    year, month = day.year, day.month
    begins = start
    while begins < end:
        following = (year + month // 12, month % 12 + 1)
        ends = min(end, local_midnight(*following, 1))
        months.append((f"{london_time(begins):%b %Y}", ends))
        begins, (year, month) = ends, following
    return months


def proportions(
    rows: Iterable[tuple[str, int, int]], *, private: Sequence[bool] | bool, reveal: bool
) -> list[Proportion]:
    """Return proportions of (label, count, total), hiding small private ones unless they may be revealed."""
    rows = list(rows)
    flags = [private] * len(rows) if isinstance(private, bool) else list(private)
    hides = [False] * len(rows) if reveal else suppressed([(count, total) for _, count, total in rows], flags)
    return [
        Proportion(label, 0 if hide else count, 0 if hide else total, hide)
        for (label, count, total), hide in zip(rows, hides, strict=True)
    ]


def indicator_series(indicator: Indicator, months: Sequence[tuple[str, int, int]], *, reveal: bool) -> IndicatorSeries:
    """Return an indicator of its months (label, count, total) and of all of them together."""
    count, total = sum(month[1] for month in months), sum(month[2] for month in months)
    overall = proportions([("", count, total)], private=indicator.private, reveal=reveal)[0]
    if overall.hidden:
        hidden = tuple(Proportion(label, 0, 0, hidden=True) for label, _, _ in months)
        return IndicatorSeries(indicator, overall, hidden)
    return IndicatorSeries(indicator, overall, tuple(proportions(months, private=indicator.private, reveal=reveal)))
