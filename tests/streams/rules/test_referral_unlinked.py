"""referral-unlinked: a referral to CAIU or POLIT has no crime record, and nobody has decided that it needs none."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Alert
from schemas.records import Snapshot
from tests.streams.world import (
    DAY,
    HOUR,
    MINUTE,
    Outcome,
    assessment,
    crime,
    incident,
    link,
    ms,
    policy,
    protection_report,
    referral,
    run,
)

RULE = "referral-unlinked"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-30"


def the_alert(outcome: Outcome) -> Alert:
    """Return the one alert of the rule, which must be there."""
    alert = outcome.alert(RULE)
    assert alert is not None
    return alert


def test_an_undecided_referral_is_at_risk_after_a_quarter_of_an_hour_and_breached_past_the_limit() -> None:
    """The first word comes 15 minutes after it was received, the last a millisecond past 24 hours."""
    outcome = run(referral(NOON), until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T12:15:00.000Z AT_RISK", "2016-03-11T12:00:00.001Z BREACHED"]
    alert = the_alert(outcome)
    assert (alert.subject_system, alert.subject_ref, alert.severity) == ("CATS", "R-1", "HIGH")
    assert alert.due_at == alert.breached_at == ms(NOON) + 24 * HOUR


@pytest.mark.parametrize(("offset", "expected"), [(-1, []), (0, ["AT_RISK"]), (1, ["AT_RISK"])])
def test_risk_begins_at_the_millisecond(offset: int, expected: list[str]) -> None:
    """Not a millisecond before the quarter of an hour."""
    outcome = run(referral(NOON), until=ms(NOON) + 15 * MINUTE + offset)
    assert [alert.status for alert in outcome.history(RULE)] == expected


@pytest.mark.parametrize(("received_at", "limit"), [("2015-03-31 22:59:59.999", 72), ("2015-03-31 23:00", 24)])
def test_the_limit_is_that_of_the_day_it_was_received(received_at: str, limit: int) -> None:
    """72 hours before 2015-04-01 in London, 24 from then."""
    assert the_alert(run(referral(received_at), until="2015-04-30")).due_at == ms(received_at) + limit * HOUR


@pytest.mark.parametrize("vulnerable", [("CHILD",), ("ADULT",), ("CHILD", "ADULT")])
def test_a_vulnerable_person_makes_it_critical_past_the_due_moment(vulnerable: tuple[str, ...]) -> None:
    """A child or a vulnerable adult; until then it is a warning like any other."""
    outcome = run(referral(NOON, vulnerable=vulnerable), until=UNTIL)
    assert [(alert.status, alert.severity) for alert in outcome.history(RULE)] == [
        ("AT_RISK", "HIGH"),
        ("BREACHED", "CRITICAL"),
    ]


@pytest.mark.parametrize(("hours", "severity"), [(24, "HIGH"), (25, "CRITICAL")])
def test_how_grave_an_answered_one_is_goes_by_when_it_was_answered(hours: int, severity: str) -> None:
    """Late it stays critical; in time it is none of that, whatever the clock says."""
    recorded = crime(ms(NOON) + 26 * HOUR, recorded_at=ms(NOON) + hours * HOUR, referral_refs=("R-1",))
    alert = the_alert(run(referral(NOON, vulnerable=("CHILD",)), recorded, until=UNTIL))
    assert (alert.status, alert.severity) == ("WITHDRAWN" if severity == "HIGH" else "CLEARED", severity)


def test_it_becomes_critical_when_the_vulnerable_person_becomes_known() -> None:
    """What is said of it is judged anew from what is known then."""
    later = referral("2016-03-12 13:00", received_at=NOON, vulnerable=("CHILD",))
    outcome = run(referral(NOON), later, until="2016-03-12 14:00")
    assert [(alert.status, alert.severity) for alert in outcome.history(RULE)] == [
        ("AT_RISK", "HIGH"),
        ("BREACHED", "HIGH"),
        ("BREACHED", "CRITICAL"),
    ]


@pytest.mark.parametrize(
    ("first", "now", "raised"), [(0, 0, False), (None, None, True), (1, 0, True), (0, None, True), (2, 2, True)]
)
def test_it_is_about_referrals_undecided_now_or_that_ever_disclosed_a_crime(
    first: int | None, now: int | None, raised: bool
) -> None:
    """Only decided to disclose none, and never anything else, is out of it."""
    later = referral("2016-03-10 12:05", received_at=NOON, crimes_expected=now)
    outcome = run(referral(NOON, crimes_expected=first), later, until=UNTIL)
    assert (outcome.status(RULE) == "BREACHED") is raised


def test_deciding_that_it_discloses_none_takes_the_warning_back() -> None:
    """Out of scope: withdrawn as corrected, although no decision with a rationale was entered."""
    outcome = run(referral(NOON), referral("2016-03-10 13:00", received_at=NOON, crimes_expected=0), until=UNTIL)
    assert outcome.course(RULE)[-1] == "2016-03-10T13:00:00.000Z WITHDRAWN CORRECTED"


def test_one_crime_answers_an_undecided_referral() -> None:
    """With no number stated one counting crime is enough, in time within the quarter of an hour for silence."""
    outcome = run(referral(NOON), crime("2016-03-10 12:10", referral_refs=("r-1",)), until=UNTIL)
    assert outcome.history(RULE) == []


def test_two_disclosed_crimes_need_two_records() -> None:
    """The second is a day late."""
    outcome = run(
        referral(NOON, crimes_expected=2),
        crime("2016-03-10 12:10", referral_refs=("R-1",)),
        crime("2016-03-12 12:00", "C-2", referral_refs=("R-1",)),
        until=UNTIL,
    )
    assert outcome.course(RULE)[-1] == "2016-03-12T12:00:00.000Z CLEARED RECORDED_LATE"
    assert the_alert(outcome).lateness_ms == DAY


def test_a_crime_of_an_incident_that_the_referral_cites_counts() -> None:
    """The one link that is not direct, whether or not STORM holds the incident."""
    cited = referral(NOON, crimes_expected=1, incident_refs=("i 1",))
    recorded = crime("2016-03-10 12:10", incident_refs=("I-1",))
    assert run(cited, recorded, until=UNTIL).history(RULE) == []
    assert run(cited, recorded, incident("2016-03-10 12:00"), until=UNTIL).history(RULE) == []


def test_citing_the_incident_later_answers_the_referral_then() -> None:
    """The crime was recorded in time; the citation shows it."""
    outcome = run(
        referral(NOON, crimes_expected=1),
        incident(NOON, crimes_expected=1, crime_refs=("C-1",)),
        crime("2016-03-10 13:00"),
        referral("2016-03-14 12:00", received_at=NOON, crimes_expected=1, incident_refs=("I-1",)),
        until=UNTIL,
    )
    assert outcome.course(RULE)[-1] == "2016-03-14T12:00:00.000Z WITHDRAWN MET_IN_TIME"


def test_a_citation_taken_back_puts_the_breach_back() -> None:
    """The crime belongs to an incident that the referral no longer cites."""
    outcome = run(
        referral(NOON, crimes_expected=1, incident_refs=("I-1",)),
        incident(NOON, crimes_expected=1, crime_refs=("C-1",)),
        crime("2016-03-10 12:10"),
        referral("2016-03-14 12:00", received_at=NOON, crimes_expected=1),
        until=UNTIL,
    )
    assert outcome.course(RULE) == ["2016-03-14T12:00:00.000Z BREACHED"]


def test_a_crime_linked_to_the_cited_incident_afterwards_counts_for_the_referral() -> None:
    """The link arrives last, on the incident, and reaches the referral that cites it."""
    outcome = run(
        referral(NOON, crimes_expected=1, incident_refs=("I-1",)),
        crime("2016-03-10 12:10"),
        link("2016-03-14 12:00", "STORM", "I-1", "C-1"),
        until=UNTIL,
    )
    assert outcome.course(RULE)[-1] == "2016-03-14T12:00:00.000Z WITHDRAWN MET_IN_TIME"


def test_an_n100_record_answers_no_referral() -> None:
    """It meets nothing for a referral, not even one of rape."""
    outcome = run(
        referral(NOON, crimes_expected=1, offence_class="RAPE"),
        crime("2016-03-10 12:10", offence_code="N100/01", offence_class="RAPE", referral_refs=("R-1",)),
        until=UNTIL,
    )
    assert outcome.status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"decision": "NOT_A_CRIME", "decision_rationale": "x", "reporter_informed": True}, None),
        ({"decision": "NOT_A_CRIME", "decision_rationale": "x"}, "BREACHED"),
        ({"decision": "NOT_A_CRIME", "decision_rationale": " \t", "reporter_informed": True}, "BREACHED"),
        ({"decision": "NOT_A_CRIME", "reporter_informed": True}, "BREACHED"),
        ({"decision": "EXEMPT", "decision_rationale": "x", "fcr_oversight": True}, None),
        ({"decision": "EXEMPT", "decision_rationale": "x", "reporter_informed": True}, "BREACHED"),
        ({"decision": "EXEMPT", "decision_rationale": "", "fcr_oversight": True}, "BREACHED"),
        ({"decision": "CRIMED", "decision_rationale": "x", "reporter_informed": True}, "BREACHED"),
    ],
)
def test_only_a_valid_decision_answers_it(stated: dict[str, Any], expected: str | None) -> None:
    """NOT_A_CRIME with rationale and the reporter told, EXEMPT with rationale and oversight; CRIMED is no answer."""
    assert run(referral(NOON, **stated), until=UNTIL).status(RULE) == expected


@pytest.mark.parametrize(("offset", "expected"), [(0, "WITHDRAWN MET_IN_TIME"), (1, "CLEARED DISPOSED_LATE")])
def test_a_decision_counts_from_the_snapshot_since_which_it_is_valid(offset: int, expected: str) -> None:
    """Decided in time, but the reporter told at the due moment, or a millisecond later."""
    due_at = ms(NOON) + 24 * HOUR
    stated: dict[str, Any] = {"received_at": NOON, "decision": "NOT_A_CRIME", "decision_rationale": "x"}
    outcome = run(
        referral(NOON),
        referral("2016-03-10 13:00", **stated),
        referral(due_at + offset, **stated, reporter_informed=True),
        referral(due_at + DAY, **stated, reporter_informed=True, beat="B2"),
        until=UNTIL,
    )
    assert outcome.status(RULE) == expected


def test_a_first_stated_received_at_moves_nothing_later() -> None:
    """Another value afterwards leaves the deadline where it was."""
    outcome = run(referral(NOON), referral("2016-03-10 13:00", received_at="2016-03-09 12:00"), until=UNTIL)
    assert the_alert(outcome).due_at == ms(NOON) + 24 * HOUR


# -- protection reports ----------------------------------------------------------------------------------------------

CONNECTED = policy(
    '[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1", "cis.no-crimes.v1", "ppn.reports.v1"]'
)


def reported(*snapshots: Snapshot, until: str | int = UNTIL) -> Outcome:
    """Return what is said where a force has named the feed of protection reports."""
    return run(*snapshots, until=until, book=CONNECTED)


def test_a_protection_report_is_at_risk_in_the_last_quarter_of_the_limit() -> None:
    """No evening warning, none after a quarter of an hour; breached a millisecond past the limit."""
    outcome = reported(protection_report(NOON))
    assert outcome.course(RULE) == ["2016-03-11T06:00:00.000Z AT_RISK", "2016-03-11T12:00:00.001Z BREACHED"]
    alert = the_alert(outcome)
    assert (alert.subject_system, alert.subject_ref, alert.severity) == ("PPN", "PR-1", "HIGH")
    assert alert.title == "A report about a person at risk has no crime record"
    assert {fact.name: fact.value for fact in alert.facts}["kind"] == "DASH"


def test_a_protection_report_is_judged_only_where_its_feed_is_named() -> None:
    """The built-in policy has nine feeds."""
    assert run(protection_report(NOON), until=UNTIL).history(RULE) == []


def test_a_protection_report_is_answered_as_a_referral_is() -> None:
    """By as many crimes as it discloses, or by a valid decision; critical for the vulnerable, past due."""
    child = protection_report(NOON, vulnerable=("CHILD",), crimes_expected=2)
    first = crime("2016-03-10 13:00", referral_refs=("PR-1",))
    second = crime("2016-03-12 12:00", "C-2", referral_refs=("PR-1",))
    alert = the_alert(reported(child, first, second))
    assert (alert.status, alert.reason, alert.severity) == ("CLEARED", "RECORDED_LATE", "CRITICAL")
    decision: dict[str, Any] = {"decision": "NOT_A_CRIME", "decision_rationale": "x", "reporter_informed": True}
    assert reported(protection_report(NOON, **decision)).history(RULE) == []
    assert reported(protection_report(NOON, crimes_expected=0)).history(RULE) == []
    judged = assessment("2016-03-10 13:00", "PPN", "PR-1", crimes=0, assessed_role="DDM", rationale="read")
    assert reported(child, judged).history(RULE) == []


def test_a_delayed_protection_report_is_due_and_at_risk_a_week_later() -> None:
    """With a rationale and the registrar's oversight."""
    delayed = protection_report(NOON, decision="DELAYED", decision_rationale="x", fcr_oversight=True)
    assert reported(delayed).course(RULE) == ["2016-03-18T06:00:00.000Z AT_RISK", "2016-03-18T12:00:00.001Z BREACHED"]
