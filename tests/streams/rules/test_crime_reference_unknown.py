"""crime-reference-unknown: a report cites a crime record that CIS does not hold."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.identifiers import alert_id
from tests.streams.world import (
    FORCE,
    HOUR,
    asb_report,
    crime,
    incident,
    link,
    ms,
    policy,
    protection_report,
    referral,
    run,
)

RULE = "crime-reference-unknown"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + HOUR
UNTIL = "2016-03-20"
CITED: dict[str, Any] = {"crime_refs": ("cr/0123",)}


@pytest.mark.parametrize(
    ("report", "system", "ref"),
    [(incident, "STORM", "I-1"), (referral, "CATS", "R-1"), (asb_report, "SENTINEL", "A-1")],
    ids=["incident", "referral", "asb"],
)
def test_a_report_that_cites_a_crime_cis_does_not_hold_is_breached_past_the_hour(
    report: Any,
    system: str,
    ref: str,
) -> None:
    """One alert a reference, told apart by the normalised reference."""
    assert run(report(NOON, **CITED), until=DUE).history(RULE) == []
    outcome = run(report(NOON, **CITED), until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.discriminator, alert.severity, alert.due_at) == (system, "CR-0123", "HIGH", DUE)
    assert alert.alert_id == alert_id(FORCE, RULE, system, ref, "CR-0123")


@pytest.mark.parametrize(("offset", "expected"), [(-1, None), (0, None), (1, "CLEARED REMEDIED")])
def test_it_is_met_by_the_first_snapshot_cis_has_of_it(offset: int, expected: str | None) -> None:
    """Its event_time counts, not what it states as recorded_at; later snapshots do not matter."""
    first = crime(DUE + offset, "CR 0123", recorded_at=DUE + 5 * HOUR)
    later = crime(DUE + 2 * HOUR, "CR-0123")
    outcome = run(incident(NOON, **CITED), first, later, until=UNTIL)
    assert outcome.status(RULE) == expected
    if expected:
        alert = outcome.alert(RULE)
        assert alert is not None
        assert alert.lateness_ms == 1


def test_a_crime_held_before_it_was_cited_is_known() -> None:
    """In whatever status."""
    held = crime("2016-03-09 12:00", "CR-0123", status="CANCELLED")
    assert run(held, incident(NOON, **CITED), until=UNTIL).history(RULE) == []


def test_each_reference_has_an_alert_of_its_own_from_the_snapshot_that_first_cites_it() -> None:
    """One is cited at once, one two hours later; repeating them changes nothing; blank ones are none."""
    outcome = run(
        incident(NOON, crime_refs=("A-1", " ", "--")),
        incident("2016-03-10 14:00", reported_at=NOON, crime_refs=("B-1", "A-1", "a/1")),
        incident("2016-03-10 14:30", reported_at=NOON, crime_refs=("A-1", "B-1")),
        until=UNTIL,
    )
    assert outcome.course(RULE, "A-1") == ["2016-03-10T13:00:00.001Z BREACHED"]
    assert outcome.course(RULE, "B-1") == ["2016-03-10T15:00:00.001Z BREACHED"]
    assert {alert.discriminator for alert in outcome.alerts if alert.rule_id == RULE} == {"A-1", "B-1"}


@pytest.mark.parametrize("instead", [(), ("B-1",), ("B-1", "B-2"), ("B-1", "B-2", "B-3")])
def test_a_reference_that_is_withdrawn_withdraws_its_alert(instead: tuple[str, ...]) -> None:
    """Whatever, and however many, are cited instead."""
    outcome = run(
        incident(NOON, crime_refs=("A-1",)),
        incident("2016-03-12 12:00", reported_at=NOON, crime_refs=instead),
        until="2016-03-12 13:00",
    )
    assert outcome.course(RULE, "A-1") == [
        "2016-03-10T13:00:00.001Z BREACHED",
        "2016-03-12T12:00:00.000Z WITHDRAWN CORRECTED",
    ]


def test_a_reference_withdrawn_within_the_hour_is_never_raised() -> None:
    """And its deadline is gone."""
    corrected = incident("2016-03-10 12:59", reported_at=NOON)
    assert run(incident(NOON, **CITED), corrected, until=UNTIL).history(RULE) == []


def test_a_reference_cited_again_has_its_hour_again() -> None:
    """The hour runs from the snapshot since which it is cited without a break."""
    outcome = run(
        incident(NOON, crime_refs=("A-1",)),
        incident("2016-03-10 12:30", reported_at=NOON),
        incident("2016-03-10 15:00", reported_at=NOON, crime_refs=("A-1",)),
        until=UNTIL,
    )
    assert outcome.course(RULE) == ["2016-03-10T16:00:00.001Z BREACHED"]


def test_a_protection_report_that_cites_a_crime_is_judged_where_the_policy_names_the_feed() -> None:
    """As every report."""
    book = policy('[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1", "ppn.reports.v1"]')
    report = protection_report("2016-03-10 09:00", crime_refs=("C-9",))
    alert = run(report, until="2016-03-11", book=book).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.subject_system, alert.discriminator) == ("BREACHED", "PPN", "C-9")
    assert run(report, until="2016-03-11").alerts == ()


def test_a_persons_link_cites_nothing() -> None:
    """Only the report's own references are cited."""
    assert run(incident(NOON), link(NOON), until=UNTIL).history(RULE) == []


def test_a_crimes_own_reference_to_an_incident_cites_nothing() -> None:
    """Nor is the incident that a crime names looked for."""
    assert run(crime(NOON, incident_refs=("I-9",)), until=UNTIL).history(RULE) == []


def test_a_force_whose_policy_names_only_crimes_and_incidents_is_judged_on_those() -> None:
    """A rule that needs an unnamed feed is not judged; this one needs crimes and the report's own feed."""
    book = policy('[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1"]')
    outcome = run(incident(NOON, crimes_expected=1, **CITED), referral(NOON, **CITED), until=UNTIL, book=book)
    assert {alert.rule_id for alert in outcome.alerts} == {RULE, "crime-not-recorded"}
    assert {alert.subject_system for alert in outcome.alerts} == {"STORM"}
