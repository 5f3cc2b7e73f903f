"""The breach register of the Force Crime Registrar, as a page and as a file."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from dashboards.board.domain.date_range import DateRange, dates_of
from dashboards.board.http.csv import csv_field, csv_name, csv_response
from dashboards.board.http.query_params import page_number, values_of
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import alerts
from dashboards.board.readmodel.breach_register import BreachFilter, breaches, count_breaches

ROWS: Final = 100
_MONTHS: Final = 3
_COLUMNS: Final = (
    "alert_id",
    "force",
    "rule_id",
    "policy_version",
    "subject_system",
    "subject_ref",
    "team",
    "offence_class",
    "severity",
    "status",
    "certainty",
    "breached_at",
    "due_at",
    "raised_at",
    "updated_at",
    "reason",
    "lateness_ms",
)


def show(visit: Visit) -> Response:
    """Show one page of the register."""
    dates, filters = _filters(visit)
    number = page_number(visit.request.query_params)
    with visit.board.model.reading() as connection:
        rows = breaches(connection, filters, visit.person, ROWS, (number - 1) * ROWS)
        count = count_breaches(connection, filters, visit.person)
        choices = alerts.filter_choices(connection, visit.person)
    limits = [("force", force) for force in filters.force] + [("rule", rule) for rule in filters.rule]
    return visit.page(
        "breach_register.html",
        rows=rows,
        count=count,
        number=number,
        pages=max(1, -(-count // ROWS)),
        dates=dates,
        filters=filters,
        choices=choices,
        query=f"{dates.query}&{urlencode(limits)}" if limits else dates.query,
        now=visit.board.freshness(visit.person),
    )


def export(visit: Visit) -> Response:
    """Give the register as a file."""
    dates, filters = _filters(visit)
    with visit.board.model.reading() as connection:
        items = breaches(connection, filters, visit.person)
    rows = [[csv_field(item.alert, name) for name in _COLUMNS] for item in items]
    return csv_response(csv_name("breaches", filters.force or visit.person.forces, dates.in_file_name), _COLUMNS, rows)


def _filters(visit: Visit) -> tuple[DateRange, BreachFilter]:
    query = visit.request.query_params
    fresh = visit.board.freshness(visit.person)
    dates = dates_of(query, max(fresh.presents.values(), default=fresh.wall), _MONTHS)
    filters = BreachFilter(
        start=dates.start,
        end=dates.end,
        force=values_of(query, "force"),
        rule=values_of(query, "rule"),
    )
    return dates, filters
