"""Handing a shift over: everything that is one's own goes to a colleague, with a word on it."""

from __future__ import annotations

import uuid

from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.filters import Filters
from dashboards.board.ingest.apply import act as show_at_once
from dashboards.board.pages.endpoint import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts
from schemas.products import AlertAction
from streams.actions import ActionRefusedError, check, hand_over


def ask(visit: Visit) -> Response:
    """Show what is one's own, and ask who takes over."""
    return _page(visit)


def act(visit: Visit) -> Response:
    """Hand over, each force's alerts in one go."""
    board = visit.board
    try:
        actions = _actions(visit)
        for action in actions:
            check(action, board.book.actions, board.clock())
    except ActionRefusedError as refusal:
        return _page(visit, f"{str(refusal).capitalize()}.", 422)
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
    try:
        given = uuid.UUID(visit.text("action_id"))
    except ValueError:
        raise ActionRefusedError("the form was not whole: load the page anew") from None
    by_force: dict[str, list[str]] = {}
    for item in _mine(visit):
        by_force.setdefault(item.alert.force, []).append(item.alert.alert_id)
    if not by_force:
        raise ActionRefusedError("you have no open alerts to hand over")
    at, text = visit.board.clock(), visit.text("text") or None
    return [
        action
        for force, alert_ids in by_force.items()
        for action in hand_over(
            action_id=str(uuid.uuid5(given, f"{person.name}|{force}")), force=force, alert_ids=alert_ids,
            by=person.name, role=person.role, to=to, at=at, text=text,
        )
    ]  # fmt: skip


def _mine(visit: Visit) -> list[alerts.Listed]:
    """Return the open alerts that are this person's, those set aside too."""
    wall = visit.board.clock()
    with visit.board.model.reading() as connection:
        return [
            item
            for aside in (False, True)
            for item in alerts.listed(connection, Filters(mine=True, aside=aside), visit.person, wall)
        ]


def _page(visit: Visit, error: str | None = None, status: int = 200) -> Response:
    mine = _mine(visit)
    colleagues = sorted(
        {name for item in mine for name in visit.board.users.names(item.alert.force)} - {visit.person.name}
    )
    return visit.page(
        "handover.html", status, mine=mine, colleagues=colleagues, action_id=str(uuid.uuid4()), error=error,
        policy=visit.board.book.actions, now=visit.board.freshness(visit.person),
    )  # fmt: skip
