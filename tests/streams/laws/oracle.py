"""A second, slow reading of the contract: no indexes, no state, no deadlines kept, nothing of ``streams``.

It walks a history's moments in order, and at each works everything out anew from the raw snapshots that have been
saved by then.  Moments are a generous superset of those at which anything can change: every event_time, and every
moment a deadline could lie at for any report time, saving or cancellation that any snapshot states.  Numbers are the
contract's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from schemas.records import Snapshot
from tests.streams.laws.oracle_rules import Key, Obligation, Report, Wrong, findings
from tests.streams.laws.oracle_view import DAY, HOUR, MINUTE, REPORTS, View

Judge = Callable[[View], dict[Key, Obligation | Wrong]]
"""What is found at a moment."""


@dataclass
class StatedChange:
    """One change of an alert."""

    severity: str
    status: str
    reason: str | None
    due_at: int | None
    breached_at: int | None
    lateness_ms: int | None
    raised_at: int
    updated_at: int
    sequence: int


# -- the alert's life, section 4 -----------------------------------------------------------------------------------


def next_change(before: StatedChange | None, finding: Obligation | Wrong | None, clock: int) -> dict[str, Any] | None:
    """Return what is to be said at the clock; None: as it was."""
    if isinstance(finding, Obligation):
        return _of_obligation(before, finding, clock)
    first_so = clock if before is None else before.breached_at
    if isinstance(finding, Wrong):
        if finding.wrong:
            return {"status": "BREACHED", "breached_at": first_so}
        if before is not None and before.status == "BREACHED":
            return {"status": "CLEARED", "reason": "REMEDIED", "breached_at": first_so}
        return None
    if before is None or before.status not in {"AT_RISK", "BREACHED"}:
        return None
    breached_at = before.breached_at if before.due_at is None else None
    return {"status": "WITHDRAWN", "reason": "CORRECTED", "due_at": before.due_at, "breached_at": breached_at}


def _of_obligation(before: StatedChange | None, finding: Obligation, clock: int) -> dict[str, Any] | None:
    due = {"due_at": finding.due_at}
    if finding.met_at is not None and finding.met_at <= finding.due_at:
        return None if before is None else {**due, "status": "WITHDRAWN", "reason": "MET_IN_TIME"}
    if finding.met_at is not None:
        late = {"lateness_ms": finding.met_at - finding.due_at, "breached_at": finding.due_at}
        return {**due, **late, "status": "CLEARED", "reason": finding.remedy}
    if clock > finding.due_at:
        return {**due, "status": "BREACHED", "breached_at": finding.due_at}
    if finding.risk_at is not None and finding.risk_at <= clock:
        return {**due, "status": "AT_RISK"}
    return None


def moments_of(history: list[Snapshot], until: int) -> list[int]:
    """Return every moment at which anything could change, and many at which nothing does."""
    moments = set()
    for snapshot in history:
        moments |= {snapshot.event_time, snapshot.event_time + HOUR + 1, snapshot.event_time + DAY + 1}
        if type(snapshot) in REPORTS:
            report = Report(REPORTS[type(snapshot)][0], "", [snapshot], View([], 0))
            start = report.received_at
            for moved in (0, 7 * DAY):
                due_at = start + report.limit + moved
                moments |= {due_at + 1, report.ordinary_risk + moved, start + 15 * MINUTE + moved, start + HOUR + 1}
    return sorted(moment for moment in moments if moment <= until)


def watch(history: list[Snapshot], until: int, judge: Judge = findings) -> dict[Key, list[StatedChange]]:
    """Return every alert's whole history, worked out the slow way."""
    changes_by_key: dict[Key, list[StatedChange]] = {}
    moments = moments_of(history, until)
    passed: int | None = None
    while moments:
        clock = heappop(moments)
        if clock == passed:
            continue
        passed = clock
        verdicts = judge(View(history, clock))
        for due in (obligation.due_at for obligation in verdicts.values() if isinstance(obligation, Obligation)):
            if clock <= due < until:
                heappush(moments, due + 1)
        for key in verdicts.keys() | changes_by_key.keys():
            before = changes_by_key[key][-1] if key in changes_by_key else None
            finding = verdicts.get(key)
            change = next_change(before, finding, clock)
            if change is None:
                continue
            severity = finding.severity if finding is not None else before.severity if before is not None else ""
            standing = {
                **dict.fromkeys(("reason", "due_at", "breached_at", "lateness_ms")),
                "severity": severity,
                **change,
            }
            if before is not None and {name: getattr(before, name) for name in standing} == standing:
                continue
            changes_by_key.setdefault(key, []).append(
                StatedChange(
                    **standing,
                    raised_at=before.raised_at if before else clock,
                    updated_at=clock,
                    sequence=before.sequence + 1 if before else 1,
                )
            )
    return changes_by_key
