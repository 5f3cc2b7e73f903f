"""The indicators of the figures page: how much was as it should be, month by month.

They count records by their links, not by what an auditor found on reading them: ``cdi report`` and the audits do that.
What is not due yet is not counted.  Where a system does not hold what would show it, a case is *not known*: of many
such no share is given, but between what it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from dashboards.board.domain.disclosure_control import suppressed
from streams.facts.statistics import wilson
from streams.policy.calendar import local_date, local_midnight
from streams.policy.times_in_words import london_time

NOTHING_UNKNOWN: Final = Fraction(0)


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
        id="protection-reports",
        title="Reports about people at risk: linked or decided in time",
        kind="protection-report",
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


class Tally(NamedTuple):
    """How many cases were as they should be, of how many, and of how many nobody can say."""

    label: str
    found: int = 0
    total: int = 0
    not_known: int = 0
    """Cases that may belong to the total, or do, and of which nobody can say whether they are as they should be."""
    unjudged: int = 0
    """Cases that nobody judged: a share is given only where they are few ..."""
    cases: int = 0
    """... among so many."""
    may_count: int = 0
    """Of those not known, how many may be as they should be."""


class Proportion(msgspec.Struct, frozen=True):
    """How many of a total were as they should be; hidden where it could point at a person."""

    label: str
    count: int
    total: int
    hidden: bool = False
    not_known: int = 0
    bounds: tuple[float, float] | None = None
    """Between what the share lies, where too much is not known for one."""

    @property
    def share(self) -> float | None:
        """The count as a part of the total; None where it is hidden, not known, or there is nothing to count."""
        return None if self.hidden or self.bounds is not None or not self.total else self.count / self.total

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the share."""
        return None if self.share is None else wilson(self.count, self.total)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of it."""
        return not (self.total or self.hidden or self.bounds)


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
    rows: Iterable[Tally], *, private: Sequence[bool] | bool, reveal: bool, most: Fraction = NOTHING_UNKNOWN
) -> list[Proportion]:
    """Return the proportion of each tally, hiding small private ones unless they may be revealed.

    Where more than ``most`` of the cases were judged by nobody there is no share, but the bounds of it.
    """
    rows = list(rows)
    flags = [private] * len(rows) if isinstance(private, bool) else list(private)
    hides = [False] * len(rows) if reveal else suppressed([(row.found, row.total) for row in rows], flags)
    return [
        Proportion(row.label, 0, 0, hidden=True)
        if hide
        else Proportion(row.label, row.found, row.total, not_known=row.not_known, bounds=_bounds(row, most))
        for row, hide in zip(rows, hides, strict=True)
    ]


def _bounds(tally: Tally, most: Fraction) -> tuple[float, float] | None:
    """Return between what a share lies; None where it is known, or there is nothing to count."""
    if tally.unjudged <= most * tally.cases or not tally.total + tally.not_known:
        return None
    highest = tally.total + tally.may_count
    at_most = (tally.found + tally.may_count) / highest if highest else 1.0
    return tally.found / (tally.total + tally.not_known), at_most


def together(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of several together."""
    return Tally("", *map(sum, zip(*(tally[1:] for tally in (Tally(""), *tallies)), strict=True)))


def indicator_series(
    indicator: Indicator, months: Sequence[Tally], *, reveal: bool, most: Fraction = NOTHING_UNKNOWN
) -> IndicatorSeries:
    """Return an indicator of its months and of all of them together."""
    (overall,) = proportions([together(months)], private=indicator.private, reveal=reveal, most=most)
    if overall.hidden:
        hidden = tuple(Proportion(month.label, 0, 0, hidden=True) for month in months)
        return IndicatorSeries(indicator, overall, hidden)
    by_month = proportions(months, private=indicator.private, reveal=reveal, most=most)
    return IndicatorSeries(indicator, overall, tuple(by_month))
