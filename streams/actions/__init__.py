"""What people do about alerts, how an alert is handled by it, and what happens when nobody acts.

Actions live apart from alerts, so no new evidence wipes them.  Like alerts they are a merge of facts: how an alert is
handled is a pure function of the set of actions known and a moment, whatever their order of arrival.
"""

from __future__ import annotations

from streams.actions.alert_actions import AlertActions
from streams.actions.escalation import escalation_id, escalations_due, is_certain_enough, next_escalation
from streams.actions.faults import SHIFT
from streams.actions.handling import ActionInForce, Handling, Note
from streams.actions.handover import hand_over
from streams.actions.roles import ROLES, Role, role_of
from streams.actions.validation import ActionRefusedError, check

__all__ = [
    "ROLES",
    "SHIFT",
    "ActionInForce",
    "ActionRefusedError",
    "AlertActions",
    "Handling",
    "Note",
    "Role",
    "check",
    "escalation_id",
    "escalations_due",
    "hand_over",
    "is_certain_enough",
    "next_escalation",
    "role_of",
]
