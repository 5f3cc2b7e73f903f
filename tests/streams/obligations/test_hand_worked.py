"""Whole histories of what people judge and what feeds lack, worked out by hand: how each alert ends, and on the way."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Assessment, Incident, Snapshot
from streams.policy import PolicyBook
from tests.streams.world import (
    BUILT_IN,
    HOUR,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    no_crime,
    policy,
    reading,
    referral,
    run,
)

NOON = "2016-03-10 12:00"
UNTIL = "2016-04-10"
STORM, NO_CRIMES = "storm.incidents.v1", "cis.no-crimes.v1"
NOT_A_CRIME: dict[str, Any] = {"disposition": "NOT_A_CRIME", "disposition_rationale": "x", "reporter_informed": True}


def status(rule: str, *snapshots: Snapshot, book: PolicyBook = BUILT_IN) -> str | None:
    """Return how the one alert of a rule ends; None: it was never raised."""
    return run(*snapshots, until=UNTIL, book=book).status(rule)


def lacking(feed: str, *fields: str) -> PolicyBook:
    """Return a policy under which a feed lacks fields."""
    return policy(f'[lacks]\n"{feed}" = {list(fields)}'.replace("'", '"'))


def given(at: str, by: str = "D1", role: str = "DDM", crimes: int | None = 1, **stated: Any) -> Assessment:
    """Return an assessment of the incident, with a rationale."""
    stated = {"assessed_at": at, "rationale": "x", **stated}
    return assessment(at, assessed_by=by, assessed_role=role, crimes=crimes, **stated)


def saved(at: str, crimes: int | None = None, **stated: Any) -> Incident:
    """Return a snapshot of the incident reported at NOON."""
    return incident(at, reported_at=NOON, crimes_expected=crimes, **stated)


RECORDED = crime("2016-03-10 17:00", incident_refs=("I-1",))


@pytest.mark.parametrize(
    ("statements", "ends"),
    [
        ([saved(NOON, 2), given("2016-03-10 13:00", "F1", "FCR", 2), given("2016-03-10 14:00", "F2", "FCR", 0)], None),
        ([saved(NOON, 2), given("2016-03-10 13:00", role="SUPERVISOR", crimes=0)], "BREACHED"),
        ([saved(NOON, 3), given("2016-03-10 13:00"), saved("2016-03-10 14:00", 3)], None),
        (
            [saved(NOON, 3), given("2016-03-10 13:00"), saved("2016-03-10 14:00"), saved("2016-03-10 15:00", 3)],
            "BREACHED",
        ),
        ([saved(NOON), given("2016-03-10 13:00", "d-1", crimes=3), given("2016-03-10 14:00", "D 1")], None),
        ([saved(NOON), given("2016-03-10 13:00", crimes=2), given("2016-03-10 14:00", crimes=None)], None),
        ([given("2016-03-10 11:00", crimes=2), saved(NOON)], "BREACHED"),
        ([given("2016-03-10 11:00", crimes=0), saved(NOON, 2)], "BREACHED"),
        ([saved(NOON, 1), given("2016-03-10 13:00", crimes=0), saved("2016-03-10 13:00", 2)], None),
        ([saved(NOON, 1), given("2016-03-10 13:00", crimes=0), saved("2016-03-10 13:01", 2)], "BREACHED"),
        ([saved(NOON, 1), given("2016-03-10 13:00", "F1", "FCR", 0), saved("2016-03-10 13:01", 2)], None),
        (
            [
                saved(NOON, 1),
                given("2016-03-10 13:00", crimes=2),
                saved("2016-03-10 14:00", 2),
                given("2016-03-10 15:00", crimes=0, assessed_at="2016-03-10 13:00"),
            ],
            "BREACHED",
        ),
    ],
    ids=[
        "another FCR's",
        "a supervisor's none",
        "said all along",
        "said anew",
        "one person",
        "no number any more",
        "before the report",
        "before the source",
        "same millisecond",
        "source later",
        "FCR over the source",
        "corrected later",
    ],
)
def test_how_many_crimes_are_required_where_one_is_recorded(statements: list[Snapshot], ends: str | None) -> None:
    """The newest statement of the source or of people, and of those the registrar's."""
    assert status("crime-not-recorded", *statements, RECORDED) == ends


def test_an_alert_goes_with_the_registrars_ruling_and_comes_back_when_it_is_revoked() -> None:
    """As if it had never been given."""
    ruling = given("2016-03-11 11:00", "F1", "FCR", 0)
    revoked = given("2016-03-13 11:00", "F1", "FCR", 0, assessed_at="2016-03-11 11:00", revoked=True)
    assert run(saved(NOON, 1), ruling, revoked, until=UNTIL).course("crime-not-recorded") == [
        "2016-03-10T22:00:00.000Z AT_RISK",
        "2016-03-11T11:00:00.000Z WITHDRAWN MET_IN_TIME",
        "2016-03-13T11:00:00.000Z BREACHED",
    ]


def test_a_deputys_older_ruling_stands_once_the_registrars_is_revoked() -> None:
    """It was in time after all."""
    registrars = given("2016-03-10 14:00", "F1", "FCR", 3)
    revoked = given("2016-03-20 12:00", "F1", "FCR", 3, assessed_at="2016-03-10 14:00", revoked=True)
    outcome = run(
        saved(NOON, 2), given("2016-03-10 13:00", role="DEPUTY_FCR", crimes=0), registrars, revoked, until=UNTIL
    )
    assert outcome.course("crime-not-recorded")[-1] == "2016-03-20T12:00:00.000Z WITHDRAWN MET_IN_TIME"


def test_a_late_word_decides_a_report_late_and_revoked_no_longer() -> None:
    """A supervisor's none decides, and no more."""
    none = given("2016-03-11 13:00", role="SUPERVISOR", crimes=0)
    revoked = given("2016-03-12 13:00", role="SUPERVISOR", crimes=0, assessed_at="2016-03-11 13:00", revoked=True)
    outcome = run(saved(NOON, status="CLOSED"), none, revoked, until=UNTIL)
    assert outcome.course("report-undecided") == [
        "2016-03-11T12:00:00.001Z BREACHED",
        "2016-03-11T13:00:00.000Z CLEARED REMEDIED",
        "2016-03-12T13:00:00.000Z BREACHED",
    ]
    assert outcome.course("incident-closed-unresolved") == ["2016-03-10T12:00:00.000Z BREACHED"]


def test_what_a_ruling_takes_out_of_scope_is_corrected_and_what_it_answers_is_met() -> None:
    """A closed incident or a referral that nobody had decided, and a referral that disclosed a crime."""
    closed = run(saved(NOON, status="CLOSED"), given("2016-03-10 13:00", crimes=0), until=UNTIL)
    assert closed.course("incident-closed-unresolved") == [
        "2016-03-10T12:00:00.000Z BREACHED",
        "2016-03-10T13:00:00.000Z WITHDRAWN CORRECTED",
    ]
    none = given("2016-03-11 11:00", crimes=0, system="CATS", ref="r/1")
    assert status("referral-unlinked", referral(NOON), none) == "WITHDRAWN CORRECTED"
    assert status("referral-unlinked", referral(NOON, crimes_expected=1), none) == "WITHDRAWN MET_IN_TIME"


def test_a_crime_disclosed_after_the_limit_is_missed_at_once() -> None:
    """The limit runs from the report, whoever says so when."""
    late = given("2016-03-15 13:00", role="AUDITOR", system="SENTINEL", ref="a 1")
    assert run(asb_report(NOON), late, until=UNTIL).course("asb-crime-not-recorded") == [
        "2016-03-15T13:00:00.000Z BREACHED"
    ]
    alert = run(saved(NOON, 1), given("2016-03-11 13:00", crimes=0), until=UNTIL).alert("crime-not-recorded")
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", HOUR)


def test_no_word_that_there_is_no_crime_answers_a_report_of_rape() -> None:
    """Only a crime, an N100 or a duplicate does; one that a person calls a rape is met by an N100."""
    rape = {"offence_class": "RAPE"}
    ruling = given("2016-03-10 12:10", "F1", "FCR", 0)
    assert status("rape-not-recorded", saved(NOON, 1, **rape), ruling) == "BREACHED"
    called = given("2016-03-10 12:10", "F1", "FCR", 1, **rape)
    n100 = crime("2016-03-10 12:50", offence_code="N100/01", incident_refs=("I-1",), **rape)
    assert status("rape-not-recorded", saved(NOON, 1), called) == "BREACHED"
    assert status("rape-not-recorded", saved(NOON, 1), called, n100) is None


@pytest.mark.parametrize(("reader", "ends"), [("FCR", "CLEARED REMEDIED"), ("FIRST", "BREACHED")])
def test_the_registrars_reading_alone_audits_a_referral(reader: str, ends: str) -> None:
    """At its event_time, here a day late."""
    read = reading("2016-03-25 12:00", "CATS", "R-1", reader=reader)
    assert status("referral-not-audited", referral(NOON, vulnerable=("CHILD",)), read) == ends


# -- what feeds lack -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacks", "decision", "ends"),
    [
        (("avi",), {"reason": "C2", "avi": (), "rationale": None}, "BREACHED"),
        (("avi", "rationale"), {"reason": "C2", "avi": (), "rationale": None}, None),
        (("rationale",), {"reason": "C4", "rationale": " "}, None),
        (("receiving_ref",), {"reason": "C1"}, None),
        (("duplicate_of",), {"reason": "C3"}, None),
        (("duplicate_of",), {"reason": "C3", "duplicate_of": "C-9"}, "BREACHED"),
        (("offence_code",), {"reason": "C5"}, "BREACHED"),
        (("independent",), {"independent": None}, None),
        (("independent",), {"independent": False}, "BREACHED"),
        (("decided_by_role",), {"decided_by_role": None, "independent": None}, None),
    ],
)
def test_a_cancelled_crime_counts_where_nobody_can_fault_the_decision(
    lacks: tuple[str, ...], decision: dict[str, Any], ends: str | None
) -> None:
    """What the decision states all the same counts against it, and so does the crime's own code."""
    snapshots = (
        saved(NOON, 1),
        RECORDED,
        crime("2016-03-11 11:00", recorded_at=RECORDED.recorded_at, status="CANCELLED", incident_refs=("I-1",)),
        no_crime("2016-03-11 11:00", **decision),
    )
    assert status("crime-not-recorded", *snapshots) == "BREACHED"
    assert status("crime-not-recorded", *snapshots, book=lacking(NO_CRIMES, *lacks)) == ends


def test_what_was_stated_once_still_decides_a_rule_but_is_not_asked_for_again() -> None:
    """A rule is left unjudged where a field was always empty; a condition is left out where it is empty now."""
    told = saved(NOON, 1, **NOT_A_CRIME)
    blank = saved("2016-03-10 13:00", 1, **{**NOT_A_CRIME, "disposition_rationale": None})
    assert status("crime-not-recorded", told, blank) == "BREACHED"
    assert status("crime-not-recorded", told, blank, book=lacking(STORM, "disposition_rationale")) is None
    rape: dict[str, Any] = {"offence_class": "RAPE"}
    seen = saved(NOON, **rape, overseen_at=ms(NOON) + HOUR // 2)
    book = lacking(STORM, "overseen_at")
    assert status("rape-not-overseen", seen, saved("2016-03-10 12:40", **rape), book=book) == "BREACHED"
    assert status("rape-not-overseen", saved(NOON, **rape), book=book) is None


def test_a_report_is_judged_from_when_its_lacking_field_is_stated_after_all() -> None:
    """The breach that happened is on the record then."""
    stated = saved("2016-03-15 13:00", 0)
    outcome = run(saved(NOON), stated, until=UNTIL, book=lacking(STORM, "crimes_expected"))
    assert outcome.course("report-undecided") == ["2016-03-15T13:00:00.000Z CLEARED REMEDIED"]


@pytest.mark.parametrize("noon", ["2016-03-10 23:59", "2016-03-11 00:00"])
def test_decisions_and_rules_go_by_their_own_time(noon: str) -> None:
    """From the local midnight of an amendment on, by decided_at, whatever the crime's own time."""
    dated = policy(
        f'[lacks]\n"{NO_CRIMES}" = ["decided_by_role"]\n'
        f'[[amendment]]\nfrom = 2016-03-11\noff = ["decision-maker-untrained"]\n[amendment.lacks]\n"{NO_CRIMES}" = []'
    )
    outcome = run(crime(NOON), no_crime(noon, decided_by_role=None), until=UNTIL, book=dated)
    before = noon < "2016-03-11"
    assert (outcome.status("no-crime-unauthorised") is None) is before
    untrained = {
        (a.discriminator or "").partition("|")[0] for a in outcome.alerts if a.rule_id == "decision-maker-untrained"
    }
    assert untrained == ({"RECORDING", "NO_CRIME"} if before else {"RECORDING"})
