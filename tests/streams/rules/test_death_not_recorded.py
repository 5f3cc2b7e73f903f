"""death-not-recorded: a log is closed as a sudden death, and CIS holds no record of one."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Assessment, Crime, Incident, Snapshot
from tests.streams.world import BUILT_IN, DAY, HOUR, Outcome, assessment, crime, incident, ms, policy, run

RULE = "death-not-recorded"
MIDNIGHT = ms("2024-03-31 23:00")
"""2024-04-01 in London."""
NOON = ms("2024-05-14 12:00")
LIMIT = NOON + 24 * HOUR
N300: dict[str, Any] = {"offence_code": "N300/01", "offence_class": "OTHER"}
NO_CRIME: dict[str, Any] = {"disposition": "NOT_A_CRIME", "disposition_rationale": "natural", "reporter_informed": True}


def log(at: int = NOON, **stated: Any) -> Incident:
    """Return a log reported at NOON and closed as a sudden death, unless stated otherwise."""
    usual = {"reported_at": NOON, "opening_code": "CONCERN FOR SAFETY", "closing_code": "SUDDEN DEATH"}
    return incident(at, **{**usual, "status": "CLOSED", "crimes_expected": 0, **stated})


def record(at: int, ref: str = "C-1", **stated: Any) -> Crime:
    """Return a record of the death, linked to the log, unless stated otherwise."""
    return crime(at, ref, **{**N300, "incident_refs": ("I-1",), **stated})


def judged(at: int, **stated: Any) -> Assessment:
    """Return a supervisor's assessment that the log discloses no crime."""
    return assessment(at, **{"crimes": 0, **stated})


def outcome(*snapshots: Snapshot, until: int = NOON + 30 * DAY, book: Any = BUILT_IN) -> Outcome:
    """Return what is said on the stream clock."""
    return run(*snapshots, until=until, book=book)


def status(*snapshots: Snapshot, book: Any = BUILT_IN) -> str | None:
    """Return how the alert stands a month on."""
    return outcome(*snapshots, book=book).status(RULE)


def test_a_death_without_a_record_is_breached_one_millisecond_past_the_limit() -> None:
    """From the report on, without a warning."""
    assert outcome(log(), until=LIMIT).history(RULE) == []
    done = outcome(log(), until=LIMIT + 1)
    assert done.course(RULE) == ["2024-05-15T12:00:00.001Z BREACHED"]
    alert = done.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.severity) == ("STORM", "I-1", "MEDIUM")
    assert (alert.due_at, alert.discriminator) == (LIMIT, None)
    assert {fact.name: fact.value for fact in alert.facts} == {
        "reported_at": "2024-05-14T12:00:00.000Z",
        "opening_code": "CONCERN FOR SAFETY",
        "closing_code": "SUDDEN DEATH",
        "disposition": "not stated",
        "crime_refs": "none",
        "crimes_counted": "0",
        "deaths_recorded": "0",
    }


def test_a_log_closed_after_the_limit_is_breached_at_once() -> None:
    """The limit runs from the report; which death it is, only its closing says."""
    closed = log(LIMIT + HOUR)
    assert outcome(log(status="OPEN", closing_code=None), closed).course(RULE) == ["2024-05-15T13:00:00.000Z BREACHED"]


@pytest.mark.parametrize(("reported_at", "expected"), [(MIDNIGHT - 1, None), (MIDNIGHT, "BREACHED")])
def test_it_is_about_reports_from_april_2024(reported_at: int, expected: str | None) -> None:
    """To the millisecond: N300 was added then."""
    assert status(log(NOON, reported_at=reported_at)) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, "BREACHED"),
        ({"closing_code": "psw - sudden death"}, "BREACHED"),
        ({"closing_code": "SUDDEN-DEATH-ADULT"}, "BREACHED"),
        ({"closing_code": "SUICIDE"}, "BREACHED"),
        ({"closing_code": None, "opening_code": "SUDDEN DEATH"}, "BREACHED"),
        ({"closing_code": " ", "opening_code": "SUDDEN DEATH"}, "BREACHED"),
        ({"closing_code": "CONCERN FOR SAFETY", "opening_code": "SUDDEN DEATH"}, None),
        ({"closing_code": "RTC - DEATH/INJURY"}, None),
        ({"closing_code": "SUDDEN DEATH - NATURAL CAUSES"}, None),
        ({"status": "OPEN"}, None),
    ],
    ids=str,
)
def test_it_is_about_logs_closed_under_a_code_of_such_deaths(stated: dict[str, Any], expected: str | None) -> None:
    """The closing code, else the opening code."""
    assert status(log(**stated)) == expected


# -- what meets it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "late"),
    [
        (record, "CLEARED REMEDIED"),
        (lambda at: record(at, offence_code="039", offence_class="THEFT"), "CLEARED RECORDED_LATE"),
        (lambda at: log(at, **NO_CRIME), "CLEARED DISPOSED_LATE"),
        (judged, "CLEARED REMEDIED"),
    ],
    ids=["N300", "crime", "disposition", "assessment"],
)
def test_each_of_four_ways_meets_it(make: Any, late: str) -> None:
    """In time up to the due moment itself."""
    assert status(log(), make(LIMIT)) is None
    assert status(log(), make(LIMIT + 1)) == late


@pytest.mark.parametrize(
    "stated",
    [
        {"offence_code": "N100/01"},
        {"offence_code": "200/01"},
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"incident_refs": ()},
    ],
    ids=str,
)
def test_only_a_record_of_a_death_that_stands_and_is_linked_does(stated: dict[str, Any]) -> None:
    """Not of a rape, nor of modern slavery, nor one that was cancelled."""
    assert status(log(), record(NOON, **stated)) == "BREACHED"


@pytest.mark.parametrize(
    ("stated", "meets"),
    [
        (NO_CRIME, True),
        ({**NO_CRIME, "disposition_rationale": None}, False),
        ({"disposition": "CRIMED"}, False),
        ({"disposition": "EXEMPT", "disposition_rationale": "x", "fcr_oversight": True}, True),
        ({"disposition": "TRANSFERRED", "other_force_crime_ref": "N/1"}, True),
        ({"disposition": "DELAYED", "disposition_rationale": "x", "fcr_oversight": True}, False),
    ],
    ids=str,
)
def test_a_valid_disposition_does(stated: dict[str, Any], meets: bool) -> None:
    """As for any incident."""
    assert status(log(**stated)) == (None if meets else "BREACHED")


def test_an_assessment_of_none_meets_it_while_it_stands() -> None:
    """By whomever; the registrar's stands over others', and one revoked was never given."""
    assert status(log(), judged(NOON)) is None
    assert status(log(), judged(NOON, crimes=None, offence_class="VIOLENCE")) == "BREACHED"
    assert status(log(), judged(NOON, revoked=True)) == "BREACHED"
    another = judged(NOON + HOUR, crimes=1, assessed_by="S2")
    assert status(log(), judged(NOON), another) == "BREACHED"
    by_registrar = judged(NOON, assessed_by="F1", assessed_role="FCR")
    assert status(log(), by_registrar, another) is None


def test_the_earliest_of_them_says_when_it_was_met() -> None:
    """A crime recorded later takes nothing back."""
    crime_later = record(LIMIT + 3 * HOUR, "C-2", offence_code="001/01", offence_class="HOMICIDE")
    assert status(log(), record(NOON), crime_later) is None
    for hours, reason in ((1, "REMEDIED"), (4, "RECORDED_LATE")):
        alert = outcome(log(), record(LIMIT + hours * HOUR), crime_later).alert(RULE)
        assert alert is not None
        assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", reason, min(hours, 3) * HOUR)


def test_losing_its_record_breaches_it_and_a_correction_of_the_code_withdraws_it() -> None:
    """The record was cancelled; the log was closed under another code."""
    cancelled = record(NOON + 3 * DAY, recorded_at=NOON, status="CANCELLED")
    corrected = log(NOON + 4 * DAY, closing_code="CONCERN FOR SAFETY")
    assert outcome(log(), record(NOON), cancelled, corrected).course(RULE) == [
        "2024-05-17T12:00:00.000Z BREACHED",
        "2024-05-18T12:00:00.000Z WITHDRAWN CORRECTED",
    ]


def test_it_is_judged_whatever_storm_lacks() -> None:
    """A record in CIS can always meet it."""
    book = policy('[lacks]\n"storm.incidents.v1" = ["crimes_expected", "disposition_rationale"]')
    assert status(log(crimes_expected=None), book=book) == "BREACHED"


def test_the_list_of_codes_is_policy() -> None:
    """A force names its own."""
    book = policy('[rules]\nsudden_death_codes = ["D-7"]')
    assert status(log(closing_code="d 7"), book=book) == "BREACHED"
    assert status(log(), book=book) is None
