"""Queries of the policies page: how soon crimes were recorded, and alerts by policy version."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import alerts, cases, links
from dashboards.board.readmodel.visibility import visible


def recording_delays(connection: Connection, start: int, end: int, person: Person) -> list[int | None]:
    """Return for each incident how long after its report the last crime of it was recorded (ms).

    None: not every crime that it disclosed is recorded.

    Links alone are counted: a crime that CIS holds as RECORDED.  Dispositions are not.
    """
    crimes, incidents = cases.alias("crimes"), cases.alias("incidents")
    linked = and_(links.c.case_key == incidents.c.key, links.c.linked_system == "CIS")
    held = and_(
        crimes.c.force == incidents.c.force,
        crimes.c.kind == "crime",
        crimes.c.state == "RECORDED",
        crimes.c.normalised_ref == links.c.linked_ref,
    )
    query = (
        select(incidents.c.key, incidents.c.began_at, incidents.c.crimes_expected, crimes.c.began_at)
        .select_from(incidents.outerjoin(links, linked).outerjoin(crimes, held))
        .where(
            incidents.c.kind == "incident",
            incidents.c.began_at >= start,
            incidents.c.began_at < end,
            incidents.c.crimes_expected >= 1,
            *visible(incidents.c.force, person),
        )
    )
    reports: dict[str, tuple[int, int, list[int]]] = {}
    for key, reported_at, expected, recorded_at in connection.execute(query):
        recorded_at_times = reports.setdefault(key, (reported_at, expected, []))[2]
        if recorded_at is not None:
            recorded_at_times.append(recorded_at)
    return [
        max(0, sorted(recorded)[expected - 1] - reported_at) if len(recorded) >= expected else None
        for reported_at, expected, recorded in reports.values()
    ]


def alerts_by_policy(connection: Connection, person: Person) -> list[tuple[str, str, int]]:
    """Return (policy version, status, how many alerts)."""
    query = (
        select(alerts.c.policy_version, alerts.c.status, func.count())
        .where(*visible(alerts.c.force, person))
        .group_by(alerts.c.policy_version, alerts.c.status)
        .order_by(alerts.c.policy_version, alerts.c.status)
    )
    return [(version, status, number) for version, status, number in connection.execute(query)]
