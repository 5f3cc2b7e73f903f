"""The board's figures: of what the streams show, how much was as it should be, with its interval, month by month.

These are counts of records, by their links: not what an auditor found on reading them (that is ``cdi report``'s and
the audits').  What is not due yet is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dashboards.board.domain.disclosure_control import hidden
from streams.facts.statistics import wilson
from streams.policy.calendar import local_date, local_midnight
from streams.policy.times_in_words import london_time


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One question asked of every record of a kind."""

    id: str
    title: str
    kind: str
    """Of case."""
    rules: tuple[str, ...]
    """A record that breached any of them is not as it should be."""
    states: tuple[str, ...] = ()
    """Only cases in one of these states; empty: in any."""
    offence_class: str | None = None
    disclosed: bool = False
    """Only reports known to disclose a crime."""
    private: bool = False
    """About rape or child abuse: small counts are hidden."""


MEASURES: Final = (
    Measure(
        id="incidents", title="Incidents that disclosed crimes: recorded or resolved in time", kind="incident",
        rules=("crime-not-recorded",), disclosed=True,
    ),
    Measure(
        id="rapes-recorded", title="Reports of rape: recorded within the hour", kind="incident",
        rules=("rape-not-recorded",), offence_class="RAPE", private=True,
    ),
    Measure(
        id="rapes-overseen", title="Reports of rape: overseen by an inspector", kind="incident",
        rules=("rape-not-overseen",), offence_class="RAPE", private=True,
    ),
    Measure(
        id="referrals", title="Child abuse and online referrals: linked or decided in time", kind="referral",
        rules=("referral-unlinked",), private=True,
    ),
    Measure(
        id="asb", title="Anti-social behaviour reports that disclosed crimes: recorded in time", kind="asb-report",
        rules=("asb-crime-not-recorded",), disclosed=True,
    ),
    Measure(
        id="no-crimes", title="Cancelled and transferred crimes: decided by the right person, on grounds",
        kind="crime", states=("CANCELLED", "TRANSFERRED"),
        rules=("no-crime-unauthorised", "no-crime-unsupported", "cancelled-without-decision"),
    ),
    Measure(
        id="disposals", title="Out-of-court disposals: nothing wrong with them", kind="disposal",
        rules=("disposal-ineligible", "disposal-implications-unexplained", "disposal-victim-not-consulted",
               "disposal-outcome-inadequate", "disposal-unreviewed"),
    ),
)  # fmt: skip


class Cell(msgspec.Struct, frozen=True):
    """How many of how many were as they should be; hidden where it could point at a person."""

    label: str
    found: int
    of: int
    hidden: bool = False

    @property
    def share(self) -> float | None:
        """Found as a part of the whole."""
        return None if self.hidden or not self.of else self.found / self.of

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the share."""
        return None if self.hidden or not self.of else wilson(self.found, self.of)


class Figure(msgspec.Struct, frozen=True):
    """A measure over a period, and each month of it."""

    measure: Measure
    total: Cell
    months: tuple[Cell, ...]


def months_of(start: int, end: int) -> list[tuple[str, int]]:
    """Return the label and the end (ms) of each London month that a period touches, the last one ending with it."""
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


def cells(rows: Iterable[tuple[str, int, int]], *, private: Sequence[bool] | bool, reveal: bool) -> list[Cell]:
    """Make cells of (label, found, of), hiding small private ones unless they may be revealed."""
    rows = list(rows)
    flags = [private] * len(rows) if isinstance(private, bool) else list(private)
    hides = [False] * len(rows) if reveal else hidden([(found, of) for _, found, of in rows], flags)
    return [
        Cell(label, 0 if hide else found, 0 if hide else of, hide)
        for (label, found, of), hide in zip(rows, hides, strict=True)
    ]


def figure(measure: Measure, months: Sequence[tuple[str, int, int]], *, reveal: bool) -> Figure:
    """Make a figure of a measure's months (label, found, of)."""
    found, of = sum(month[1] for month in months), sum(month[2] for month in months)
    total = cells([("", found, of)], private=measure.private, reveal=reveal)[0]
    if total.hidden:
        return Figure(measure, total, tuple(Cell(label, 0, 0, hidden=True) for label, _, _ in months))
    return Figure(measure, total, tuple(cells(months, private=measure.private, reveal=reveal)))
