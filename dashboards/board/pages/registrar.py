"""The Force Crime Registrar's pages: the breach register, referrals to audit, disputes, and what was found."""

from __future__ import annotations

import uuid
from typing import Final
from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.period import Period, period_of
from dashboards.board.http.csv import csv_response
from dashboards.board.http.query_params import page_number
from dashboards.board.ingest.apply import act as show_at_once
from dashboards.board.pages.endpoint import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts, register
from schemas.products import AlertAction
from schemas.times import to_rfc3339
from streams.actions import ActionRefusedError, AlertActions, Handling, check
from streams.policy.calendar import DAY

ROWS: Final = 100
AUDIT_MONTHS: Final = 3
AUDIT_OUTCOMES: Final = ("RIGHTLY_RECORDED", "CRIME_MISSED", "WRONG_CLASS", "LATE", "NO_CRIME_DISCLOSED")
DISPUTE_OUTCOMES: Final = ("RECORD_STANDS", "RECORD_CHANGES")
_CSV: Final = (
    "alert_id", "force", "rule_id", "policy_version", "subject_system", "subject_ref", "team", "offence_class",
    "severity", "status", "certainty", "breached_at", "due_at", "raised_at", "updated_at", "reason", "lateness_ms",
)  # fmt: skip


class Queued(msgspec.Struct, frozen=True):
    """A record that waits for the registrar, and what they have said of it here."""

    awaited: register.Awaited
    handling: Handling
    has_alert: bool

    @property
    def is_open(self) -> bool:
        """Whether nothing was found yet, neither here nor in its own system."""
        return self.awaited.answered_at is None and self.handling.audit is None


def breaches(visit: Visit) -> Response:
    """Show the register of breaches."""
    period, wanted = _wanted(visit)
    number = page_number(visit.request.query_params)
    with visit.board.model.reading() as connection:
        rows = register.breaches(connection, wanted, visit.person, ROWS, (number - 1) * ROWS)
        count = register.count_breaches(connection, wanted, visit.person)
        choices = alerts.choices(connection, visit.person)
    chosen = [("force", force) for force in wanted.force] + [("rule", rule) for rule in wanted.rule]
    return visit.page(
        "register.html", rows=rows, count=count, number=number, pages=max(1, -(-count // ROWS)), period=period,
        wanted=wanted, choices=choices, query=f"{period.query}&{urlencode(chosen)}" if chosen else period.query,
        now=visit.board.freshness(visit.person),
    )  # fmt: skip


def breaches_csv(visit: Visit) -> Response:
    """Give the register as a file."""
    _, wanted = _wanted(visit)
    with visit.board.model.reading() as connection:
        found = [item.alert for item in register.breaches(connection, wanted, visit.person)]
    rows = [[_written(name, getattr(alert, name)) for name in _CSV] for alert in found]
    return csv_response("breaches.csv", _CSV, rows)


def audits(visit: Visit) -> Response:
    """Show the referrals that wait for an audit, and those that were audited."""
    return _queue(visit, "audits.html", _referrals(visit), AUDIT_OUTCOMES)


def disputes(visit: Visit) -> Response:
    """Show the recording disputes."""
    return _queue(visit, "disputes.html", _disputes(visit), DISPUTE_OUTCOMES)


def find_in_audit(visit: Visit) -> Response:
    """Take down what an audit of a referral found."""
    return _find(visit, _referrals(visit), AUDIT_OUTCOMES, "/fcr/audits")


def find_in_dispute(visit: Visit) -> Response:
    """Take down how a dispute was decided."""
    return _find(visit, _disputes(visit), DISPUTE_OUTCOMES, "/fcr/disputes")


def _queue(visit: Visit, template: str, queue: list[Queued], outcomes: tuple[str, ...], error: str = "") -> Response:
    fresh = visit.board.freshness(visit.person)
    waiting = sorted((item for item in queue if item.is_open), key=lambda item: item.awaited.due_at)
    done = [item for item in queue if not item.is_open]
    return visit.page(
        template, 422 if error else 200, waiting=waiting, done=done[::-1][:ROWS],
        outcomes=outcomes, action_id=str(uuid.uuid4()), now=fresh, error=error,
    )  # fmt: skip


def _referrals(visit: Visit) -> list[Queued]:
    board = visit.board
    present = max(board.freshness(visit.person).presents.values(), default=board.clock())
    policy = board.book.at(present)
    start = present - AUDIT_MONTHS * 31 * DAY
    with board.model.reading() as connection:
        found = list(
            register.referrals_to_audit(connection, visit.person, start, policy.audit_share_percent, policy.audit_limit)
        )
    return _handled(visit, found)


def _disputes(visit: Visit) -> list[Queued]:
    board = visit.board
    with board.model.reading() as connection:
        found = list(register.disputes(connection, visit.person, board.book.at(board.clock()).dispute_limit))
    return _handled(visit, found)


def _handled(visit: Visit, found: list[register.Awaited]) -> list[Queued]:
    wall = visit.board.clock()
    queue = []
    with visit.board.model.reading() as connection:
        for item in found:
            alert_actions = AlertActions.of(alerts.actions_on(connection, item.alert_id, item.case.force))
            known = alerts.one(connection, item.alert_id, visit.person) is not None
            queue.append(Queued(item, alert_actions.handling(wall), known))
    return queue


def _find(visit: Visit, queue: list[Queued], outcomes: tuple[str, ...], back_to: str) -> Response:
    template = "audits.html" if outcomes is AUDIT_OUTCOMES else "disputes.html"
    board, person = visit.board, visit.person
    item = next((item for item in queue if item.awaited.alert_id == visit.text("alert_id")), None)
    if item is None:
        return visit.missing("There is no such record waiting, or it is another force's.")
    try:
        action = _finding(visit, item, outcomes)
        check(action, board.book.actions, board.clock())
    except ActionRefusedError as refusal:
        return _queue(visit, template, queue, outcomes, f"{str(refusal).capitalize()}.")
    board.note(person, "ACTION_AUDIT", action.alert_id)
    try:
        board.actions.send(action)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken down, and whoever tried must know
        return _queue(visit, template, queue, outcomes, "It could not be sent and was not taken down. Try again.")
    show_at_once(board.model, action)
    return RedirectResponse(back_to, SEE_OTHER)


def _finding(visit: Visit, item: Queued, outcomes: tuple[str, ...]) -> AlertAction:
    outcome = visit.text("outcome")
    if outcome not in outcomes:
        raise ActionRefusedError("choose what you found")
    try:
        given = uuid.UUID(visit.text("action_id"))
    except ValueError:
        raise ActionRefusedError("the form was not whole: load the page anew") from None
    return AlertAction(
        action_id=str(uuid.uuid5(given, f"{visit.person.name}|{item.awaited.alert_id}")),
        alert_id=item.awaited.alert_id,
        force=item.awaited.case.force,
        kind="AUDIT",
        by=visit.person.name,
        role=visit.person.role,
        at=visit.board.clock(),
        text=visit.text("text") or None,
        outcome=outcome,
    )


def _wanted(visit: Visit) -> tuple[Period, register.Wanted]:
    query = visit.request.query_params
    fresh = visit.board.freshness(visit.person)
    period = period_of(query, max(fresh.presents.values(), default=fresh.wall), 3)
    wanted = register.Wanted(
        start=period.start, end=period.end, force=tuple(filter(None, query.getlist("force"))),
        rule=tuple(filter(None, query.getlist("rule"))),
    )  # fmt: skip
    return period, wanted


def _written(name: str, value: object) -> object:
    return to_rfc3339(value) if name.endswith("_at") and isinstance(value, int) else value
