"""The handover page: at the end of a shift, a person's open alerts go to a colleague, with a note."""

from __future__ import annotations

import uuid

from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.wording import sentence
from dashboards.board.ingest.apply import show_at_once
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.colleagues import require_assignable
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts
from schemas.products import AlertAction
from streams.actions import ActionRefusedError, check
from streams.actions import hand_over as handover_actions


def show(visit: Visit) -> Response:
    """Show the person's open alerts, and ask who takes over."""
    return _page(visit)


def hand_over(visit: Visit) -> Response:
    """Hand the person's open alerts over, one action a force."""
    board = visit.board
    try:
        actions = _actions(visit)
        for action in actions:
            check(action, board.book.actions, board.clock())
        for force in {action.force for action in actions}:
            require_assignable(visit, visit.text("assignee"), force)
    except ActionRefusedError as refusal:
        return _page(visit, sentence(str(refusal)), 422)
    board.note(visit.person, "ACTION_HANDOVER", ", ".join(sorted({action.force for action in actions})))
    try:
        board.actions.send_all(actions)
    except Exception:  # noqa: BLE001 - whatever happened, nothing was handed over, and whoever tried must know
        return _page(visit, "It could not be sent, so nothing was handed over. Try again.", 503)
    for action in actions:
        show_at_once(board.model, action)
    return RedirectResponse("/live", SEE_OTHER)


def _actions(visit: Visit) -> list[AlertAction]:
    to, person = visit.text("assignee"), visit.person
    if not to or to == person.name:
        raise ActionRefusedError("choose a colleague who takes over")
    by_force: dict[str, list[str]] = {}
    for item in _mine(visit):
        by_force.setdefault(item.alert.force, []).append(item.alert.alert_id)
    if not by_force:
        raise ActionRefusedError("you have no open alerts to hand over")
    at, text = visit.board.clock(), visit.text("text") or None
    return [
        action
        for force, alert_ids in by_force.items()
        for action in handover_actions(
            action_id=action_id(visit, force),
            force=force,
            alert_ids=alert_ids,
            by=person.name,
            role=person.role,
            to=to,
            at=at,
            text=text,
        )
    ]


def _mine(visit: Visit) -> list[alerts.AlertListItem]:
    """Return the person's open alerts, including those silenced or closed by the registrar."""
    wall = visit.board.clock()
    with visit.board.model.reading() as connection:
        return [
            item
            for aside in (False, True)
            for item in alerts.search(connection, Filters(mine=True, aside=aside), visit.person, wall)
        ]


def _page(visit: Visit, error: str | None = None, status: int = 200) -> Response:
    mine = _mine(visit)
    colleagues = sorted(
        {name for item in mine for name in visit.board.users.names(item.alert.force)} - {visit.person.name}
    )
    return visit.page(
        "handover.html",
        status,
        mine=mine,
        colleagues=colleagues,
        action_id=str(uuid.uuid4()),
        error=error,
        policy=visit.board.book.actions,
        now=visit.board.freshness(visit.person),
    )
