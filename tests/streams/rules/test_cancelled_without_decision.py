"""cancelled-without-decision: a crime disappeared from the count and nobody is on record as having decided it."""

from __future__ import annotations

import pytest

from tests.streams.world import DAY, HOUR, Outcome, crime, ms, no_crime, run

RULE = "cancelled-without-decision"
RECORDED = "2016-03-09 12:00"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + 24 * HOUR
UNTIL = "2016-03-20"


def cancelled(*more: object, status: str = "CANCELLED") -> Outcome:
    """Return what is said of a crime cancelled at NOON."""
    cancelled_crime = crime(NOON, recorded_at=RECORDED, status=status)
    return run(crime(RECORDED), cancelled_crime, *more, until=UNTIL)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["CANCELLED", "TRANSFERRED"])
def test_a_crime_gone_without_a_decision_is_breached_past_24_hours(status: str) -> None:
    """From the snapshot since which it is so, without warning."""
    outcome = cancelled(status=status)
    assert outcome.course(RULE) == ["2016-03-11T12:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.subject_system, alert.due_at) == ("HIGH", "CIS", DUE)


def test_at_the_due_moment_nothing_is_said() -> None:
    """Past due is one millisecond later."""
    cancelled_crime = crime(NOON, status="CANCELLED")
    assert run(cancelled_crime, until=DUE).history(RULE) == []
    assert run(cancelled_crime, until=DUE + 1).status(RULE) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(-3 * DAY, None), (0, None), (1, "CLEARED REMEDIED")])
def test_a_decision_meets_it_at_its_decided_at(offset: int, expected: str | None) -> None:
    """Decided before the cancellation, at the due moment, or a millisecond late; however bad it is."""
    decision = no_crime(ms(NOON) - 4 * DAY, decided_at=DUE + offset, decided_by_role="OFFICER", rationale=None)
    outcome = cancelled(decision)
    assert outcome.status(RULE) == expected
    if expected:
        alert = outcome.alert(RULE)
        assert alert is not None
        assert alert.lateness_ms == 1


def test_the_earliest_decision_counts() -> None:
    """Of several, by decided_at."""
    outcome = cancelled(no_crime(DUE + DAY), no_crime(DUE + 2 * DAY, decided_at=DUE))
    assert outcome.status(RULE) == "WITHDRAWN MET_IN_TIME"


def test_another_status_that_is_still_gone_does_not_start_the_24_hours_again() -> None:
    """CANCELLED, then TRANSFERRED: gone since the first."""
    outcome = cancelled(crime(ms(NOON) + 20 * HOUR, status="TRANSFERRED"))
    assert outcome.course(RULE) == ["2016-03-11T12:00:00.001Z BREACHED"]


def test_restoring_the_crime_withdraws_it_and_cancelling_again_starts_anew() -> None:
    """Out of scope while RECORDED."""
    outcome = cancelled(crime("2016-03-12 12:00"), crime("2016-03-13 12:00", status="CANCELLED"))
    assert outcome.course(RULE) == [
        "2016-03-11T12:00:00.001Z BREACHED",
        "2016-03-12T12:00:00.000Z WITHDRAWN CORRECTED",
        "2016-03-14T12:00:00.001Z BREACHED",
    ]


@pytest.mark.parametrize("code", ["N100/01", "N200/01", "300/01"])
def test_a_reported_incident_is_no_crime_to_cancel(code: str) -> None:
    """Rules about a crime look at records not coded N100, N200 or N300."""
    assert run(crime(NOON, offence_code=code, status="CANCELLED"), until=UNTIL).history(RULE) == []


def test_a_decision_on_another_crime_does_not_meet_it() -> None:
    """Each crime needs its own."""
    assert cancelled(no_crime(NOON, "C-2")).status(RULE) == "BREACHED"
