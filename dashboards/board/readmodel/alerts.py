"""Questions about alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, and_, func, not_, or_, select

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.people import Person
from dashboards.board.domain.standing import Standing
from dashboards.board.readmodel.tables import actions, alerts, candidates, gone, links, standings
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Candidate

_ALERT_FIELDS: Final = Alert.__struct_fields__
_STANDING_FIELDS: Final = Standing.__struct_fields__
_WITH_STANDINGS: Final = alerts.outerjoin(
    standings, and_(standings.c.alert_id == alerts.c.alert_id, standings.c.force == alerts.c.force)
)
_FACTS: Final = msgspec.json.Decoder(list[dict[str, str | None]])


class Listed(msgspec.Struct, frozen=True):
    """An alert, where people stand with it, and the change that last touched either."""

    alert: Alert
    standing: Standing
    change: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts a filter shows, whatever part of them is on the page."""

    at_risk: int = 0
    breached: int = 0
    other: int = 0
    aside: int = 0
    """Open, but silenced or closed by the registrar, and so not among the others."""


def listed(
    connection: Connection,
    filters: Filters,
    person: Person,
    wall: int,
    *,
    ids: Collection[str] | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[Listed]:
    """Return alerts by severity and due time, or, about to breach, by due time alone; ``ids`` limits it to those."""
    order = [alerts.c.severity_rank, alerts.c.due_at.is_(None), alerts.c.due_at, alerts.c.raised_at]
    if status == "AT_RISK":
        order = [alerts.c.due_at.is_(None), alerts.c.due_at, alerts.c.severity_rank]
    elif status in {"CLEARED", "WITHDRAWN"}:
        order = [alerts.c.updated_at.desc()]
    query = with_standings().where(*_conditions(filters, person, wall)).order_by(*order, alerts.c.alert_id)
    if ids is not None:
        query = query.where(alerts.c.alert_id.in_(ids))
    if status is not None:
        query = query.where(alerts.c.status == status)
    return [listed_of(row) for row in connection.execute(query.limit(limit))]


def counts(connection: Connection, filters: Filters, person: Person, wall: int) -> Counts:
    """Count what a filter shows, and what is set aside from it."""
    by_status = (
        select(alerts.c.status, func.count())
        .select_from(_WITH_STANDINGS)
        .where(*_conditions(filters, person, wall))
        .group_by(alerts.c.status)
    )
    found = dict(tuple(row) for row in connection.execute(by_status))
    aside = (
        select(func.count()).select_from(_WITH_STANDINGS).where(*_conditions(filters.without(aside=True), person, wall))
    )
    return Counts(
        at_risk=found.get("AT_RISK", 0),
        breached=found.get("BREACHED", 0),
        other=found.get("CLEARED", 0) + found.get("WITHDRAWN", 0),
        aside=connection.execute(aside).scalar_one(),
    )


def one(connection: Connection, alert_id: str, person: Person) -> Listed | None:
    """Return an alert, or None where there is none that this person may see."""
    row = connection.execute(with_standings().where(alerts.c.alert_id == alert_id)).one_or_none()
    return listed_of(row) if row is not None and person.sees(row.force) else None


def about(connection: Connection, force: str, subjects: Iterable[tuple[str, str]]) -> list[Listed]:
    """Return the alerts about any of these subjects (system, normalised ref), the newest first."""
    pairs = [and_(alerts.c.subject_system == system, alerts.c.normalised_ref == ref) for system, ref in subjects]
    query = with_standings().where(alerts.c.force == force, or_(*pairs)).order_by(alerts.c.raised_at.desc())
    return [listed_of(row) for row in connection.execute(query)] if pairs else []


def actions_on(connection: Connection, alert_id: str, force: str) -> list[AlertAction]:
    """Return what people did about an alert of a force, in order."""
    query = (
        select(actions)
        .where(actions.c.alert_id == alert_id, actions.c.force == force)
        .order_by(actions.c.at, actions.c.action_id)
    )
    return [read_action(row) for row in connection.execute(query).mappings()]


def read_action(row: RowMapping) -> AlertAction:
    """Return the action a row of the actions holds."""
    return msgspec.convert({name: row[name] for name in AlertAction.__struct_fields__}, AlertAction)


def candidates_for(connection: Connection, alert_id: str) -> list[Candidate]:
    """Return the crimes that may be the one an alert misses, the likeliest first."""
    query = (
        select(candidates, alerts.c.subject_system, alerts.c.subject_ref)
        .join(alerts, alerts.c.alert_id == candidates.c.alert_id)
        .where(candidates.c.alert_id == alert_id)
        .order_by(candidates.c.probability.desc(), candidates.c.crime_ref)
    )
    found = []
    for row in connection.execute(query).mappings():
        fields = {name: row[name] for name in Candidate.__struct_fields__ if name != "reasons"}
        found.append(Candidate(**fields, reasons=tuple(msgspec.json.decode(row["reasons"]))))
    return found


def changed_since(connection: Connection, change: int, limit: int) -> list[str]:
    """Return the ids of alerts touched or forgotten after a change, the earliest first; at most ``limit`` of each."""
    touched = select(alerts.c.alert_id).where(alerts.c.change > change).order_by(alerts.c.change).limit(limit)
    forgotten = select(gone.c.alert_id).where(gone.c.change > change).order_by(gone.c.change).limit(limit)
    return [*connection.execute(touched).scalars(), *connection.execute(forgotten).scalars()]


def unseen(connection: Connection, ids: Collection[str], person: Person) -> set[str]:
    """Return those of these alerts that are of forces a person may not see."""
    if person.limit is None:
        return set()
    query = select(alerts.c.alert_id).where(alerts.c.alert_id.in_(ids), alerts.c.force.not_in(person.limit))
    return set(connection.execute(query).scalars())


def expired_between(connection: Connection, after: int, through: int) -> list[str]:
    """Return the ids of alerts whose acknowledgement or silence held through a moment in that time, and no longer."""
    ends = [and_(column >= after, column < through) for column in (standings.c.acked_until, standings.c.silenced_until)]
    return list(connection.execute(select(standings.c.alert_id).where(or_(*ends))).scalars())


def choices(connection: Connection, person: Person) -> dict[str, list[str]]:
    """Return the values that alerts have now of each filter that is not fixed."""
    limit = [] if person.limit is None else [alerts.c.force.in_(person.limit)]
    columns = {"force": alerts.c.force, "rule": alerts.c.rule_id, "team": alerts.c.team}
    return {
        name: sorted(filter(None, connection.execute(select(column).where(*limit).distinct()).scalars()))
        for name, column in columns.items()
    }


def with_standings() -> Select[tuple[object, ...]]:
    """Select alerts, each with where people stand with it."""
    others = [standings.c[name] for name in _STANDING_FIELDS]
    return select(alerts, *others).select_from(_WITH_STANDINGS)


def _conditions(filters: Filters, person: Person, wall: int) -> list[ColumnElement[bool]]:
    columns = {
        alerts.c.force: filters.force,
        alerts.c.subject_system: filters.system,
        alerts.c.rule_id: filters.rule,
        alerts.c.severity: filters.severity,
        alerts.c.team: filters.team,
        alerts.c.status: filters.statuses,
    }
    conditions: list[ColumnElement[bool]] = [column.in_(values) for column, values in columns.items() if values]
    if person.limit is not None:
        conditions.append(alerts.c.force.in_(person.limit))
    if filters.mine:
        mine = and_(standings.c.acked_by == person.name, standings.c.acked_until >= wall)
        conditions.append(or_(standings.c.assignee == person.name, mine))
    aside = or_(func.coalesce(standings.c.silenced_until, 0) >= wall, standings.c.closed_by.is_not(None))
    conditions.append(aside if filters.aside else not_(aside))
    if filters.q:
        conditions.append(_mentions(filters.q))
    return conditions


def _mentions(text: str) -> ColumnElement[bool]:
    """Hold for alerts about a record with this reference or one linked to it, and for the alert with this id."""
    ref = normalise(text)
    if not ref:
        return alerts.c.alert_id == text
    named, naming = links.c.linked_ref == ref, links.c.ref == ref
    ends = select(links.c.ref).where(named).union(select(links.c.linked_ref).where(naming))
    return or_(
        alerts.c.alert_id == text.lower(),
        alerts.c.normalised_ref.contains(ref),
        alerts.c.discriminator.contains(ref),
        alerts.c.normalised_ref.in_(ends),
    )


def listed_of(row: Row[tuple[object, ...]]) -> Listed:
    """Return what a row of :func:`with_standings` holds."""
    fields = row._mapping  # noqa: SLF001 - its public name
    said = {name: fields[name] for name in _ALERT_FIELDS if name != "facts"}
    alert = msgspec.convert({**said, "facts": _FACTS.decode(fields["facts"])}, Alert)
    stands = {name: fields[name] for name in _STANDING_FIELDS}
    return Listed(alert, Standing(**{**stands, "notes": stands["notes"] or 0}), fields["change"])
