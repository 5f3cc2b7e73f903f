"""Queries of alerts: the live list, one alert's page, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, and_, func, not_, or_, select

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.handling_summary import HandlingSummary
from dashboards.board.domain.people import Person
from dashboards.board.readmodel.store import in_chunks
from dashboards.board.readmodel.tables import actions, alerts, candidates, gone, handling_summaries, links
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Candidate

_ALERT_FIELDS: Final = Alert.__struct_fields__
_HANDLING_FIELDS: Final = HandlingSummary.__struct_fields__
_WITH_HANDLING: Final = alerts.outerjoin(
    handling_summaries,
    and_(handling_summaries.c.alert_id == alerts.c.alert_id, handling_summaries.c.force == alerts.c.force),
)
_SUMMARY: Final = handling_summaries.c
_FACTS: Final = msgspec.json.Decoder(list[dict[str, str | None]])


class AlertListItem(msgspec.Struct, frozen=True):
    """An alert, how people handle it, and the number of the change that last touched either."""

    alert: Alert
    handling: HandlingSummary
    change: int


class AlertCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts a filter matches, whether they are on the page or not."""

    at_risk: int = 0
    breached: int = 0
    other: int = 0
    aside: int = 0
    """Open, but silenced or closed by the registrar, and so in none of the others."""


def search(
    connection: Connection,
    filters: Filters,
    person: Person,
    wall: int,
    *,
    ids: Collection[str] | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[AlertListItem]:
    """Return the alerts that filters match by severity and due time; those AT_RISK by due time alone.

    ``wall`` is the wall clock (ms); ``ids`` limits the answer to those alerts.
    """
    order = [alerts.c.severity_rank, alerts.c.due_at.is_(None), alerts.c.due_at, alerts.c.raised_at]
    if status == "AT_RISK":
        order = [alerts.c.due_at.is_(None), alerts.c.due_at, alerts.c.severity_rank]
    elif status in {"CLEARED", "WITHDRAWN"}:
        order = [alerts.c.updated_at.desc()]
    query = select_items().where(*_conditions(filters, person, wall)).order_by(*order, alerts.c.alert_id)
    if ids is not None:
        query = query.where(alerts.c.alert_id.in_(ids))
    if status is not None:
        query = query.where(alerts.c.status == status)
    return [item_of(row) for row in connection.execute(query.limit(limit))]


def counts(connection: Connection, filters: Filters, person: Person, wall: int) -> AlertCounts:
    """Count the alerts that filters match, and those set aside from them."""
    by_status = (
        select(alerts.c.status, func.count())
        .select_from(_WITH_HANDLING)
        .where(*_conditions(filters, person, wall))
        .group_by(alerts.c.status)
    )
    numbers = dict(tuple(row) for row in connection.execute(by_status))
    aside = (
        select(func.count()).select_from(_WITH_HANDLING).where(*_conditions(filters.replace(aside=True), person, wall))
    )
    return AlertCounts(
        at_risk=numbers.get("AT_RISK", 0),
        breached=numbers.get("BREACHED", 0),
        other=numbers.get("CLEARED", 0) + numbers.get("WITHDRAWN", 0),
        aside=connection.execute(aside).scalar_one(),
    )


def find(connection: Connection, alert_id: str, person: Person) -> AlertListItem | None:
    """Return an alert, or None where there is none that this person may see."""
    row = connection.execute(select_items().where(alerts.c.alert_id == alert_id)).one_or_none()
    return item_of(row) if row is not None and person.sees(row.force) else None


def about_subjects(connection: Connection, force: str, subjects: Iterable[tuple[str, str]]) -> list[AlertListItem]:
    """Return the alerts about any of these subjects (system, normalised ref), the newest first."""
    wanted = set(subjects)
    items = [
        item_of(row)
        for refs in in_chunks({ref for _, ref in wanted})
        for row in connection.execute(select_items().where(alerts.c.force == force, alerts.c.normalised_ref.in_(refs)))
        if (row.subject_system, row.normalised_ref) in wanted
    ]
    return sorted(items, key=lambda item: (-item.alert.raised_at, item.alert.alert_id))


def actions_on(connection: Connection, alert_id: str, force: str) -> list[AlertAction]:
    """Return what people did about an alert, the first action first."""
    query = (
        select(actions)
        .where(actions.c.alert_id == alert_id, actions.c.force == force)
        .order_by(actions.c.at, actions.c.action_id)
    )
    return [read_action(row) for row in connection.execute(query).mappings()]


def read_action(row: RowMapping) -> AlertAction:
    """Return the action in a row of the table of actions."""
    return msgspec.convert({name: row[name] for name in AlertAction.__struct_fields__}, AlertAction)


def candidates_for(connection: Connection, alert_id: str) -> list[Candidate]:
    """Return what is suggested for an alert: the crimes that may be the one it misses."""
    query = (
        select(candidates.c.candidate)
        .join(alerts, alerts.c.alert_id == candidates.c.alert_id)
        .where(candidates.c.alert_id == alert_id)
        .order_by(candidates.c.key)
    )
    return [msgspec.json.decode(text, type=Candidate) for text in connection.execute(query).scalars()]


def has_acted(connection: Connection, name: str, force: str) -> bool:
    """Return whether somebody of this name has done anything about a force's alerts."""
    query = select(actions.c.action_id).where(actions.c.by == name, actions.c.force == force).limit(1)
    return connection.execute(query).first() is not None


def changed_since(connection: Connection, change: int, limit: int) -> list[str]:
    """Return the ids of alerts changed or removed after a change, at most ``limit`` of each.

    The earliest come first.
    """
    changed = select(alerts.c.alert_id).where(alerts.c.change > change).order_by(alerts.c.change).limit(limit)
    removed = select(gone.c.alert_id).where(gone.c.change > change).order_by(gone.c.change).limit(limit)
    return [*connection.execute(changed).scalars(), *connection.execute(removed).scalars()]


def not_visible(connection: Connection, ids: Collection[str], person: Person) -> set[str]:
    """Return those of these alerts, removed ones too, whose force a person may not see."""
    if person.limit is None:
        return set()
    queries = [
        select(table.c.alert_id).where(table.c.alert_id.in_(ids), table.c.force.not_in(person.limit))
        for table in (alerts, gone)
    ]
    return {alert_id for query in queries for alert_id in connection.execute(query).scalars()}


def expired_between(connection: Connection, after: int, through: int) -> list[str]:
    """Return the ids of alerts whose acknowledgement or silence ended in that time (ms)."""
    ends = [and_(column >= after, column < through) for column in (_SUMMARY.acked_until, _SUMMARY.silenced_until)]
    return list(connection.execute(select(_SUMMARY.alert_id).where(or_(*ends))).scalars())


def filter_choices(connection: Connection, person: Person) -> dict[str, list[str]]:
    """Return the forces, rules and teams of the alerts a person may see: the choices of those filters."""
    forces = visible(alerts.c.force, person)
    columns = {"force": alerts.c.force, "rule": alerts.c.rule_id, "team": alerts.c.team}
    return {
        name: sorted(filter(None, connection.execute(select(column).where(*forces).distinct()).scalars()))
        for name, column in columns.items()
    }


def select_items() -> Select[tuple[object, ...]]:
    """Select alerts, each with how people handle it; :func:`item_of` reads a row."""
    return select(alerts, *(_SUMMARY[name] for name in _HANDLING_FIELDS)).select_from(_WITH_HANDLING)


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
    conditions += visible(alerts.c.force, person)
    if filters.mine:
        acked = and_(_SUMMARY.acked_by == person.name, _SUMMARY.acked_until >= wall)
        conditions.append(or_(_SUMMARY.assignee == person.name, acked))
    aside = or_(func.coalesce(_SUMMARY.silenced_until, 0) >= wall, _SUMMARY.closed_by.is_not(None))
    conditions.append(aside if filters.aside else not_(aside))
    if filters.q:
        conditions.append(_mentions(filters.q))
    return conditions


def _mentions(text: str) -> ColumnElement[bool]:
    """Match alerts about a record with this reference or one linked to it, and the alert with this id."""
    ref = normalise(text)
    if not ref:
        return alerts.c.alert_id == text
    linked = select(links.c.ref).where(links.c.linked_ref == ref)
    linked_either_way = linked.union(select(links.c.linked_ref).where(links.c.ref == ref))
    return or_(
        alerts.c.alert_id == text.lower(),
        alerts.c.normalised_ref.contains(ref),
        alerts.c.discriminator.contains(ref),
        alerts.c.normalised_ref.in_(linked_either_way),
    )


def item_of(row: Row[tuple[object, ...]]) -> AlertListItem:
    """Return the alert in a row of :func:`select_items`."""
    columns = row._mapping  # noqa: SLF001 - its public name
    fields = {name: columns[name] for name in _ALERT_FIELDS if name != "facts"}
    alert = msgspec.convert({**fields, "facts": _FACTS.decode(columns["facts"])}, Alert)
    handling = {name: columns[name] for name in _HANDLING_FIELDS}
    return AlertListItem(alert, HandlingSummary(**{**handling, "notes": handling["notes"] or 0}), columns["change"])
