"""dispute-undecided: the registrar or the deputy settles a dispute within fourteen days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, run

RULE = "dispute-undecided"
RAISED = {"dispute_raised_at": "2016-03-20 09:00"}
DUE = "2016-04-03 09:00"
"""Fourteen times 24 hours later; the clocks went forward in between, so the local time is ten."""


def disputed(until: str, **stated: Any) -> str | None:
    """Judge a crime recorded on 10 March, disputed on the 20th, and what was decided saved on 4 April."""
    recorded = "2016-03-10 09:00"
    return run(
        crime(recorded),
        crime("2016-03-20 09:05", recorded_at=recorded, **RAISED),
        crime("2016-04-04 12:00", recorded_at=recorded, **{**RAISED, **stated}),
        until=until,
    ).status(RULE)


def test_it_is_breached_one_millisecond_past_fourteen_days() -> None:
    """Days are 86,400,000 ms whatever the clocks do."""
    assert disputed(DUE) is None
    assert disputed("2016-04-03 09:00:00.001") == "BREACHED"


@pytest.mark.parametrize("role", ["FCR", "DEPUTY_FCR"])
@pytest.mark.parametrize(
    ("decided_at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-04-03 09:00:00.001", "CLEARED REMEDIED")]
)
def test_the_registrar_or_the_deputy_decides(role: str, decided_at: str, status: str) -> None:
    """In time up to the due moment itself, even if it was saved later."""
    assert disputed("2016-04-05", dispute_decided_at=decided_at, dispute_decided_role=role) == status


@pytest.mark.parametrize("role", ["DDM", "CHIEF_OFFICER", "SERGEANT", "", None])
def test_nobody_else_ends_a_dispute(role: str | None) -> None:
    """The registrar is the final arbiter."""
    assert disputed("2016-04-05", dispute_decided_at="2016-03-21", dispute_decided_role=role) == "BREACHED"


def test_a_decision_without_a_time_counts_from_the_snapshot_that_shows_it() -> None:
    """Where the record gives no time, the snapshot since which it is so stands for it."""
    recorded = "2016-03-10 09:00"
    decided = {**RAISED, "dispute_decided_role": "FCR"}
    outcome = run(
        crime(recorded, **RAISED),
        crime("2016-04-03 09:00:00.500", recorded_at=recorded, **decided),
        crime("2016-04-05 09:00", recorded_at=recorded, **decided),
        until="2016-04-06",
    )
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.lateness_ms) == ("CLEARED", 500)


@pytest.mark.parametrize("status", ["CANCELLED", "TRANSFERRED"])
def test_it_stays_in_dispute_in_any_status(status: str) -> None:
    """Cancelling the record does not settle how it should have been recorded."""
    assert disputed("2016-04-05", status=status) == "BREACHED"


def test_a_dispute_withdrawn_is_none() -> None:
    """Nothing is left to decide."""
    assert disputed("2016-04-05", dispute_raised_at=None) == "WITHDRAWN CORRECTED"


def test_a_crime_without_a_dispute_or_no_crime_at_all_is_not_looked_at() -> None:
    """A record coded N100, N200 or N300 is no crime."""
    assert run(crime("2016-03-10 09:00"), until="2016-06-01").status(RULE) is None
    for code in ("N100/02", "200/02", "N300/02"):
        assert run(crime("2016-03-10 09:00", offence_code=code, **RAISED), until="2016-06-01").status(RULE) is None
