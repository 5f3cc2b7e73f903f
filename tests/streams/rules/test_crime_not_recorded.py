"""crime-not-recorded: an incident disclosed crimes, or was closed as one, and they are not recorded in time."""

from __future__ import annotations

import pytest

from schemas.products import Alert
from tests.streams.world import DAY, HOUR, MINUTE, Outcome, Time, crime, incident, ms, no_crime, policy, referral, run

RULE = "crime-not-recorded"
NOON = "2016-03-10 12:00"
"""A Thursday under the 24-hour limit: a quarter of it would be 06:00 the next morning, but 22:00 comes first."""


def the_alert(outcome: Outcome) -> Alert:
    """Return the one alert of the rule, which must be there."""
    alert = outcome.alert(RULE)
    assert alert is not None
    return alert


def watched(*snapshots: object, until: Time = "2016-03-20") -> Outcome:
    """Return what is said of a disclosed crime reported at NOON, and of whatever else is stated."""
    return run(incident(NOON, crimes_expected=1), *snapshots, until=until)  # type: ignore[arg-type]


# -- scope ---------------------------------------------------------------------------------------------------------


def test_a_disclosed_crime_that_nobody_records_is_breached_past_the_limit() -> None:
    """At risk that evening, breached a millisecond after 24 hours, by the contract's fields."""
    outcome = watched()
    assert outcome.course(RULE) == ["2016-03-10T22:00:00.000Z AT_RISK", "2016-03-11T12:00:00.001Z BREACHED"]
    alert = the_alert(outcome)
    assert (alert.subject_system, alert.subject_ref, alert.discriminator) == ("STORM", "I-1", None)
    assert (alert.severity, alert.certainty, alert.reason, alert.lateness_ms) == ("HIGH", "CONFIRMED", None, None)
    assert alert.due_at == alert.breached_at == ms(NOON) + 24 * HOUR
    assert (alert.raised_at, alert.updated_at, alert.sequence) == (
        ms("2016-03-10 22:00"),
        ms("2016-03-11 12:00:00.001"),
        2,
    )


def test_a_crime_recorded_in_time_raises_nothing() -> None:
    """Recorded and linked before it is at risk."""
    outcome = watched(crime("2016-03-10 15:00", incident_refs=("I-1",)))
    assert outcome.history(RULE) == []


@pytest.mark.parametrize("expected", [None, 0])
def test_an_open_incident_that_discloses_no_crime_is_not_about_recording(expected: int | None) -> None:
    """Undecided or decided to disclose none: this rule says nothing."""
    assert run(incident(NOON, crimes_expected=expected), until="2016-03-20").history(RULE) == []


@pytest.mark.parametrize(
    ("code", "raised"),
    [("CRIME", True), ("Theft / from vehicle", True), ("CRIME-RELATED-INCIDENT", False), (None, False)],
)
def test_an_incident_closed_under_a_crime_code_owes_one_crime(code: str | None, raised: bool) -> None:
    """The policy's list of closing codes decides, spelled any way."""
    outcome = run(incident(NOON, crimes_expected=0, status="CLOSED", closing_code=code), until="2016-03-20")
    assert (outcome.status(RULE) == "BREACHED") is raised


def test_a_crime_closing_code_on_an_open_incident_owes_nothing() -> None:
    """The code counts once the incident is closed."""
    assert run(incident(NOON, closing_code="CRIME"), until="2016-03-20").history(RULE) == []


def test_a_crime_once_disclosed_stays_owed_when_the_number_is_taken_back() -> None:
    """Any snapshot with crimes_expected of at least one brings it in scope for good."""
    outcome = run(
        incident(NOON, crimes_expected=1),
        incident("2016-03-10 13:00", reported_at=NOON, crimes_expected=0),
        incident("2016-03-10 14:00", reported_at=NOON),
        until="2016-03-20",
    )
    assert outcome.status(RULE) == "BREACHED"


def test_an_incident_that_leaves_the_scope_has_its_open_alert_withdrawn_as_corrected() -> None:
    """Closed as a crime by mistake and opened again."""
    outcome = run(
        incident(NOON, status="CLOSED", closing_code="CRIME"),
        incident("2016-03-12 09:00", reported_at=NOON),
        until="2016-03-20",
    )
    assert outcome.course(RULE)[-1] == "2016-03-12T09:00:00.000Z WITHDRAWN CORRECTED"


# -- how many ------------------------------------------------------------------------------------------------------


def test_as_many_crimes_are_owed_as_the_latest_number_that_was_at_least_one() -> None:
    """Three, then two, then none: two crimes are wanted, and the second one's recorded_at is when it was met."""
    reports = (
        incident(NOON, crimes_expected=3),
        incident("2016-03-10 12:10", reported_at=NOON, crimes_expected=2),
        incident("2016-03-10 12:20", reported_at=NOON, crimes_expected=0),
    )
    first = crime("2016-03-10 13:00", "C-1", incident_refs=("I-1",))
    second = crime("2016-03-11 14:00", "C-2", incident_refs=("I-1",))
    assert run(*reports, first, until="2016-03-20").status(RULE) == "BREACHED"
    alert = the_alert(run(*reports, first, second, until="2016-03-20"))
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "RECORDED_LATE", 2 * HOUR)


def test_the_kth_earliest_recorded_at_is_when_it_was_met_whatever_the_order_of_linking() -> None:
    """With three crimes for two, the second earliest counts, though it was linked last."""
    outcome = run(
        incident(NOON, crimes_expected=2),
        crime("2016-03-11 16:00", "C-3", incident_refs=("I-1",)),
        crime("2016-03-10 13:00", "C-1", incident_refs=("I-1",)),
        crime("2016-03-12 09:00", "C-2", recorded_at="2016-03-11 13:00", incident_refs=("I-1",)),
        until="2016-03-20",
    )
    assert the_alert(outcome).lateness_ms == HOUR


def test_a_crime_linked_from_both_sides_counts_once() -> None:
    """One crime said twice is not two."""
    outcome = run(
        incident(NOON, crimes_expected=2, crime_refs=("C-1", " c/1 ")),
        crime("2016-03-10 13:00", incident_refs=("I-1", "i 1")),
        until="2016-03-20",
    )
    assert outcome.status(RULE) == "BREACHED"


# -- the limit and its edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "expected"), [(-1, None), (0, None), (1, "CLEARED RECORDED_LATE")])
@pytest.mark.parametrize(("reported_at", "limit"), [(NOON, 24 * HOUR), ("2013-05-01 12:00", 72 * HOUR)])
def test_recorded_at_the_due_moment_is_in_time_and_one_millisecond_after_is_late(
    reported_at: str, limit: int, offset: int, expected: str | None
) -> None:
    """Under both limits; CIS says so before anything was raised."""
    recorded_at = ms(reported_at) + limit + offset
    outcome = run(
        incident(reported_at, crimes_expected=1),
        crime(ms(reported_at) + MINUTE, recorded_at=recorded_at, incident_refs=("I-1",)),
        until=recorded_at + 30 * DAY,
    )
    assert outcome.status(RULE) == expected
    if expected:
        alert = the_alert(outcome)
        assert (alert.lateness_ms, alert.sequence, alert.raised_at) == (1, 1, ms(reported_at) + MINUTE)
        assert alert.breached_at == alert.due_at == ms(reported_at) + limit


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(-1, []), (0, ["AT_RISK"]), (6 * HOUR, ["AT_RISK"]), (6 * HOUR + 1, ["AT_RISK", "BREACHED"])],
)
def test_risk_begins_a_quarter_of_the_limit_before_due(offset: int, expected: list[str]) -> None:
    """A report at 02:00 is at risk from 20:00, before the evening, and breached when the clock is past due."""
    outcome = run(incident("2016-03-10 02:00", crimes_expected=1), until=ms("2016-03-10 20:00") + offset)
    assert [alert.status for alert in outcome.history(RULE)] == expected


def test_under_the_72_hour_limit_there_is_no_evening_risk() -> None:
    """At risk 54 hours after a report in 2013, breached past 72 hours."""
    outcome = run(incident("2013-05-01 12:00", crimes_expected=1), until="2013-05-20")
    assert outcome.course(RULE) == ["2013-05-03T18:00:00.000Z AT_RISK", "2013-05-04T12:00:00.001Z BREACHED"]


@pytest.mark.parametrize(
    ("reported_at", "limit"),
    [("2015-03-31 22:59:59.999", 72 * HOUR), ("2015-03-31 23:00", 24 * HOUR), ("2015-04-01 00:00", 24 * HOUR)],
)
def test_the_24_hour_limit_begins_at_local_midnight_on_the_first_of_april_2015(reported_at: str, limit: int) -> None:
    """British Summer Time has begun: the local midnight is 23:00 UTC the day before."""
    outcome = run(incident(reported_at, crimes_expected=1), until="2015-04-20")
    assert the_alert(outcome).due_at == ms(reported_at) + limit


@pytest.mark.parametrize(
    ("reported_at", "risk_at"),
    [
        ("2016-01-13 20:59:59.999", "2016-01-13 22:00"),  # GMT: 21:00 local is 21:00 UTC
        ("2016-01-13 21:00", "2016-01-14 15:00"),
        ("2016-07-13 19:59:59.999", "2016-07-13 21:00"),  # BST: 21:00 local is 20:00 UTC
        ("2016-07-13 20:00", "2016-07-14 14:00"),
        ("2016-01-13 03:59:59.999", "2016-01-13 21:59:59.999"),  # the quarter comes before the evening
        ("2016-01-13 04:00", "2016-01-13 22:00"),
        ("2016-01-13 04:00:00.001", "2016-01-13 22:00"),
        ("2016-07-12 23:30", "2016-07-13 17:30"),  # 00:30 local on the 13th
        ("2016-03-27 00:30", "2016-03-27 18:30"),  # the clocks go forward at 01:00 UTC
        ("2016-03-27 12:00", "2016-03-27 21:00"),
        ("2016-03-26 12:00", "2016-03-26 22:00"),
        ("2016-10-30 12:00", "2016-10-30 22:00"),  # the clocks went back at 01:00 UTC
        ("2016-10-29 12:00", "2016-10-29 21:00"),
        ("2016-10-29 23:30", "2016-10-30 17:30"),  # 00:30 local, a day of 25 hours
        ("2016-10-30 20:59:59.999", "2016-10-30 22:00"),
        ("2016-10-30 21:00", "2016-10-31 15:00"),
    ],
)
def test_a_report_before_nine_is_at_risk_at_ten_the_same_evening_if_that_is_earlier(
    reported_at: str, risk_at: str
) -> None:
    """By the clocks of London, on the day of the report."""
    outcome = run(incident(reported_at, crimes_expected=1), until=ms(reported_at) + 24 * HOUR)
    assert [(alert.status, alert.raised_at) for alert in outcome.history(RULE)] == [("AT_RISK", ms(risk_at))]


def test_the_policy_sets_the_limit() -> None:
    """Every number is policy: a force that allows 12 hours is held to them."""
    limits = '[rules]\nrecording_limit = "12h"\nevening_risk = false'
    book = policy(f'{limits}\n[rules.severity]\n"crime-not-recorded" = "LOW"')
    outcome = run(incident(NOON, crimes_expected=1), until="2016-03-20", book=book)
    assert outcome.course(RULE) == ["2016-03-10T21:00:00.000Z AT_RISK", "2016-03-11T00:00:00.001Z BREACHED"]
    assert (the_alert(outcome).severity, the_alert(outcome).policy_version) == ("LOW", "trial")


def test_a_severity_amended_later_changes_no_alert_on_an_earlier_report() -> None:
    """Effective-dated by the report's own time, so that the passing of time changes nothing that was said."""
    book = policy('[[amendment]]\nfrom = 2016-03-12\n[amendment.severity]\n"crime-not-recorded" = "LOW"')
    outcome = run(
        incident(NOON, crimes_expected=1),
        incident("2016-03-14 12:00", reported_at=NOON, crimes_expected=1),
        until="2016-03-20",
        book=book,
    )
    assert [alert.severity for alert in outcome.history(RULE)] == ["HIGH", "HIGH"]


# -- stated times --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("altered", ["2016-03-10 06:00", "2016-03-12 06:00"])
def test_the_clock_starts_at_the_first_stated_reported_at_whatever_is_said_later(altered: str) -> None:
    """A later snapshot that states another report time, earlier or later, moves nothing."""
    outcome = watched(incident("2016-03-10 13:00", reported_at=altered, crimes_expected=1))
    assert the_alert(outcome).due_at == ms(NOON) + 24 * HOUR


def test_met_at_is_the_first_stated_recorded_at_whatever_is_said_later() -> None:
    """A recorded_at put back afterwards makes nothing timely."""
    outcome = watched(
        crime("2016-03-11 13:00", incident_refs=("I-1",)),
        crime("2016-03-11 14:00", recorded_at="2016-03-10 13:00", incident_refs=("I-1",)),
    )
    assert (outcome.status(RULE), the_alert(outcome).lateness_ms) == ("CLEARED RECORDED_LATE", HOUR)


def test_a_report_saved_long_after_it_came_is_late_at_once() -> None:
    """The obligation runs from reported_at; nothing was known before the snapshot."""
    outcome = run(incident("2016-03-15 12:00", reported_at=NOON, crimes_expected=1), until="2016-03-20")
    assert outcome.course(RULE) == ["2016-03-15T12:00:00.000Z BREACHED"]
    assert the_alert(outcome).breached_at == ms(NOON) + 24 * HOUR
    assert the_alert(outcome).raised_at == ms("2016-03-15 12:00")


def test_a_crime_saved_late_that_was_recorded_in_time_withdraws_the_breach() -> None:
    """It was in time after all."""
    outcome = watched(crime("2016-03-15 12:00", recorded_at="2016-03-11 12:00", incident_refs=("I-1",)))
    assert outcome.course(RULE)[-1] == "2016-03-15T12:00:00.000Z WITHDRAWN MET_IN_TIME"
    assert (the_alert(outcome).lateness_ms, the_alert(outcome).due_at) == (None, ms(NOON) + 24 * HOUR)


# -- links ---------------------------------------------------------------------------------------------------------


def test_the_incidents_own_reference_links_as_well_as_the_crimes() -> None:
    """Whichever side states it, spelled any way."""
    recorded = crime("2016-03-10 13:00", "CR/0123.13")
    linked = incident("2016-03-10 14:00", reported_at=NOON, crimes_expected=1, crime_refs=(" cr 0123 13",))
    assert watched(recorded, linked).history(RULE) == []


def test_a_withdrawn_link_no_longer_counts() -> None:
    """The crime record names the incident, then no longer does."""
    outcome = watched(crime("2016-03-10 13:00", incident_refs=("I-1",)), crime("2016-03-12 13:00"))
    assert outcome.course(RULE) == ["2016-03-12T13:00:00.000Z BREACHED"]


def test_a_link_stands_while_one_side_still_states_it() -> None:
    """The crime record's side is withdrawn; the incident's own remains."""
    outcome = run(
        incident(NOON, crimes_expected=1, crime_refs=("C-1",)),
        crime("2016-03-10 13:00", incident_refs=("I-1",)),
        crime("2016-03-12 13:00"),
        until="2016-03-20",
    )
    assert outcome.history(RULE) == []


def test_links_of_an_incident_are_direct() -> None:
    """A referral that cites the incident lends it no crime."""
    outcome = watched(
        referral("2016-03-10 12:30", crimes_expected=1, incident_refs=("I-1",), crime_refs=("C-1",)),
        crime("2016-03-10 13:00"),
    )
    assert outcome.status(RULE) == "BREACHED"


# -- a late record, and life after it ------------------------------------------------------------------------------


def test_a_breach_is_cleared_as_recorded_late_with_its_lateness() -> None:
    """The crime is recorded the day after the limit."""
    outcome = watched(crime("2016-03-12 12:00", incident_refs=("I-1",)))
    assert outcome.course(RULE)[-1] == "2016-03-12T12:00:00.000Z CLEARED RECORDED_LATE"
    assert the_alert(outcome).lateness_ms == DAY


def test_a_crime_recorded_while_at_risk_withdraws_the_risk() -> None:
    """Met in time: the alert was only ever a warning."""
    outcome = watched(crime("2016-03-11 12:00", incident_refs=("I-1",)))
    assert [alert.status for alert in outcome.history(RULE)] == ["AT_RISK", "WITHDRAWN"]
    assert outcome.status(RULE) == "WITHDRAWN MET_IN_TIME"
    assert the_alert(outcome).breached_at is None


def test_a_crime_cancelled_on_no_support_puts_the_breach_back() -> None:
    """Recorded in time, cancelled on nothing: the report stands unrecorded, and is past its limit."""
    outcome = watched(
        crime("2016-03-10 13:00", incident_refs=("I-1",)),
        crime("2016-03-14 13:00", recorded_at="2016-03-10 13:00", status="CANCELLED", incident_refs=("I-1",)),
        no_crime("2016-03-14 13:00", rationale=" "),
    )
    assert outcome.course(RULE) == ["2016-03-14T13:00:00.000Z BREACHED"]
