"""Figures over time, and how the policies compare."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from starlette.responses import Response

from dashboards.board.figures import MEASURES, Cell, Figure, cells, figure, months_of
from dashboards.board.pages.endpoint import Visit
from dashboards.board.period import Period, period_of
from dashboards.board.plot import Plot, plot
from dashboards.board.readmodel import counting
from dashboards.board.spreadsheet import csv_response
from streams.calendar import DAY, HOUR
from streams.policy import Settings

MONTHS: Final = 12
_PRIVATE_CLASS: Final = "RAPE"
_LIMITS: Final = (
    ("1 hour", HOUR),
    ("24 hours", DAY),
    ("72 hours", 3 * DAY),
    ("7 days", 7 * DAY),
    ("28 days", 28 * DAY),
)


class Shown(msgspec.Struct, frozen=True):
    """A figure and its drawing."""

    figure: Figure
    plot: Plot


class Term(msgspec.Struct, frozen=True):
    """A stretch of time in which one set of rules was in force."""

    since: int | None
    settings: Settings


def figures(visit: Visit) -> Response:
    """Show how much was as it should be, month by month."""
    period, found, classes = _figures(visit)
    shown = [Shown(each, plot(each.months)) for each in found]
    return visit.page(
        "figures.html", shown=shown, classes=classes, period=period, reveal=_reveals(visit),
        anything=any(each.total.of or each.total.hidden for each in found),
    )  # fmt: skip


def figures_csv(visit: Visit) -> Response:
    """Give the figures as a file."""
    _, found, _ = _figures(visit)
    rows = [
        [each.measure.id, month.label, *(_hidden() if month.hidden else _numbers(month))]
        for each in found
        for month in each.months
    ]
    return csv_response("figures.csv", ("measure", "month", "found", "of", "low", "high"), rows)


def policies(visit: Visit) -> Response:
    """Compare what one limit or another would say of the same records, and show what is in force since when."""
    period = _period(visit, MONTHS)
    board = visit.board
    with board.model.reading() as connection:
        known = counting.delays(connection, period.start, period.end, visit.person)
        versions = counting.by_policy(connection, visit.person)
    limits = cells(
        [(label, sum(delay is not None and delay <= limit for delay in known), len(known)) for label, limit in _LIMITS],
        private=False, reveal=True,
    )  # fmt: skip
    since = (None, *board.book.starts)
    terms = [Term(start, settings) for start, settings in zip(since, board.book.periods, strict=True)]
    return visit.page("policies.html", period=period, limits=limits, versions=versions, terms=terms, book=board.book)


def _figures(visit: Visit) -> tuple[Period, list[Figure], list[Cell]]:
    period = _period(visit, MONTHS)
    board, person, reveal = visit.board, visit.person, _reveals(visit)
    present = max(board.freshness(person).presents.values(), default=board.clock())
    due = present - board.book.at(present).recording_limit
    end = min(period.end, due)
    months = months_of(period.start, end) if end > period.start else []
    with board.model.reading() as connection:
        found = [
            figure(measure, counting.by_month(connection, measure, period.start, months, person), reveal=reveal)
            for measure in MEASURES
        ]
        rows = counting.by_class(connection, MEASURES[0], period.start, end, person)
    flags = [name == _PRIVATE_CLASS for name, _, _ in rows]
    return period, found, cells(rows, private=flags, reveal=reveal)


def _period(visit: Visit, months: int) -> Period:
    """Read the period; whoever may not see small counts gets whole months, so that days cannot be told apart."""
    fresh = visit.board.freshness(visit.person)
    present = max(fresh.presents.values(), default=fresh.wall)
    period = period_of(visit.request.query_params, present, months)
    if visit.person.may("small-counts"):
        return period
    following = (period.last.replace(day=1) + timedelta(days=31)).replace(day=1)
    return Period(period.first.replace(day=1), following - timedelta(days=1))


def _reveals(visit: Visit) -> bool:
    """Whether small counts are shown: to those who may see them, and only once they ask, since a screen is shared."""
    return visit.person.may("small-counts") and visit.request.query_params.get("small") == "show"


def _numbers(cell: Cell) -> list[object]:
    low, high = cell.interval or ("", "")
    return [cell.found, cell.of, low, high]


def _hidden() -> list[object]:
    return ["hidden", "hidden", "", ""]
