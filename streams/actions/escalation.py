"""Escalation: whom an alert goes to when nobody acknowledges it, and when."""

from __future__ import annotations

import uuid
from typing import Final

from schemas.products import OPEN_STATUSES, Alert, AlertAction
from streams.actions.handling import Handling, rank
from streams.policy.action_policy import LEVELS, ActionPolicy, Level

SYSTEM: Final = "cdi notifier"
"""Who escalates what nobody acknowledges."""


def escalation_id(alert_id: str, level: Level) -> str:
    """Return the id of an alert's escalation to a level, the same for every notifier: a UUIDv5."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|escalation|{alert_id}|{level}"))


def escalations_due(alert: Alert, handling: Handling, policy: ActionPolicy, clock: int) -> tuple[AlertAction, ...]:
    """Return the escalations due by ``clock`` (ms) on an alert nobody has acknowledged, and not made yet.

    Two notifiers make the same actions: the ids follow from the alert and the level, and of two moments the earlier
    counts.  Each level is reached once in an alert's life.
    """
    if not may_escalate(alert) or handling.is_quiet:
        return ()
    waits = policy.escalation_of(alert.status, alert.severity)
    return tuple(
        _escalation(alert, level, clock)
        for level in LEVELS
        if level in waits and rank(level) > rank(handling.level) and clock >= began_at(alert) + waits[level]
    )


def next_escalation(alert: Alert, handling: Handling, policy: ActionPolicy) -> int | None:
    """Return when (ms) the alert next escalates unless somebody acknowledges it; None if it never will.

    While it is acknowledged or silenced, not before that ends.
    """
    if not may_escalate(alert) or handling.is_closed:
        return None
    waits = policy.escalation_of(alert.status, alert.severity)
    moments = [began_at(alert) + waits[level] for level in waits if rank(level) > rank(handling.level)]
    if not moments:
        return None
    quiet = [held.until + 1 for held in (handling.acknowledged, handling.silenced) if held and held.until is not None]
    return max(min(moments), *quiet) if quiet else min(moments)


def may_escalate(alert: Alert) -> bool:
    """Return whether an alert is open and certain enough to escalate."""
    return alert.status in OPEN_STATUSES and is_certain_enough(alert)


def is_certain_enough(alert: Alert) -> bool:
    """Return whether to tell anybody: a breach that the feeds may yet clear waits, unless it is critical.

    A matter at risk is about what is to come, which no feed can confirm.
    """
    return alert.status == "AT_RISK" or alert.certainty == "CONFIRMED" or alert.severity == "CRITICAL"


def began_at(alert: Alert) -> int:
    """Return when (ms) the time to acknowledge began: at the breach or the raising, whichever was later."""
    if alert.status == "BREACHED" and alert.breached_at is not None:
        return max(alert.breached_at, alert.raised_at)
    return alert.raised_at


def _escalation(alert: Alert, level: Level, clock: int) -> AlertAction:
    return AlertAction(
        action_id=escalation_id(alert.alert_id, level),
        alert_id=alert.alert_id,
        force=alert.force,
        kind="ESCALATE",
        by=SYSTEM,
        role="SYSTEM",
        at=clock,
        level=level,
    )
