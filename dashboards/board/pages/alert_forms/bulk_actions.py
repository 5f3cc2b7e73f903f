"""Act on several alerts of the list at once, with one reason, and say what became of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import zip_longest
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from dashboards.board.domain.wording import sentence
from dashboards.board.ingest.apply import show_at_once
from dashboards.board.pages import alert_actions
from dashboards.board.pages.colleagues import require_colleagues_respected
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import alerts
from schemas.products import ActionKind, Alert, AlertAction
from schemas.quantities import counted
from streams.actions import ActionRefusedError, check
from streams.actions.roles import may

_log: Final = structlog.get_logger("cdi.board")

KINDS: Final[tuple[ActionKind, ...]] = ("ACK", "ASSIGN", "NOTE", "SILENCE", "ESCALATE")
"""What can be done to several alerts at once: nothing that decides on one of them."""
MOST_AT_ONCE: Final = 200
_NOT_FOUND: Final = "There is no such alert, or it is another force's."
_NOT_SENT: Final = "It could not be sent and was not taken."
_NOT_TRIED: Final = "Not tried, since one before it could not be sent."


class BulkForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form needs besides the alerts."""

    kinds: list[ActionKind]
    colleagues: list[str]
    action_id: str


class AlertResult(msgspec.Struct, frozen=True):
    """What became of an action on one alert."""

    alert_id: str
    alert: Alert | None
    refusal: str | None
    """Why it was not taken, in a sentence; None where it was."""


def form_for(visit: Visit, forces: Iterable[str]) -> BulkForm:
    """Return the form by which a person acts on several alerts of these forces."""
    names = {name for force in forces for name in visit.board.users.names(force)}
    return BulkForm(
        kinds=[kind for kind in KINDS if may(visit.person.role, kind)],
        colleagues=sorted(names - {visit.person.name}),
        action_id=str(uuid.uuid4()),
    )


def act(visit: Visit) -> Response:
    """Send one action on each of the chosen alerts, and say of each what became of it."""
    chosen = _chosen(visit)
    refusal = _refusal(visit, [alert_id for alert_id, _ in chosen])
    if refusal is not None:
        unchanged = [AlertResult(alert_id, item.alert if item else None, "Not tried.") for alert_id, item in chosen]
        return _page(visit, unchanged, error=refusal, status=422)
    return _page(visit, _results(visit, chosen))


def _chosen(visit: Visit) -> list[tuple[str, alerts.AlertListItem | None]]:
    """Return the chosen ids, each with its alert and handling where this person may see it."""
    ids = [value for value in dict.fromkeys(visit.form.getlist("alert_id")) if isinstance(value, str)]
    with visit.board.model.reading() as connection:
        items = [alerts.find(connection, alert_id, visit.person) for alert_id in ids[: MOST_AT_ONCE + 1]]
    return list(zip_longest(ids, items))


def _refusal(visit: Visit, ids: list[str]) -> str | None:
    """Return in a sentence what is wrong with the whole form; None if nothing."""
    if not ids:
        return "Choose at least one alert of the list."
    if len(ids) > MOST_AT_ONCE:
        return f"You chose {len(ids)} alerts: choose {MOST_AT_ONCE} at most, so nothing was done to any of them."
    if visit.text("kind") not in KINDS:
        return "Choose what to do."
    return None if visit.text("text") else "Say why: one reason for all of them."


def _results(visit: Visit, chosen: list[tuple[str, alerts.AlertListItem | None]]) -> list[AlertResult]:
    """Act on each alert; once one cannot be sent, the rest are not tried: each would wait as long."""
    results: list[AlertResult] = []
    broken = False
    for alert_id, item in chosen:
        if item is None:
            refusal: str | None = _NOT_FOUND
        elif broken:
            refusal = _NOT_TRIED
        else:
            refusal = _act_on(visit, item)
            broken = refusal == _NOT_SENT
        results.append(AlertResult(alert_id, item.alert if item else None, refusal))
    return results


def _act_on(visit: Visit, item: alerts.AlertListItem) -> str | None:
    """Check, note and send an action on one alert; return why it was not taken, or None."""
    board, alert = visit.board, item.alert
    try:
        action = alert_actions.action_of(visit, alert, f"bulk|{alert.alert_id}")
        check(action, board.book.actions, board.clock(), alert)
        require_colleagues_respected(visit, action, item.handling)
    except ActionRefusedError as refusal:
        return sentence(str(refusal))
    if not _send(visit, action):
        return _NOT_SENT
    show_at_once(board.model, action)
    return None


def _send(visit: Visit, action: AlertAction) -> bool:
    try:
        visit.board.note(visit.person, f"ACTION_{action.kind}", action.alert_id)
        visit.board.actions.send(action)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken, and whoever tried must know
        _log.warning("bulk_action_not_sent", alert_id=action.alert_id, kind=action.kind)
        return False
    return True


def _page(visit: Visit, results: list[AlertResult], *, error: str | None = None, status: int = 200) -> Response:
    done = sum(1 for result in results if result.refusal is None)
    remaining = [result for result in results if result.refusal is not None and result.alert is not None]
    return visit.page(
        "bulk.html",
        status,
        results=results,
        summary=f"{done} of {counted(len(results), 'alert')} done",
        remaining=remaining,
        error=error,
        bulk=form_for(visit, {result.alert.force for result in results if result.alert is not None}),
        sent=visit.form,
        policy=visit.board.book.actions,
        alert_actions=alert_actions,
    )
