"""The figures page: how much of what the systems hold was as it should be, month by month."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

import msgspec
from starlette.responses import Response

from dashboards.board.domain.date_range import DateRange, dates_of
from dashboards.board.domain.indicators import (
    INDICATORS,
    IndicatorSeries,
    Proportion,
    indicator_series,
    months_of,
    proportions,
)
from dashboards.board.domain.part_tables import part_tables
from dashboards.board.drawings.trend import Plot, plot
from dashboards.board.http.csv import csv_name, csv_response
from dashboards.board.http.query_params import one_of
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import figures as figure_queries
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.counts import force_counts
from streams.reports.parts import PartFigures, part_figures

MONTHS: Final = 12
_PRIVATE_CLASS: Final = "RAPE"


class IndicatorChart(msgspec.Struct, frozen=True):
    """An indicator month by month, and its drawing."""

    series: IndicatorSeries
    plot: Plot


def show(visit: Visit) -> Response:
    """Show every indicator, month by month."""
    dates, series, classes = _figures(visit)
    figures_of_parts = _parts(visit, dates)
    with visit.board.model.reading() as connection:
        ages = force_counts.ages(connection, visit.person)
        forces = policy_comparisons.forces(connection, visit.person)
    return visit.page(
        "figures.html",
        charts=[IndicatorChart(one, plot(one.months)) for one in series],
        classes=classes,
        dates=dates,
        reveal=shows_small_counts(visit),
        parts=part_tables(figures_of_parts, reveal=shows_small_counts(visit)),
        ages=ages,
        forces=forces,
        action_id=str(uuid.uuid4()),
        anything=any(not one.overall.is_empty for one in series),
    )


def export(visit: Visit) -> Response:
    """Give the figures as a file."""
    dates, series, _ = _figures(visit)
    rows = [[one.indicator.id, month.label, *_cells(month)] for one in series for month in one.months]
    header = ("measure", "month", "found", "of", "low", "high", "not_known", "at_least", "at_most")
    return csv_response(csv_name("figures", visit.person.forces, dates.in_file_name), header, rows)


def export_parts(visit: Visit) -> Response:
    """Give the figures of parts as a file; rows with a small private count have no numbers."""
    dates = dates_shown(visit, MONTHS)
    figures_of_parts = _parts(visit, dates)
    header = ("kind", "by", "value", "recorded", "of", "not_known", "in_time", "in_time_of", "in_time_not_known")
    rows = [
        [table.kind, table.by, row.value, *_counts(row.recorded), *_counts(row.in_time)]
        for table in part_tables(figures_of_parts, reveal=shows_small_counts(visit))
        for row in table.rows
    ]
    return csv_response(csv_name("figures-by-part", visit.person.forces, dates.in_file_name), header, rows)


def _counts(part: Proportion) -> list[object]:
    return ["hidden", "", ""] if part.hidden else [part.count, part.total, part.not_known]


def _parts(visit: Visit, dates: DateRange) -> list[PartFigures]:
    """Return the figures of the parts of reports in the months of some dates."""
    board = visit.board
    present = max(board.freshness(visit.person).presents.values(), default=board.clock())
    with board.model.reading() as connection:
        found = force_counts.parts(connection, dates.months, visit.person)
    return list(part_figures(found, board.book.at(present).not_known_most))


def _figures(visit: Visit) -> tuple[DateRange, list[IndicatorSeries], list[Proportion]]:
    dates = dates_shown(visit, MONTHS)
    board, person, reveal = visit.board, visit.person, shows_small_counts(visit)
    present = max(board.freshness(person).presents.values(), default=board.clock())
    end = min(dates.end, present - board.book.at(present).recording_limit)
    months = months_of(dates.start, end) if end > dates.start else []
    most = board.book.at(present).not_known_most
    with board.model.reading() as connection:
        series = [
            indicator_series(
                indicator,
                figure_queries.by_month(connection, indicator, dates.start, months, person),
                reveal=reveal,
                most=most,
            )
            for indicator in INDICATORS
        ]
        rows = figure_queries.by_class(connection, INDICATORS[0], dates.start, end, person)
    private = [row.label == _PRIVATE_CLASS for row in rows]
    return dates, series, proportions(rows, private=private, reveal=reveal, most=most)


def dates_shown(visit: Visit, months: int) -> DateRange:
    """Return the dates that the URL states, by default the last ``months`` months."""
    fresh = visit.board.freshness(visit.person)
    present = max(fresh.presents.values(), default=fresh.wall)
    return whole_months_unless_permitted(visit, dates_of(visit.request.query_params, present, months))


def whole_months_unless_permitted(visit: Visit, dates: DateRange) -> DateRange:
    """Return dates, widened to whole months for people who may not see small counts.

    The figures of two ranges that differ by a day would give away those of the day.
    """
    if visit.person.may("small-counts"):
        return dates
    following = (dates.last.replace(day=1) + timedelta(days=31)).replace(day=1)
    return DateRange(dates.first.replace(day=1), following - timedelta(days=1))


def shows_small_counts(visit: Visit) -> bool:
    """Return whether to show small counts: only to those who may see them and ask for it."""
    requested = one_of(visit.request.query_params, "small", ("show",)) == "show"
    return requested and visit.person.may("small-counts")


def _cells(month: Proportion) -> list[object]:
    if month.hidden:
        return ["hidden", "hidden", *[""] * 5]
    return [month.count, month.total, *(month.interval or ("", "")), month.not_known, *(month.bounds or ("", ""))]
