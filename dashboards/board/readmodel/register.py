"""Questions of the Force Crime Registrar: breaches on the record, referrals to audit, disputes to decide."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel import alerts as questions
from dashboards.board.readmodel.cases import read_case
from dashboards.board.readmodel.tables import alerts, cases
from schemas.identifiers import alert_id, normalise
from schemas.products import BREACH_STATUSES, Case
from schemas.times import from_rfc3339
from streams.obligations.referral_audit import percentile
from streams.rules.dispute_undecided import ARBITERS

_READ_AT_ONCE = 500


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which breaches to list."""

    start: int
    end: int
    force: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """A record that waits for the registrar's word."""

    case: Case
    alert_id: str
    since: int
    due_at: int
    answered_at: int | None
    """When its own system says that the registrar answered."""
    chosen_for: str = ""


def breaches(
    connection: Connection, wanted: Wanted, person: Person, limit: int | None = None, offset: int = 0
) -> list[questions.Listed]:
    """Return the breaches on the record, by when they happened, the newest first."""
    query = questions.with_standings().where(*_conditions(wanted, person))
    query = query.order_by(_happened().desc(), alerts.c.alert_id).limit(limit).offset(offset)
    return [questions.listed_of(row) for row in connection.execute(query)]


def count_breaches(connection: Connection, wanted: Wanted, person: Person) -> int:
    """Count them."""
    query = select(func.count()).select_from(alerts).where(*_conditions(wanted, person))
    return int(connection.execute(query).scalar_one())


def referrals_to_audit(
    connection: Connection, person: Person, start: int, share_percent: int, limit_ms: int
) -> Iterator[Awaited]:
    """Yield the referrals received since ``start`` that the registrar audits, as the rule chooses them."""
    for case in _cases(connection, "referral", person, start):
        said = {fact.name: fact.value for fact in case.summary}
        vulnerable = said.get("vulnerable", "none") not in {"none", "not stated"}
        if not (vulnerable or percentile(case.force, case.ref) < share_percent):
            continue
        received_at = _time(said.get("received_at"))
        if received_at is not None:
            yield Awaited(
                case=case,
                alert_id=_alert_id(case, "referral-not-audited"),
                since=received_at,
                due_at=received_at + limit_ms,
                answered_at=_time(said.get("fcr_audited_at")),
                chosen_for="vulnerable person" if vulnerable else "sample",
            )


def disputes(connection: Connection, person: Person, limit_ms: int) -> Iterator[Awaited]:
    """Yield the crimes whose recording is or was in dispute."""
    condition = cases.c.summary.contains('"dispute_raised_at"')
    for case in _cases(connection, "crime", person, None, condition):
        said = {fact.name: fact.value for fact in case.summary}
        raised_at = _time(said.get("dispute_raised_at"))
        if raised_at is not None:
            yield Awaited(
                case=case,
                alert_id=_alert_id(case, "dispute-undecided"),
                since=raised_at,
                due_at=raised_at + limit_ms,
                answered_at=_settled_at(said),
            )


def _settled_at(said: dict[str, str]) -> int | None:
    # As the rule has it: a decision by anybody but the registrar or the deputy leaves the dispute open.
    if normalise(said.get("dispute_decided_role", "")) not in ARBITERS:
        return None
    return _time(said.get("dispute_decided_at"))


def _alert_id(case: Case, rule_id: str) -> str:
    return alert_id(case.force, rule_id, case.system, case.ref)


def _cases(
    connection: Connection, kind: str, person: Person, start: int | None, *conditions: ColumnElement[bool]
) -> Iterator[Case]:
    query = select(cases).where(cases.c.kind == kind, *conditions).order_by(cases.c.began_at, cases.c.key)
    if start is not None:
        query = query.where(cases.c.began_at >= start)
    if person.limit is not None:
        query = query.where(cases.c.force.in_(person.limit))
    for row in connection.execution_options(yield_per=_READ_AT_ONCE).execute(query).mappings():
        yield read_case(row)


def _conditions(wanted: Wanted, person: Person) -> list[ColumnElement[bool]]:
    happened = _happened()
    conditions: list[ColumnElement[bool]] = [
        alerts.c.status.in_(BREACH_STATUSES), happened >= wanted.start, happened < wanted.end,
    ]  # fmt: skip
    for column, values in ((alerts.c.force, wanted.force), (alerts.c.rule_id, wanted.rule)):
        if values:
            conditions.append(column.in_(values))
    if person.limit is not None:
        conditions.append(alerts.c.force.in_(person.limit))
    return conditions


def _happened() -> ColumnElement[int]:
    return func.coalesce(alerts.c.breached_at, alerts.c.raised_at)


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_rfc3339(text)
    except ValueError:
        return None
