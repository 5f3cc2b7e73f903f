"""The pages of what waits for the Force Crime Registrar: referrals to audit, disputes to decide."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.ingest.apply import show_at_once
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts, registrar_queues
from dashboards.board.readmodel.registrar_queues import RegistrarTask
from schemas.products import AlertAction
from streams.actions import ActionRefusedError, AlertActions, Handling, check
from streams.audits.outcomes import OUTCOMES, read_outcome
from streams.policy.calendar import DAY

ANSWERED_ROWS: Final = 100
AUDIT_MONTHS: Final = 3
DISPUTE_OUTCOMES: Final = ("RECORD_STANDS", "RECORD_CHANGES")


class QueueItem(msgspec.Struct, frozen=True):
    """A record that waits for the registrar, and what was decided about it on this board."""

    task: RegistrarTask
    handling: Handling
    has_alert: bool

    @property
    def is_open(self) -> bool:
        """Whether the registrar has decided neither on this board nor in the record's own system."""
        return self.task.answered_at is None and self.handling.audit is None


def audits(visit: Visit) -> Response:
    """Show the referrals that wait for an audit, and those that were audited."""
    return _page(visit, "audits.html", _referrals(visit), OUTCOMES)


def disputes(visit: Visit) -> Response:
    """Show the recording disputes."""
    return _page(visit, "disputes.html", _disputes(visit), DISPUTE_OUTCOMES)


def record_audit(visit: Visit) -> Response:
    """Record the outcome of a referral's audit."""
    return _record(visit, "audits.html", _referrals(visit), OUTCOMES)


def record_decision(visit: Visit) -> Response:
    """Record how a dispute was decided."""
    return _record(visit, "disputes.html", _disputes(visit), DISPUTE_OUTCOMES)


def _page(visit: Visit, template: str, queue: list[QueueItem], outcomes: tuple[str, ...], error: str = "") -> Response:
    waiting = sorted((item for item in queue if item.is_open), key=lambda item: item.task.due_at)
    answered = [item for item in queue if not item.is_open]
    return visit.page(
        template,
        422 if error else 200,
        waiting=waiting,
        answered=answered[::-1][:ANSWERED_ROWS],
        outcomes=outcomes,
        action_id=str(uuid.uuid4()),
        now=visit.board.freshness(visit.person),
        error=error,
    )


def _referrals(visit: Visit) -> list[QueueItem]:
    board = visit.board
    present = max(board.freshness(visit.person).presents.values(), default=board.clock())
    policy = board.book.at(present)
    start = present - AUDIT_MONTHS * 31 * DAY
    with board.model.reading() as connection:
        tasks = list(
            registrar_queues.referrals_to_audit(
                connection, visit.person, start, policy.audit_share_percent, policy.audit_limit
            )
        )
    return _with_handling(visit, tasks)


def _disputes(visit: Visit) -> list[QueueItem]:
    board = visit.board
    with board.model.reading() as connection:
        limit = board.book.at(board.clock()).dispute_limit
        tasks = list(registrar_queues.disputes(connection, visit.person, limit))
    return _with_handling(visit, tasks)


def _with_handling(visit: Visit, tasks: Iterable[RegistrarTask]) -> list[QueueItem]:
    wall = visit.board.clock()
    with visit.board.model.reading() as connection:
        return [
            QueueItem(
                task,
                AlertActions.of(alerts.actions_on(connection, task.alert_id, task.case.force)).handling(wall),
                alerts.find(connection, task.alert_id, visit.person) is not None,
            )
            for task in tasks
        ]


def _record(visit: Visit, template: str, queue: list[QueueItem], outcomes: tuple[str, ...]) -> Response:
    board, person = visit.board, visit.person
    item = next((item for item in queue if item.task.alert_id == visit.text("alert_id")), None)
    if item is None:
        return visit.missing("There is no such record waiting, or it is another force's.")
    try:
        action = _action(visit, item.task, outcomes)
        check(action, board.book.actions, board.clock())
    except ActionRefusedError as refusal:
        return _page(visit, template, queue, outcomes, sentence(str(refusal)))
    board.note(person, "ACTION_AUDIT", action.alert_id)
    try:
        board.actions.send(action)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken down, and whoever tried must know
        return _page(visit, template, queue, outcomes, "It could not be sent and was not taken down. Try again.")
    show_at_once(board.model, action)
    return RedirectResponse(visit.request.url.path, SEE_OTHER)


def _action(visit: Visit, task: RegistrarTask, outcomes: tuple[str, ...]) -> AlertAction:
    outcome = visit.text("outcome")
    if outcome not in outcomes and read_outcome(outcome) not in outcomes:
        raise ActionRefusedError("choose what you found")
    return AlertAction(
        action_id=action_id(visit, task.alert_id),
        alert_id=task.alert_id,
        force=task.case.force,
        kind="AUDIT",
        by=visit.person.name,
        role=visit.person.role,
        at=visit.board.clock(),
        text=visit.text("text") or None,
        outcome=outcome,
    )
