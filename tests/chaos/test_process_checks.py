"""The campaign's checks of processes, clocks and the audit log find what they are there for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from schemas.products import AuditEntry
from streams.topology.audit_chain import ChainVerification, following, head_of
from tests.chaos.checks.audit_chain import check_audit_chain
from tests.chaos.checks.live_clock import check_live_clock
from tests.chaos.checks.memory import MOST_MIB, check_memory
from tests.chaos.checks.progress import check_progress
from tests.chaos.findings import Verdict
from tests.streams.world import DAY

WALL = 1_700_000_000_000


def test_what_does_not_come_to_an_end_is_found() -> None:
    """An injection or a clock, with what every worker says; and a worker that is not well, with what it says."""
    said = {"worker-1": "/live yes, /ready no"}
    assert check_progress(4, [], [], said).kinds == []
    (stuck,) = check_progress(4, ["the clocks stand"], [], said).findings
    assert (stuck.kind, stuck.context) == ("STUCK", said)
    (unwell,) = check_progress(4, [], ["worker-1"], said).findings
    assert (unwell.kind, unwell.about) == ("STUCK", "worker-1")


@pytest.mark.parametrize(("clock", "expected"), [(0, []), (2 * DAY, ["DIFFERENT"]), (None, ["DIFFERENT"])])
def test_a_live_clock_that_does_not_show_the_time_is_found(clock: int | None, expected: list[str]) -> None:
    """Ahead, or not there at all."""
    verdict = Verdict("")
    check_live_clock(None if clock is None else WALL + clock, WALL, 2, verdict)
    assert verdict.kinds == expected


def test_a_fault_of_the_audit_log_is_found() -> None:
    """An entry that is not there any more."""
    log = [following(None, writer="b", entry_id="1", at=1, actor="x", role="FCR", action="VIEW")]
    for number in ("2", "3"):
        log.append(following(head_of(log[-1]), writer="b", entry_id=number, at=1, actor="x", role="FCR", action="VIEW"))
    assert of_log(log).kinds == []
    assert of_log([log[0], log[2]]).kinds == ["FAULT"]


def of_log(log: Sequence[AuditEntry]) -> Verdict:
    """Return what the check of the audit log finds."""
    verification = ChainVerification()
    faults = [fault for entry in log for fault in verification.check(entry, "log/0/0")]
    return check_audit_chain(verification, [*faults, *verification.finish()])


def test_a_worker_that_holds_too_much_is_found() -> None:
    """By name."""
    assert check_memory({"worker-1": MOST_MIB, "worker-2": MOST_MIB}).kinds == []
    verdict = check_memory({"worker-1": 100, "worker-2": MOST_MIB + 1})
    assert [(finding.kind, finding.about) for finding in verdict.findings] == [("OVERGROWN", "worker-2")]
