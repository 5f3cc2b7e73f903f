"""offence-misclassified: the crimes recorded for a report are all of another class than the report's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, incident, ms, no_crime, policy, protection_report, referral, run

RULE = "offence-misclassified"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"
LINKED: dict[str, Any] = {"incident_refs": ("I-1",), "referral_refs": ("R-1",)}


def test_a_closed_incident_with_crimes_of_another_class_only_is_breached_at_once() -> None:
    """Without a deadline, of middling severity."""
    closed = incident("2016-03-10 13:00", reported_at=NOON, offence_class="ROBBERY", status="CLOSED")
    outcome = run(incident(NOON, offence_class="ROBBERY"), crime(NOON, **LINKED), closed, until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.000Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.due_at, alert.breached_at) == ("MEDIUM", None, ms("2016-03-10 13:00"))


def test_one_crime_of_its_class_among_several_is_enough() -> None:
    """None of them has that class, or it is right."""
    closed = incident(NOON, offence_class="ROBBERY", status="CLOSED")
    right = crime(NOON, "C-2", offence_class="ROBBERY", **LINKED)
    assert run(closed, crime(NOON, **LINKED), right, until=UNTIL).history(RULE) == []


@pytest.mark.parametrize(
    "stated",
    [
        {"offence_class": "ROBBERY"},
        {"offence_class": None, "status": "CLOSED"},
    ],
    ids=["open", "no class"],
)
def test_an_incident_open_or_without_a_class_is_out_of_it(stated: dict[str, Any]) -> None:
    """There is nothing final to compare with."""
    assert run(incident(NOON, **stated), crime(NOON, **LINKED), until=UNTIL).history(RULE) == []


def test_an_incident_without_counting_crimes_is_out_of_it() -> None:
    """A crime cancelled rightly by duplicate of one of the right class counts as that one."""
    closed = incident(NOON, offence_class="ROBBERY", status="CLOSED")
    assert run(closed, until=UNTIL).history(RULE) == []
    record = crime(NOON, offence_code="N100/01", **LINKED)
    assert run(closed, record, until=UNTIL).history(RULE) == []


def test_a_correction_of_either_side_clears_it() -> None:
    """Of the crime's class, or of the report's."""
    closed = incident(NOON, offence_class="ROBBERY", status="CLOSED")
    wrong = crime(NOON, **LINKED)
    right_crime = crime("2016-03-11 12:00", recorded_at=NOON, offence_class="ROBBERY", **LINKED)
    right_report = incident("2016-03-11 12:00", reported_at=NOON, offence_class="THEFT", status="CLOSED")
    for correction in (right_crime, right_report):
        assert run(closed, wrong, correction, until=UNTIL).status(RULE) == "CLEARED REMEDIED"


def test_losing_its_crimes_withdraws_it() -> None:
    """Out of scope: the crime was cancelled without support and counts no longer."""
    closed = incident(NOON, offence_class="ROBBERY", status="CLOSED")
    outcome = run(
        closed,
        crime(NOON, **LINKED),
        crime("2016-03-11 12:00", status="CANCELLED", **LINKED),
        no_crime("2016-03-11 12:00", avi=()),
        until=UNTIL,
    )
    assert outcome.status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(("decision", "raised"), [(None, False), ("CRIMED", True), ("NOT_A_CRIME", True)])
def test_a_referral_is_compared_once_decided(decision: str | None, raised: bool) -> None:
    """Whatever the decision."""
    outcome = run(referral(NOON, offence_class="SEXUAL", decision=decision), crime(NOON, **LINKED), until=UNTIL)
    assert (outcome.status(RULE) == "BREACHED") is raised


def test_a_duplicate_counts_by_the_class_of_the_crime_it_duplicates() -> None:
    """Under C3 the other crime stands in its place, with its own class."""
    outcome = run(
        incident(NOON, offence_class="ROBBERY", status="CLOSED"),
        crime(NOON, status="CANCELLED", **LINKED),
        no_crime(NOON, reason="C3", duplicate_of="C-2"),
        crime(NOON, "C-2", offence_class="ROBBERY"),
        until=UNTIL,
    )
    assert outcome.history(RULE) == []


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"decision": "CRIMED"}, "BREACHED"),
        ({"decision": None}, None),
        ({"decision": "CRIMED", "offence_class": "THEFT"}, None),
        ({"decision": "CRIMED", "offence_class": None}, None),
    ],
)
def test_a_decided_protection_report_is_compared_too(stated: dict[str, Any], expected: str | None) -> None:
    """Where its feed is named."""
    book = policy('[installation]\nfeeds = ["cis.crimes.v1", "ppn.reports.v1"]')
    report = protection_report(NOON, **{"offence_class": "ROBBERY", **stated})
    record = crime(NOON, referral_refs=("PR-1",))
    assert run(report, record, until=UNTIL, book=book).status(RULE) == expected
    assert run(report, record, until=UNTIL).status(RULE) is None
