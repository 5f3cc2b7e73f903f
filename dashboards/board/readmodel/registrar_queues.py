"""What waits for the Force Crime Registrar: referrals to audit, and recording disputes to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.cases import read_case
from dashboards.board.readmodel.tables import cases
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import alert_id, normalise
from schemas.products import Case
from schemas.times import from_rfc3339
from streams.obligations.referral_audit import percentile
from streams.rules.dispute_undecided import ARBITERS

_READ_AT_ONCE = 500


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
