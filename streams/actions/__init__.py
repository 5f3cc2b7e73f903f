"""What people do about alerts: who may do what, what it comes to, and what happens when nobody does anything.

Actions live apart from alerts, so no new evidence wipes them.  Like alerts they are a merge of facts: what stands for
an alert is a pure function of the set of actions known and a moment, whatever their order of arrival.
"""

from __future__ import annotations

from streams.actions.alert_actions import AlertActions
from streams.actions.escalation import escalations_due, is_certain_enough, next_escalation
from streams.actions.handling import Handling, Held, Note
from streams.actions.making import SHIFT, hand_over
from streams.actions.roles import ROLES, Role, role_of
from streams.actions.validation import ActionRefusedError, check

__all__ = [
    "ROLES",
    "SHIFT",
    "ActionRefusedError",
    "AlertActions",
    "Handling",
    "Held",
    "Note",
    "Role",
    "check",
    "escalations_due",
    "hand_over",
    "is_certain_enough",
    "next_escalation",
    "role_of",
]
