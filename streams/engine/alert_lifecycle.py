"""The alert lifecycle: the next status of an alert, given its present one, the finding and the clock.

At every moment status, reason, due_at and lateness are judged anew from what is known then.  Only evidence changes
them, never a score, and time alone only by passing a moment that the evidence set.

    | finding                                   | no alert yet | alert open or closed         |
    | ----------------------------------------- | ------------ | ---------------------------- |
    | None: out of scope                        | none         | WITHDRAWN CORRECTED, if open |
    | obligation met in time                    | none         | WITHDRAWN MET_IN_TIME        |
    | obligation met late                       | CLEARED      | CLEARED, with the lateness   |
    | obligation unmet, past due                | BREACHED     | BREACHED                     |
    | obligation unmet, from its risk_at on     | AT_RISK      | AT_RISK                      |
    | obligation unmet, before its risk_at      | none         | unchanged                    |
    | condition that is wrong                   | BREACHED     | BREACHED                     |
    | condition that is right                   | none         | CLEARED, if BREACHED         |
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from schemas.products import OPEN_STATUSES, Alert, ClosingReason, Status
from schemas.times import LATEST
from streams.obligations.findings import Condition, Finding, Judgement, Obligation


class AlertState(NamedTuple):
    """The part of an alert that is judged anew at every moment."""

    status: Status
    reason: ClosingReason | None = None
    due_at: int | None = None
    breached_at: int | None = None
    lateness_ms: int | None = None


NextState: TypeAlias = AlertState | None
"""None: no alert if there is none yet, and no change if there is."""


def next_state(alert: Alert | None, finding: Finding | None, clock: int) -> NextState:
    """Return the state of an alert at ``clock`` (ms); ``finding`` None: its matter is out of scope."""
    if finding is None:
        return _out_of_scope(alert)
    if isinstance(finding, Condition):
        return _without_deadline(alert, finding, clock)
    return _with_deadline(alert, finding, clock)


def changes_nothing(judgement: Judgement) -> bool:
    """Return whether a judgement leads to no alert where there is none yet, and to no deadline."""
    if isinstance(judgement, Obligation):
        return judgement.met_at is not None and judgement.met_at <= judgement.due_at
    if isinstance(judgement, Condition):
        return not judgement.wrong
    return not judgement or (isinstance(judgement, list) and all(map(changes_nothing, judgement)))


def next_moment(finding: Finding, clock: int) -> int | None:
    """Return when (ms) the passing of time alone will next change the alert, or None if it never will."""
    if isinstance(finding, Condition) or finding.met_at is not None:
        return None
    if finding.risk_at is not None and clock < finding.risk_at <= finding.due_at:
        return finding.risk_at
    return finding.due_at + 1 if clock <= finding.due_at else None


def _out_of_scope(alert: Alert | None) -> NextState:
    if alert is None or alert.status not in OPEN_STATUSES:
        return None
    return AlertState("WITHDRAWN", "CORRECTED", alert.due_at, None if alert.due_at is not None else alert.breached_at)


def _with_deadline(alert: Alert | None, obligation: Obligation, clock: int) -> NextState:
    # No clock and no stated time passes LATEST, so an alert due later is judged the same and can still be read.
    due_at, met_at = min(obligation.due_at, LATEST), obligation.met_at
    if met_at is not None:
        if met_at > due_at:
            return AlertState("CLEARED", obligation.remedy, due_at, due_at, met_at - due_at)
        return AlertState("WITHDRAWN", "MET_IN_TIME", due_at) if alert is not None else None
    if clock > due_at:
        return AlertState("BREACHED", None, due_at, due_at)
    if obligation.risk_at is not None and obligation.risk_at <= clock:
        return AlertState("AT_RISK", None, due_at)
    return None


def _without_deadline(alert: Alert | None, condition: Condition, clock: int) -> NextState:
    since = clock if alert is None or alert.breached_at is None else alert.breached_at
    if condition.wrong:
        return AlertState("BREACHED", None, None, since)
    if alert is not None and alert.status == "BREACHED":
        return AlertState("CLEARED", "REMEDIED", None, since)
    return None
