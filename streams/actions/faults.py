"""What makes an action invalid, whatever the policy.

Checked both where an action is written and where it is read: otherwise whoever can write to the topic could silence
an alert for ever, or close it without giving a reason.
"""

from __future__ import annotations

from typing import Final

from schemas.products import AlertAction
from streams.actions.roles import ONLY_FEEDS, may, role_of
from streams.policy.action_policy import LEVELS

OUTCOMES: Final = ("CLOSE", "REOPEN")
"""What an override may decide."""

SHIFT: Final = ""
"""The alert_id of a handover that is about a shift and not about one alert."""


def fault_in(action: AlertAction) -> str | None:
    """Return what makes an action invalid, in a sentence that quotes nothing of it; None if it is valid."""
    if not (action.action_id.strip() and action.force.strip() and action.by.strip()):
        return "an action needs an id, a force and somebody who did it"
    if not action.alert_id.strip() and action.kind != "HANDOVER":
        return "only a handover can be about no alert"
    if not may(action.role, action.kind):
        return f"{_role(action)} may not {action.kind}"
    return _fault_in_kind(action)


def only_feeds(action: AlertAction) -> bool:
    """Return whether whoever took the action may act on alerts about feeds alone."""
    return role_of(action.role) in ONLY_FEEDS


def _role(action: AlertAction) -> str:
    return role_of(action.role) or "a role there is not"


def _fault_in_kind(action: AlertAction) -> str | None:
    """Return what this kind of action lacks; None if nothing."""
    match action.kind:
        case "ACK" | "SILENCE" if action.expires_at is None:
            return f"{action.kind} needs an expiry: nothing holds for ever"
        case "ACK" | "SILENCE" if action.expires_at is not None and action.expires_at <= action.at:
            return f"the expiry of {action.kind} lies in the past"
        case "NOTE" | "SILENCE" | "OVERRIDE" if _is_blank(action.text):
            return {"NOTE": "a note needs words", "SILENCE": "a silence needs a reason"}.get(
                action.kind, "an override needs a rationale"
            )
        case "HANDOVER" if _is_blank(action.assignee):
            return "a handover needs somebody who takes over"
        case "ESCALATE" if action.level not in LEVELS:
            return f"an escalation needs a level: one of {', '.join(LEVELS)}"
        case "OVERRIDE" if action.outcome not in (None, *OUTCOMES):
            return f"an override decides one of {', '.join(OUTCOMES)}"
        case "AUDIT" if _is_blank(action.outcome):
            return "an audit needs an outcome"
    return None


def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip()
