"""Read an action on an alert from a form; :mod:`streams.actions` decides whether it is allowed."""

from __future__ import annotations

import uuid
from typing import Final, get_args

from dashboards.board.pages.handler import Visit
from schemas.products import ActionKind, Alert, AlertAction
from streams.actions import ActionRefusedError
from streams.policy.calendar import DAY, HOUR, MINUTE

SPANS: Final = {
    "15m": ("15 minutes", 15 * MINUTE),
    "30m": ("30 minutes", 30 * MINUTE),
    "1h": ("1 hour", HOUR),
    "2h": ("2 hours", 2 * HOUR),
    "4h": ("4 hours", 4 * HOUR),
    "8h": ("8 hours", 8 * HOUR),
    "12h": ("12 hours", 12 * HOUR),
    "24h": ("24 hours", DAY),
    "3d": ("3 days", 3 * DAY),
    "7d": ("7 days", 7 * DAY),
}
"""How long an acknowledgement or a silence may hold, by the form's value: its words and its ms."""
_EXPIRING: Final = frozenset({"ACK", "SILENCE"})


def spans_up_to(longest: int) -> list[tuple[str, str]]:
    """Return the spans of at most ``longest`` ms, as (value, words)."""
    return [(value, words) for value, (words, length) in SPANS.items() if length <= longest]


def action_of(visit: Visit, alert: Alert, target: str) -> AlertAction:
    """Read an action on an alert from a form, which acts once on a target; see :func:`action_id`.

    Raises ActionRefusedError where it is none.
    """
    kind = visit.text("kind")
    if kind not in get_args(ActionKind):
        raise ActionRefusedError("choose what to do")
    at = visit.board.clock()
    expires_at = None
    if kind in _EXPIRING:
        if (span := SPANS.get(visit.text("span"))) is None:
            raise ActionRefusedError("choose how long it holds")
        expires_at = at + span[1]
    return AlertAction(
        action_id=action_id(visit, target),
        alert_id=alert.alert_id,
        force=alert.force,
        kind=kind,  # type: ignore[arg-type]  # it is one of them
        by=visit.person.name,
        role=visit.person.role,
        at=at,
        text=visit.text("text") or None,
        assignee=_assignee(visit, kind),
        expires_at=expires_at,
        level=visit.text("level") or None if kind == "ESCALATE" else None,
        outcome=visit.text("outcome") or None if kind in {"OVERRIDE", "AUDIT"} else None,
    )


def _assignee(visit: Visit, kind: str) -> str | None:
    if kind not in {"ASSIGN", "HANDOVER"}:
        return None
    return visit.person.name if visit.text("to_me") else visit.text("assignee") or None


def action_id(visit: Visit, target: str) -> str:
    """Return the id of an action on a target, so that sending its form twice acts once.

    Raises ActionRefusedError where the form has none.
    """
    try:
        form_id = uuid.UUID(visit.text("action_id"))
    except ValueError:
        raise ActionRefusedError("the form was not whole: load the page anew") from None
    # The person's name is part of it: nobody can make up the id of somebody else's action.
    return str(uuid.uuid5(form_id, f"{visit.person.name}|{target}"))
