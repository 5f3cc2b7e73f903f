"""What an action means for colleagues: who is given an alert, and whose word it replaces."""

from __future__ import annotations

from dashboards.board.domain.handling_summary import HandlingSummary
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import alerts
from schemas.products import AlertAction
from streams.actions import ActionRefusedError
from streams.policy.times_in_words import when

_LONGEST_SHOWN = 40


def require_colleagues_respected(visit: Visit, action: AlertAction, handling: HandlingSummary) -> None:
    """Raise ActionRefusedError where an action goes to nobody or replaces a colleague's unasked.

    The form's ``replaces`` names the colleague whose acknowledgement or silence the sender saw and replaces.
    """
    if action.assignee is not None:
        require_assignable(visit, action.assignee, action.force)
    standing = _standing(action.kind, handling, visit.board.clock())
    if standing is None:
        return
    by, done, until = standing
    if by not in {visit.person.name, visit.text("replaces")}:
        ends = when(until, visit.board.clock())
        raise ActionRefusedError(f"{by} has {done} it until {ends}: say on its own page that yours is to hold instead")


def require_assignable(visit: Visit, name: str, force: str) -> None:
    """Raise ActionRefusedError where nobody of that name may see a force's alerts.

    People of a provider are known once they have signed in or acted.
    """
    board = visit.board
    if name == visit.person.name or name in board.users.names(force):
        return
    if board.provider is not None:
        with board.model.reading() as connection:
            if board.sessions.may_see(connection, name, force) or alerts.has_acted(connection, name, force):
                return
    shortened = name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 1]}…"
    raise ActionRefusedError(f"nobody who may see {force} signs in here as “{shortened}”: choose a name of the list")


def _standing(kind: str, handling: HandlingSummary, wall: int) -> tuple[str, str, int] | None:
    """Return whose action one of a kind would replace, what they did, and until when it holds (ms)."""
    if kind == "ACK" and handling.acked(wall) and handling.acked_by and handling.acked_until:
        return handling.acked_by, "acknowledged", handling.acked_until
    if kind == "SILENCE" and handling.silenced(wall) and handling.silenced_by and handling.silenced_until:
        return handling.silenced_by, "silenced", handling.silenced_until
    return None
