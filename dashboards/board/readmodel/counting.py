"""Counts over cases: how many there are of a kind in each month, and on how many of them a breach is on the record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, select

from dashboards.board.domain.figures import Measure
from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import alerts, cases, links
from schemas.products import BREACH_STATUSES


def by_month(
    connection: Connection, measure: Measure, start: int, months: Sequence[tuple[str, int]], person: Person
) -> list[tuple[str, int, int]]:
    """Return (label, as it should be, all) for each month (label, end in ms) from ``start`` on."""
    bucket = case(*[(cases.c.began_at < end, index) for index, (_, end) in enumerate(months)], else_=-1)
    end = months[-1][1] if months else start
    counted = _counted(measure, start, end, person, bucket.label("bucket"))
    query = select(counted.c.bucket, func.count(), func.sum(counted.c.failed)).group_by(counted.c.bucket)
    found = {row[0]: (row[1], int(row[2])) for row in connection.execute(query)}
    numbers = [found.get(index, (0, 0)) for index in range(len(months))]
    return [(label, of - failed, of) for (label, _), (of, failed) in zip(months, numbers, strict=True)]


def by_class(
    connection: Connection, measure: Measure, start: int, end: int, person: Person
) -> list[tuple[str, int, int]]:
    """Return (offence class, as it should be, all), the most frequent first."""
    named = func.coalesce(cases.c.offence_class, "not stated").label("bucket")
    counted = _counted(measure, start, end, person, named)
    query = select(counted.c.bucket, func.count(), func.sum(counted.c.failed)).group_by(counted.c.bucket)
    rows = [(name, of - int(failed), of) for name, of, failed in connection.execute(query)]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def delays(connection: Connection, start: int, end: int, person: Person) -> list[int | None]:
    """Return how long after the report the last crime it disclosed was recorded (ms), for each incident; None: never.

    Links alone are counted: a crime that CIS holds as RECORDED.  Dispositions are not.
    """
    crimes, incidents = cases.alias("crimes"), cases.alias("incidents")
    linked = and_(links.c.case_key == incidents.c.key, links.c.linked_system == "CIS")
    held = and_(
        crimes.c.force == incidents.c.force, crimes.c.kind == "crime", crimes.c.state == "RECORDED",
        crimes.c.normalised_ref == links.c.linked_ref,
    )  # fmt: skip
    query = (
        select(incidents.c.key, incidents.c.began_at, incidents.c.crimes_expected, crimes.c.began_at)
        .select_from(incidents.outerjoin(links, linked).outerjoin(crimes, held))
        .where(incidents.c.kind == "incident", incidents.c.began_at >= start, incidents.c.began_at < end,
               incidents.c.crimes_expected >= 1, *_visible(incidents.c.force, person))
    )  # fmt: skip
    reports: dict[str, tuple[int, int, list[int]]] = {}
    for key, reported_at, expected, recorded_at in connection.execute(query):
        crimes_of = reports.setdefault(key, (reported_at, expected, []))[2]
        if recorded_at is not None:
            crimes_of.append(recorded_at)
    return [
        max(0, sorted(recorded)[expected - 1] - reported_at) if len(recorded) >= expected else None
        for reported_at, expected, recorded in reports.values()
    ]


def by_policy(connection: Connection, person: Person) -> list[tuple[str, str, int]]:
    """Return (policy version, status, how many alerts)."""
    query = (
        select(alerts.c.policy_version, alerts.c.status, func.count())
        .where(*_visible(alerts.c.force, person))
        .group_by(alerts.c.policy_version, alerts.c.status)
        .order_by(alerts.c.policy_version, alerts.c.status)
    )
    return [(version, status, number) for version, status, number in connection.execute(query)]


def _counted(measure: Measure, start: int, end: int, person: Person, bucket: ColumnElement[object]) -> Subquery:
    on_record = exists().where(
        alerts.c.normalised_ref == cases.c.normalised_ref,
        alerts.c.subject_system == cases.c.system,
        alerts.c.force == cases.c.force,
        alerts.c.rule_id.in_(measure.rules),
        alerts.c.status.in_(BREACH_STATUSES),
    )
    conditions = [cases.c.kind == measure.kind, cases.c.began_at >= start, cases.c.began_at < end]
    conditions += _visible(cases.c.force, person)
    if measure.states:
        conditions.append(cases.c.state.in_(measure.states))
    if measure.offence_class is not None:
        conditions.append(cases.c.offence_class == measure.offence_class)
    if measure.disclosed:
        conditions.append(cases.c.crimes_expected >= 1)
    return select(bucket, case((on_record, 1), else_=0).label("failed")).where(*conditions).subquery()


def _visible(column: ColumnElement[str], person: Person) -> list[ColumnElement[bool]]:
    return [] if person.limit is None else [column.in_(person.limit)]
