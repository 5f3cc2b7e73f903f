"""asb-crime-not-recorded: an ASB report disclosed a crime that is not recorded in time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import HOUR, asb_report, crime, incident, ms, run

RULE = "asb-crime-not-recorded"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"


def test_a_disclosed_crime_is_at_risk_that_evening_and_breached_past_the_limit() -> None:
    """As crime-not-recorded, on a report that SENTINEL holds."""
    outcome = run(asb_report(NOON, crimes_expected=1), until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T22:00:00.000Z AT_RISK", "2016-03-11T12:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.severity) == ("SENTINEL", "A-1", "MEDIUM")


@pytest.mark.parametrize("expected", [None, 0])
def test_a_report_that_disclosed_no_crime_is_out_of_it(expected: int | None) -> None:
    """Undecided, or decided to disclose none."""
    assert run(asb_report(NOON, crimes_expected=expected), until=UNTIL).history(RULE) == []


def test_what_was_once_disclosed_stays_owed() -> None:
    """Taking the number back does not take the report back."""
    later = asb_report("2016-03-10 13:00", reported_at=NOON, crimes_expected=0)
    assert run(asb_report(NOON, crimes_expected=1), later, until=UNTIL).status(RULE) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(0, "WITHDRAWN MET_IN_TIME"), (1, "CLEARED RECORDED_LATE")])
@pytest.mark.parametrize(("reported_at", "limit"), [("2015-03-31 22:59:59.999", 72), ("2015-03-31 23:00", 24)])
def test_recorded_at_the_due_moment_is_in_time(reported_at: str, limit: int, offset: int, expected: str) -> None:
    """Under both limits, to the millisecond."""
    recorded = crime(ms(reported_at) + limit * HOUR + offset, asb_refs=("A-1",))
    assert run(asb_report(reported_at, crimes_expected=1), recorded, until="2015-05-01").status(RULE) == expected


def test_a_crime_of_an_incident_that_the_report_cites_counts() -> None:
    """As for a referral."""
    outcome = run(
        asb_report(NOON, crimes_expected=1, incident_refs=("I-1",)),
        incident(NOON, crimes_expected=1),
        crime("2016-03-10 13:00", incident_refs=("I-1",)),
        until=UNTIL,
    )
    assert outcome.history(RULE) == []


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"decision": "NOT_A_CRIME", "decision_rationale": "x", "reporter_informed": True}, None),
        ({"decision": "NOT_A_CRIME", "decision_rationale": "x"}, "BREACHED"),
        ({"decision": "EXEMPT", "decision_rationale": "x", "fcr_oversight": True}, None),
        ({"decision": "CRIMED", "decision_rationale": "x", "reporter_informed": True}, "BREACHED"),
    ],
)
def test_a_valid_decision_answers_it(stated: dict[str, Any], expected: str | None) -> None:
    """With decision for disposition."""
    assert run(asb_report(NOON, crimes_expected=1, **stated), until=UNTIL).status(RULE) == expected


def test_an_n100_record_answers_no_asb_report() -> None:
    """It stands for an incident of rape only."""
    recorded = crime("2016-03-10 13:00", offence_code="N100/01", offence_class="RAPE", asb_refs=("A-1",))
    reported = asb_report(NOON, crimes_expected=1, offence_class="RAPE")
    assert run(reported, recorded, until=UNTIL).status(RULE) == "BREACHED"


def test_the_clock_starts_at_the_first_stated_reported_at() -> None:
    """Another value afterwards moves nothing."""
    later = asb_report("2016-03-10 13:00", crimes_expected=1)
    alert = run(asb_report(NOON, crimes_expected=1), later, until=UNTIL).alert(RULE)
    assert alert is not None
    assert alert.due_at == ms(NOON) + 24 * HOUR
