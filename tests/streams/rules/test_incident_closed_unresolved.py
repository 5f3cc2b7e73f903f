"""incident-closed-unresolved: an incident is closed with neither crime nor reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, incident, link, ms, run

RULE = "incident-closed-unresolved"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"
REASONED: dict[str, Any] = {"disposition": "NOT_A_CRIME", "disposition_rationale": "x", "reporter_informed": True}


def test_an_incident_closed_without_an_answer_is_breached_at_once() -> None:
    """A rule without a deadline: breached when it first became so, without due_at."""
    outcome = run(
        incident(NOON, crimes_expected=1),
        incident("2016-03-10 12:30", reported_at=NOON, crimes_expected=1, status="CLOSED"),
        until=UNTIL,
    )
    assert outcome.course(RULE) == ["2016-03-10T12:30:00.000Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.breached_at, alert.lateness_ms) == (None, ms("2016-03-10 12:30"), None)
    assert (alert.severity, alert.subject_system) == ("HIGH", "STORM")


@pytest.mark.parametrize(
    ("stated", "raised"),
    [
        ({"crimes_expected": 1}, True),
        ({"crimes_expected": None}, True),
        ({"crimes_expected": 0}, False),
        ({"crimes_expected": None, "opening_code": "RTC"}, False),
        ({"crimes_expected": 1, "opening_code": "RTC"}, True),
        ({"crimes_expected": None, "closing_code": "LOST-PROPERTY"}, False),
        ({"crimes_expected": 0, "closing_code": "CRIME"}, False),
    ],
)
def test_it_is_about_incidents_that_disclosed_a_crime_or_are_undecided(stated: dict[str, Any], raised: bool) -> None:
    """None now is undecided, unless the code says it is no report; at least one ever is enough."""
    assert (run(incident(NOON, status="CLOSED", **stated), until=UNTIL).status(RULE) == "BREACHED") is raised


def test_a_crime_once_disclosed_keeps_it_in_scope() -> None:
    """Closed as disclosing none after it disclosed one."""
    closed = incident("2016-03-10 12:30", reported_at=NOON, crimes_expected=0, status="CLOSED")
    assert run(incident(NOON, crimes_expected=1), closed, until=UNTIL).status(RULE) == "BREACHED"


def test_an_open_incident_is_out_of_it() -> None:
    """However old."""
    assert run(incident(NOON, crimes_expected=1), until=UNTIL).history(RULE) == []


def test_one_counting_crime_is_enough_however_many_were_disclosed() -> None:
    """How many are missing is for crime-not-recorded to say."""
    recorded = crime("2016-03-10 12:10", incident_refs=("I-1",))
    closed = incident("2016-03-10 12:30", reported_at=NOON, crimes_expected=3, status="CLOSED")
    assert run(incident(NOON, crimes_expected=3), recorded, closed, until=UNTIL).history(RULE) == []


def test_a_crime_linked_afterwards_clears_it() -> None:
    """Remedied, not recorded late: there was no deadline."""
    closed = incident(NOON, crimes_expected=1, status="CLOSED")
    outcome = run(closed, crime("2016-03-10 12:30"), link("2016-03-10 13:00"), until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T12:00:00.000Z BREACHED", "2016-03-10T13:00:00.000Z CLEARED REMEDIED"]


def test_crime_and_closing_saved_in_one_millisecond_are_judged_together() -> None:
    """All snapshots of one millisecond take effect before anything is said."""
    closed = incident(NOON, crimes_expected=1, status="CLOSED")
    assert run(closed, crime(NOON, incident_refs=("I-1",)), until=UNTIL).history(RULE) == []


@pytest.mark.parametrize(
    ("stated", "answered"),
    [
        (REASONED, True),
        ({**REASONED, "disposition": "CRIME_RELATED_INCIDENT"}, True),
        ({**REASONED, "disposition_rationale": "  "}, False),
        ({**REASONED, "reporter_informed": False}, False),
        ({"disposition": "CRIMED"}, False),
        ({"disposition": "DELAYED", "disposition_rationale": "x", "fcr_oversight": True}, False),
        ({"disposition": "EXEMPT", "disposition_rationale": "x", "fcr_oversight": True}, True),
        ({"disposition": "EXEMPT", "disposition_rationale": "x"}, False),
        ({"disposition": "TRANSFERRED", "other_force_crime_ref": "N/1"}, True),
        ({"disposition": "TRANSFERRED", "other_force": "NOTTS"}, False),
    ],
)
def test_a_valid_disposition_answers_it(stated: dict[str, Any], answered: bool) -> None:
    """Each with what it must rest on."""
    outcome = run(incident(NOON, crimes_expected=1, status="CLOSED", **stated), until=UNTIL)
    assert (outcome.history(RULE) == []) is answered


def test_an_n100_record_answers_a_closed_incident_of_rape() -> None:
    """It meets what the disposition N100 meets."""
    closed = incident(NOON, crimes_expected=1, offence_class="RAPE", status="CLOSED")
    recorded = crime(NOON, offence_code="N100/02", offence_class="RAPE", incident_refs=("I-1",))
    assert run(closed, recorded, until=UNTIL).history(RULE) == []


def test_reopening_withdraws_it_and_closing_again_breaches_it_anew() -> None:
    """Out of scope is corrected; the first time it became so stays on the record."""
    stated: dict[str, Any] = {"reported_at": NOON, "crimes_expected": 1}
    outcome = run(
        incident(NOON, crimes_expected=1, status="CLOSED"),
        incident("2016-03-10 13:00", **stated),
        incident("2016-03-10 14:00", **stated, status="CLOSED"),
        until=UNTIL,
    )
    assert outcome.course(RULE) == [
        "2016-03-10T12:00:00.000Z BREACHED",
        "2016-03-10T13:00:00.000Z WITHDRAWN CORRECTED",
        "2016-03-10T14:00:00.000Z BREACHED",
    ]
    assert {alert.breached_at for alert in outcome.history(RULE)} == {ms(NOON)}
