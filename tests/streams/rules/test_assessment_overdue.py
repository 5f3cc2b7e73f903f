"""assessment-overdue: the crime and incident unit assesses within four hours of its day, 07:00 to 22:00 local."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import incident, ms, run

RULE = "assessment-overdue"


@pytest.mark.parametrize(
    ("reported_at", "due"),
    [
        ("2016-03-10 09:00", "2016-03-10 13:00"),
        ("2016-03-10 18:00", "2016-03-10 22:00"),  # used up exactly at closing
        ("2016-03-10 18:00:00.001", "2016-03-11 07:00:00.001"),  # one millisecond is left for the morning
        ("2016-03-10 20:00", "2016-03-11 09:00"),
        ("2016-03-10 21:59:59.999", "2016-03-11 10:59:59.999"),
        ("2016-03-10 22:00", "2016-03-11 11:00"),  # closed: counts from the next opening
        ("2016-03-11 00:00", "2016-03-11 11:00"),
        ("2016-03-11 06:59:59.999", "2016-03-11 11:00"),
        ("2016-03-11 07:00", "2016-03-11 11:00"),
        ("2016-02-28 21:00", "2016-02-29 10:00"),  # into a leap day
        ("2016-07-01 05:30", "2016-07-01 10:00"),  # 06:30 in summer: from 07:00 to 11:00 local
        ("2016-03-26 21:00", "2016-03-27 09:00"),  # the clocks go forward overnight: 07:00 is 06:00 UTC
        ("2016-10-29 20:00", "2016-10-30 10:00"),  # they go back: 21:00 was 20:00 UTC, 07:00 is 07:00 UTC
    ],
)
def test_it_is_breached_one_millisecond_past_four_open_hours(reported_at: str, due: str) -> None:
    """The clock of this rule stands still while the unit is closed."""
    snapshot = incident(reported_at)
    assert run(snapshot, until=ms(due)).status(RULE) is None
    alert = run(snapshot, until=ms(due) + 1).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", ms(due))


def saved_later(**stated: Any) -> str | None:
    """Judge an incident reported at nine, and what was saved of it at three."""
    return run(
        incident("2016-03-10 09:00"),
        incident("2016-03-10 15:00", reported_at="2016-03-10 09:00", **stated),
        until="2016-03-10 15:00",
    ).status(RULE)


@pytest.mark.parametrize(
    ("assessed_at", "status"),
    [("2016-03-10 13:00", "WITHDRAWN MET_IN_TIME"), ("2016-03-10 13:00:00.001", "CLEARED REMEDIED")],
)
def test_the_time_of_the_assessment_says_whether_it_was_in_time(assessed_at: str, status: str) -> None:
    """Not when it was saved."""
    assert saved_later(assessed_at=assessed_at) == status


@pytest.mark.parametrize("decided", [{"officer_dispatched": True}, {"crimes_expected": 0}, {"crimes_expected": 2}])
def test_an_officer_sent_or_a_decision_taken_leaves_nothing_to_assess(decided: dict[str, Any]) -> None:
    """From the start there is no alert; afterwards it is withdrawn."""
    assert run(incident("2016-03-10 09:00", **decided), until="2016-03-11").status(RULE) is None
    assert saved_later(**decided) == "WITHDRAWN CORRECTED"


def test_a_closed_incident_that_nobody_assessed_is_overdue_as_well() -> None:
    """Closing is not assessing."""
    assert saved_later(status="CLOSED") == "BREACHED"


def test_four_hours_run_from_the_report_first_stated() -> None:
    """A report dated forward afterwards gains no time."""
    outcome = run(incident("2016-03-10 09:00"), incident("2016-03-10 12:00"), until="2016-03-10 13:00:00.001")
    assert outcome.status(RULE) == "BREACHED"
