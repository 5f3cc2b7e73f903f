"""The registrar's queue: what is selected for audit and waits, vulnerable people first, and each sector's shares."""

from __future__ import annotations

from typing import Any

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.reports.audit_queue import (
    SectorProgress,
    audit_queue,
    progress_by_sector,
    selected_referrals,
)
from tests.streams.world import BUILT_IN, DAY, FORCE, ms, policy
from tests.streams.world import referral as referred

NOON = ms("2016-03-10 12:00")
DUE = NOON + 14 * DAY
CHILD: dict[str, Any] = {"vulnerable": ("CHILD",)}
SELECTED, PASSED_OVER = "R-58", "R-255"
"""References of the 0th and the 99th percentile."""


def context(*snapshots: Snapshot, clock: int = DUE, share: int = 20, force: str = FORCE) -> Context:
    """Return what is known of a force at a moment."""
    monitor = Monitor(force, policy(f"[rules]\naudit_share_percent = {share}") if share != 20 else BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    return monitor.context


def waiting(*snapshots: Snapshot, clock: int = DUE) -> list[str]:
    """Return the queue's references, in its order."""
    return [entry.referral.referral_ref for entry in audit_queue([context(*snapshots, clock=clock)])]


def test_vulnerable_people_come_first_and_then_what_has_waited_longest() -> None:
    """By due time, then by reference."""
    assert waiting(
        referred(NOON - DAY, SELECTED),
        referred(NOON, "R-2", **CHILD),
        referred(NOON, "R-1", **CHILD),
        referred(NOON - DAY, "R-3", **CHILD),
    ) == ["R-3", "R-1", "R-2", SELECTED]


def test_what_is_not_selected_or_audited_already_does_not_wait() -> None:
    """Nor what has not taken effect yet."""
    audited = referred(NOON, "R-1", fcr_audited_at=NOON, **CHILD)
    assert waiting(referred(NOON, PASSED_OVER), audited, referred(DUE + 1, "R-9", **CHILD)) == []


def test_who_is_selected_follows_the_newest_snapshot() -> None:
    """A child is found to be involved; then it is found that there was none."""
    later = referred(NOON + DAY, PASSED_OVER, received_at=NOON, **CHILD)
    assert waiting(referred(NOON, PASSED_OVER), later) == [PASSED_OVER]
    assert waiting(referred(NOON, PASSED_OVER), later, referred(NOON + 2 * DAY, PASSED_OVER, received_at=NOON)) == []


def test_one_is_overdue_a_millisecond_past_the_fortnight() -> None:
    """As referral-not-audited has it."""
    (at_due,) = audit_queue([context(referred(NOON, **CHILD))])
    assert (at_due.received_at, at_due.due_at, at_due.overdue) == (NOON, DUE, False)
    (past_due,) = audit_queue([context(referred(NOON, **CHILD), clock=DUE + 1)])
    assert past_due.overdue


def test_an_audited_one_is_selected_and_never_overdue() -> None:
    """However late it was."""
    (late,) = selected_referrals(
        [context(referred(DUE + DAY, received_at=NOON, fcr_audited_at=DUE + DAY, **CHILD), clock=DUE + DAY)]
    )
    assert (late.audited, late.overdue) == (True, False)


def test_shares_are_by_agency_sector_of_all_forces() -> None:
    """Received, selected, audited, waiting, overdue."""
    here = context(
        referred(NOON, "R-1", **CHILD),
        referred(NOON, "R-2", fcr_audited_at=NOON, **CHILD),
        referred(NOON, PASSED_OVER),
        referred(NOON, SELECTED, agency_sector="VOLUNTARY"),
        clock=DUE + 1,
    )
    there = context(referred(NOON, force="NOTTS", **CHILD), clock=DUE, force="NOTTS")
    assert progress_by_sector([here, there]) == [
        SectorProgress("PUBLIC", 4, 3, 1, 2, 1),
        SectorProgress("VOLUNTARY", 1, 1, 0, 1, 1),
        SectorProgress("PRIVATE", 0, 0, 0, 0, 0),
    ]


def test_the_share_of_those_with_nobody_vulnerable_is_policy() -> None:
    """All of them, or none."""
    both = (referred(NOON, SELECTED), referred(NOON, PASSED_OVER))
    assert len(audit_queue([context(*both, share=100)])) == 2
    assert audit_queue([context(*both, share=0)]) == []
