"""What waits for the Force Crime Registrar: referrals to audit, and recording disputes to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, get_args

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel import assessments
from dashboards.board.readmodel.cases import read_case
from dashboards.board.readmodel.tables import alerts, cases
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import alert_id, normalise
from schemas.products import OPEN_STATUSES, Case
from schemas.times import from_rfc3339
from schemas.vocabularies import LeftSystem
from streams.actions.assessing import NO_CRIME_ROLES
from streams.obligations.referral_audit import percentile
from streams.rules.dispute_undecided import ARBITERS

_READ_AT_ONCE = 500
REPORT_SYSTEMS: Final = get_args(LeftSystem)


class RegistrarTask(msgspec.Struct, frozen=True, kw_only=True):
    """A record that waits for the registrar's decision; times in ms."""

    case: Case
    alert_id: str
    since: int
    due_at: int
    answered_at: int | None
    """When its own system says that the registrar decided."""
    chosen_for: str = ""


def referrals_to_audit(
    connection: Connection, person: Person, start: int, share_percent: int, limit_ms: int
) -> Iterator[RegistrarTask]:
    """Yield the referrals received since ``start`` that the registrar audits, as the rule chooses them."""
    for case in _cases(connection, "referral", person, cases.c.began_at >= start):
        facts = _facts(case)
        vulnerable = facts.get("vulnerable", "none") not in {"none", "not stated"}
        if not (vulnerable or percentile(case.force, case.ref) < share_percent):
            continue
        received_at = _time(facts.get("received_at"))
        if received_at is not None:
            yield RegistrarTask(
                case=case,
                alert_id=_alert_id(case, "referral-not-audited"),
                since=received_at,
                due_at=received_at + limit_ms,
                answered_at=_time(facts.get("fcr_audited_at")),
                chosen_for="vulnerable person" if vulnerable else "sample",
            )


def disputes(connection: Connection, person: Person, limit_ms: int) -> Iterator[RegistrarTask]:
    """Yield the crimes whose recording is or was in dispute."""
    for case in _cases(connection, "crime", person, cases.c.summary.contains('"dispute_raised_at"')):
        facts = _facts(case)
        raised_at = _time(facts.get("dispute_raised_at"))
        if raised_at is not None:
            yield RegistrarTask(
                case=case,
                alert_id=_alert_id(case, "dispute-undecided"),
                since=raised_at,
                due_at=raised_at + limit_ms,
                answered_at=_decided_at(facts),
            )


def reports_to_oversee(connection: Connection, person: Person) -> Iterator[RegistrarTask]:
    """Yield the reports that somebody decided on while an alert stays open, the first due first.

    Not those that the registrar, the deputy or a designated decision maker has ruled on.
    """
    stands_open = (
        alerts.c.force == cases.c.force,
        alerts.c.subject_system == cases.c.system,
        alerts.c.normalised_ref == cases.c.normalised_ref,
        alerts.c.status.in_(OPEN_STATUSES),
    )
    query = select(cases, alerts.c.alert_id, alerts.c.due_at, alerts.c.raised_at).join(alerts, and_(*stands_open))
    query = query.where(cases.c.system.in_(REPORT_SYSTEMS), *visible(cases.c.force, person))
    query = query.order_by(func.coalesce(alerts.c.due_at, alerts.c.raised_at), alerts.c.alert_id)
    seen: set[str] = set()
    for row in connection.execute(query).mappings():
        case = read_case(row)
        decision = _decision(_facts(case))
        if row["key"] in seen or decision is None or _is_ruled_on(connection, case):
            continue
        seen.add(row["key"])
        yield RegistrarTask(
            case=case,
            alert_id=row["alert_id"],
            since=case.first_event_time,
            due_at=row["raised_at"] if row["due_at"] is None else row["due_at"],
            answered_at=None,
            chosen_for=decision,
        )


def _decision(facts: Mapping[str, str]) -> str | None:
    """Return the disposition or decision of a report; None where there is none, or it is CRIMED."""
    stated = facts.get("disposition", facts.get("decision", "not stated"))
    return None if stated in {"not stated", "CRIMED"} else stated


def _is_ruled_on(connection: Connection, case: Case) -> bool:
    given = assessments.of_record(connection, case.force, case.system, case.ref)
    return any(one.newest.assessed_role in NO_CRIME_ROLES for one in given)


def _decided_at(facts: Mapping[str, str]) -> int | None:
    # As the rule has it: a decision by anybody but the registrar or the deputy leaves the dispute open.
    if normalise(facts.get("dispute_decided_role", "")) not in ARBITERS:
        return None
    return _time(facts.get("dispute_decided_at"))


def _alert_id(case: Case, rule_id: str) -> str:
    return alert_id(case.force, rule_id, case.system, case.ref)


def _cases(connection: Connection, kind: str, person: Person, condition: ColumnElement[bool]) -> Iterator[Case]:
    query = select(cases).where(cases.c.kind == kind, condition, *visible(cases.c.force, person))
    query = query.order_by(cases.c.began_at, cases.c.key)
    for row in connection.execution_options(yield_per=_READ_AT_ONCE).execute(query).mappings():
        yield read_case(row)


def _facts(case: Case) -> dict[str, str]:
    return {fact.name: fact.value for fact in case.summary}


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_rfc3339(text)
    except ValueError:
        return None
