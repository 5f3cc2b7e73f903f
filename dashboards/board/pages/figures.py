"""Figures over time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from starlette.responses import Response

from dashboards.board.domain.figures import MEASURES, Cell, Figure, cells, figure, months_of
from dashboards.board.domain.period import Period, period_of
from dashboards.board.drawings.trend import Plot, plot
from dashboards.board.http.csv import csv_response
from dashboards.board.http.query_params import one_of
from dashboards.board.pages.endpoint import Visit
from dashboards.board.readmodel import counting

MONTHS: Final = 12
_PRIVATE_CLASS: Final = "RAPE"


class Shown(msgspec.Struct, frozen=True):
    """A figure and its drawing."""

    figure: Figure
    plot: Plot


def figures(visit: Visit) -> Response:
    """Show how much was as it should be, month by month."""
    period, found, classes = _figures(visit)
    shown = [Shown(each, plot(each.months)) for each in found]
    return visit.page(
        "figures.html", shown=shown, classes=classes, period=period, reveal=reveals(visit),
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


def _figures(visit: Visit) -> tuple[Period, list[Figure], list[Cell]]:
    period = period_shown(visit, MONTHS)
    board, person, reveal = visit.board, visit.person, reveals(visit)
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


def period_shown(visit: Visit, months: int) -> Period:
    """Read the period, by default so many months."""
    fresh = visit.board.freshness(visit.person)
    present = max(fresh.presents.values(), default=fresh.wall)
    return as_far_as_may_be_told_apart(visit, period_of(visit.request.query_params, present, months))


def as_far_as_may_be_told_apart(visit: Visit, period: Period) -> Period:
    """Give whole months to whoever may not see small counts, so that days cannot be told apart."""
    if visit.person.may("small-counts"):
        return period
    following = (period.last.replace(day=1) + timedelta(days=31)).replace(day=1)
    return Period(period.first.replace(day=1), following - timedelta(days=1))


def reveals(visit: Visit) -> bool:
    """Whether small counts are shown: to those who may see them, and only once they ask, since a screen is shared."""
    asked = one_of(visit.request.query_params, "small", ("show",)) == "show"
    return asked and visit.person.may("small-counts")


def _numbers(cell: Cell) -> list[object]:
    low, high = cell.interval or ("", "")
    return [cell.found, cell.of, low, high]


def _hidden() -> list[object]:
    return ["hidden", "hidden", "", ""]
