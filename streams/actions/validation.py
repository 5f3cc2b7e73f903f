"""Refuse actions before they are written: invalid ones, and those beyond what the policy allows."""

from __future__ import annotations

from typing import Final

from schemas.admission import require_text
from schemas.products import Alert, AlertAction
from schemas.quantities import exact_span
from schemas.refusals import BadRecordError
from streams.actions.faults import fault_in, only_feeds
from streams.policy.action_policy import ActionPolicy
from streams.policy.calendar import MINUTE

_SKEW: Final = MINUTE
"""How far the clock of whoever acts may differ from ours, in ms."""
_NAME_LONGEST: Final = 200


class ActionRefusedError(ValueError):
    """An action that cannot be taken: a sentence for whoever tried, without what they wrote."""


def check(action: AlertAction, policy: ActionPolicy, clock: int, alert: Alert | None = None) -> None:
    """Raise ActionRefusedError unless the action may be taken at ``clock`` (ms).

    ``alert`` is what it is about, where that is known.
    """
    refusal = (
        fault_in(action)
        or _fault_in_text(action)
        or _fault_in_times(action, policy, clock)
        or _fault_in_length(action, policy)
        or (_fault_about(action, alert) if alert is not None else None)
    )
    if refusal is not None:
        raise ActionRefusedError(refusal)


def _fault_in_times(action: AlertAction, policy: ActionPolicy, clock: int) -> str | None:
    if abs(action.at - clock) > _SKEW:
        return "an action is taken when it is taken: its time is not that of the clock"
    longest = {"ACK": policy.acknowledgement_longest, "SILENCE": policy.silence_longest}.get(action.kind)
    if longest is None or action.expires_at is None:
        return None
    if action.expires_at <= clock:
        return f"the expiry of {action.kind} lies in the past"
    if action.expires_at > action.at + longest:
        return f"{action.kind} may hold for {exact_span(longest)} at most"
    return None


def _fault_in_text(action: AlertAction) -> str | None:
    try:
        require_text(action)
    except BadRecordError as refusal:
        return refusal.detail
    return None


def _fault_in_length(action: AlertAction, policy: ActionPolicy) -> str | None:
    if action.text is not None and len(action.text) > policy.text_longest:
        return f"more than {policy.text_longest} characters"
    if any(len(name) > _NAME_LONGEST for name in (action.by, action.assignee or "", action.outcome or "")):
        return f"a name of more than {_NAME_LONGEST} characters"
    return None


def _fault_about(action: AlertAction, alert: Alert) -> str | None:
    if (action.alert_id, action.force) != (alert.alert_id, alert.force):
        return "the action is not about this alert of this force"
    if only_feeds(action) and alert.subject_system != "FEED":
        return "operations may act on alerts about feeds only"
    return None
