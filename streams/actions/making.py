"""Actions that come in several, or whose ids follow from what they are about."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.products import AlertAction
from streams.actions.shape import SHIFT
from streams.policy.handling import Level

__all__ = ["SHIFT", "SYSTEM", "escalation_id", "hand_over"]

SYSTEM: Final = "cdi notifier"
"""Who escalates what nobody acknowledges."""


def escalation_id(alert_id: str, level: Level) -> str:
    """Name the escalation of an alert to a level, so that two notifiers do it once: UUIDv5 of ``alert_id|level``."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|escalation|{alert_id}|{level}"))


def hand_over(
    *,
    action_id: str,
    force: str,
    alert_ids: Sequence[str],
    by: str,
    role: str,
    to: str,
    at: int,
    text: str | None = None,
) -> tuple[AlertAction, ...]:
    """Hand a shift over: one action about the shift, and one about each of its alerts, which are ``to``'s from then on.

    The ids of the latter follow from ``action_id`` and the alert, so that sending them twice hands over once.
    """
    shift = AlertAction(
        action_id=action_id,
        alert_id=SHIFT,
        force=force,
        kind="HANDOVER",
        by=by,
        role=role,
        at=at,
        text=text,
        assignee=to,
    )
    each = (
        msgspec.structs.replace(
            shift,
            action_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|handover|{action_id}|{alert_id}")),
            alert_id=alert_id,
        )
        for alert_id in dict.fromkeys(alert_ids)
    )
    return (shift, *each)
