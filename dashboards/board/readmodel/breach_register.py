"""The breach register: every breach on the record, put right since or not."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.alerts import AlertListItem, item_of, select_items
from dashboards.board.readmodel.tables import alerts
from dashboards.board.readmodel.visibility import visible
from schemas.products import BREACH_STATUSES


class BreachFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which breaches to list: those from ``start`` up to ``end`` (ms); no force or rule means any."""

    start: int
    end: int
    force: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()


def breaches(
    connection: Connection, filters: BreachFilter, person: Person, limit: int | None = None, offset: int = 0
) -> list[AlertListItem]:
    """Return the breaches on the record by when they happened, the newest first."""
    query = select_items().where(*_conditions(filters, person))
    query = query.order_by(_breached_at().desc(), alerts.c.alert_id).limit(limit).offset(offset)
    return [item_of(row) for row in connection.execute(query)]


def count_breaches(connection: Connection, filters: BreachFilter, person: Person) -> int:
    """Count the breaches on the record."""
    query = select(func.count()).select_from(alerts).where(*_conditions(filters, person))
    return int(connection.execute(query).scalar_one())


def _conditions(filters: BreachFilter, person: Person) -> list[ColumnElement[bool]]:
    breached_at = _breached_at()
    conditions: list[ColumnElement[bool]] = [
        alerts.c.status.in_(BREACH_STATUSES),
        breached_at >= filters.start,
        breached_at < filters.end,
    ]
    for column, values in ((alerts.c.force, filters.force), (alerts.c.rule_id, filters.rule)):
        if values:
            conditions.append(column.in_(values))
    return conditions + visible(alerts.c.force, person)


def _breached_at() -> ColumnElement[int]:
    return func.coalesce(alerts.c.breached_at, alerts.c.raised_at)
