"""An alert's page: what, why, when everything happened, what belongs to it, and what people do about it."""

from __future__ import annotations

import uuid

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.people import Person
from dashboards.board.drawings.timeline import Timeline, entries_of, timeline
from dashboards.board.ingest.apply import act as show_at_once
from dashboards.board.pages import acting
from dashboards.board.pages.board import Board
from dashboards.board.pages.endpoint import SEE_OTHER, Visit, is_fragment
from dashboards.board.readmodel import alerts
from dashboards.board.readmodel.cases import StoredCases
from dashboards.board.readmodel.store import newest_change
from schemas.identifiers import normalise
from schemas.products import OPEN_STATUSES, AlertAction, Candidate
from streams.actions import ActionRefusedError, AlertActions, Handling, check
from streams.actions.roles import may
from streams.reports.linked_cases import CaseSubject, HeldCase, follow_links
from streams.rules import RULES


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known about an alert."""

    item: alerts.Listed
    handling: Handling
    actions: list[AlertAction]
    related: list[HeldCase]
    """The subject's own record first."""
    unheld: list[CaseSubject]
    """Records that others name and that no system holds."""
    others: list[alerts.Listed]
    candidates: list[Candidate]
    timeline: Timeline
    change: int
    wall: int
    present: int


def show(visit: Visit) -> Response:
    """Show an alert, or, to a script, the part of its page that changes."""
    told = _told(visit)
    if told is None:
        return visit.missing("There is no such alert, or it is another force's.")
    return _page(visit, told)


def act(visit: Visit) -> Response:
    """Take an action on an alert and show it at once."""
    told = _told(visit)
    if told is None:
        return visit.missing("There is no such alert, or it is another force's.")
    board, person, alert = visit.board, visit.person, told.item.alert
    try:
        action = acting.read(visit, alert)
        check(action, board.book.actions, board.clock(), alert)
    except ActionRefusedError as refusal:
        sentence = str(refusal)
        return _page(visit, told, error=f"{sentence[:1].upper()}{sentence[1:]}.", status=422)
    board.note(person, f"ACTION_{action.kind}", alert.alert_id)
    try:
        board.actions.send(action)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken, and whoever tried must know
        return _page(visit, told, error="The action could not be sent and was not taken. Try again.", status=503)
    show_at_once(board.model, action)
    return RedirectResponse(f"/alerts/{alert.alert_id}#done", SEE_OTHER)


def _told(visit: Visit) -> Told | None:
    board = visit.board
    wall = board.clock()
    fresh = board.freshness(visit.person)
    with board.model.reading() as connection:
        item = alerts.one(connection, visit.request.path_params["alert_id"], visit.person)
        if item is None:
            return None
        alert = item.alert
        start = (alert.subject_system, normalise(alert.subject_ref))
        linked = follow_links(StoredCases(connection), alert.force, [start])
        actions = alerts.actions_on(connection, alert.alert_id, alert.force)
        present = fresh.present(alert.force)
        related = sorted(linked.held, key=lambda held: held.subject != start)
        matters = alert.status in OPEN_STATUSES
        return Told(
            item=item,
            handling=AlertActions.of(actions).handling(wall),
            actions=actions,
            related=related,
            unheld=sorted(linked.unheld),
            others=[
                other
                for other in alerts.about(connection, alert.force, [start, *(held.subject for held in related)])
                if other.alert.alert_id != alert.alert_id
            ],
            candidates=alerts.candidates_for(connection, alert.alert_id),
            timeline=timeline(entries_of(alert, related, actions), alert.due_at, present if matters else None),
            change=newest_change(connection),
            wall=wall,
            present=present,
        )


def _page(visit: Visit, told: Told, *, error: str | None = None, status: int = 200) -> Response:
    alert = told.item.alert
    context = {
        "told": told, "alert": alert, "rule": RULES.get(alert.rule_id), "error": error, "sent": visit.form,
        "kinds": _kinds(visit.person, told), "action_id": str(uuid.uuid4()),
        "colleagues": _colleagues(visit.board, visit.person, alert.force), "policy": visit.board.book.actions,
        "acting": acting,
    }  # fmt: skip
    if is_fragment(visit.request):
        return visit.fragment("alert_body.html", **context)
    return visit.page("alert.html", status, **context)


def _kinds(person: Person, told: Told) -> set[str]:
    """Say which actions the page offers."""
    if person.role == "OPS" and told.item.alert.subject_system != "FEED":
        return set()
    offered = {kind for kind in ("ACK", "ASSIGN", "NOTE", "SILENCE", "ESCALATE", "OVERRIDE") if may(person.role, kind)}
    if told.handling.silenced is not None and may(person.role, "UNSILENCE"):
        offered.add("UNSILENCE")
    return offered


def _colleagues(board: Board, person: Person, force: str) -> list[str]:
    return [name for name in board.users.names(force) if name != person.name]
