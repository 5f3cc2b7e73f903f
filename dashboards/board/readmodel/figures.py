"""Queries of the figures page: how many cases there were, and how many without a breach."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Subquery, case, exists, func, select

from dashboards.board.domain.indicators import Indicator
from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import alerts, cases
from dashboards.board.readmodel.visibility import visible
from schemas.products import BREACH_STATUSES


def by_month(
    connection: Connection, indicator: Indicator, start: int, months: Sequence[tuple[str, int]], person: Person
) -> list[tuple[str, int, int]]:
    """Return (label, as it should be, all) for each month (label, end in ms) from ``start`` on."""
    if not months:
        return []
    bucket = case(*[(cases.c.began_at < end, index) for index, (_, end) in enumerate(months)], else_=-1)
    counted = _counted(indicator, start, months[-1][1], person, bucket.label("bucket"))
    query = select(counted.c.bucket, func.count(), func.sum(counted.c.failed)).group_by(counted.c.bucket)
    counts = {row[0]: (row[1], int(row[2])) for row in connection.execute(query)}
    numbers = [counts.get(index, (0, 0)) for index in range(len(months))]
    return [(label, of - failed, of) for (label, _), (of, failed) in zip(months, numbers, strict=True)]


def by_class(
    connection: Connection, indicator: Indicator, start: int, end: int, person: Person
) -> list[tuple[str, int, int]]:
    """Return (offence class, as it should be, all), the most frequent first."""
    named = func.coalesce(cases.c.offence_class, "not stated").label("bucket")
    counted = _counted(indicator, start, end, person, named)
    query = select(counted.c.bucket, func.count(), func.sum(counted.c.failed)).group_by(counted.c.bucket)
    rows = [(name, of - int(failed), of) for name, of, failed in connection.execute(query)]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _counted(indicator: Indicator, start: int, end: int, person: Person, bucket: ColumnElement[object]) -> Subquery:
    on_record = exists().where(
        alerts.c.normalised_ref == cases.c.normalised_ref,
        alerts.c.subject_system == cases.c.system,
        alerts.c.force == cases.c.force,
        alerts.c.rule_id.in_(indicator.rules),
        alerts.c.status.in_(BREACH_STATUSES),
    )
    conditions = [cases.c.kind == indicator.kind, cases.c.began_at >= start, cases.c.began_at < end]
    conditions += visible(cases.c.force, person)
    if indicator.states:
        conditions.append(cases.c.state.in_(indicator.states))
    if indicator.offence_class is not None:
        conditions.append(cases.c.offence_class == indicator.offence_class)
    if indicator.disclosed:
        conditions.append(cases.c.crimes_expected >= 1)
    return select(bucket, case((on_record, 1), else_=0).label("failed")).where(*conditions).subquery()
