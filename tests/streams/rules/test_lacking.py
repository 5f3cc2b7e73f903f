"""Unknown is not no: what a feed lacks raises nothing, and what it states all the same counts as ever."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from schemas.records import Snapshot
from streams.policy import PolicyBook
from streams.rules import RULES
from tests.streams.world import (
    UNVERIFIED_AVI,
    asb_report,
    assessment,
    call,
    crime,
    disposal,
    incident,
    no_crime,
    policy,
    protection_report,
    referral,
    run,
)

NOON, LATE = "2016-03-10 12:00", "2016-03-29 12:00"
UNTIL = "2016-04-30"
STORM, CIS, NO_CRIMES = "storm.incidents.v1", "cis.crimes.v1", "cis.no-crimes.v1"
DISPOSALS, CMC = "cis.disposals.v1", "cmc.calls.v1"


def lacking(feed: str, *fields: str, rest: str = "") -> PolicyBook:
    """Return a policy under which a feed lacks fields."""
    return policy(f'[lacks]\n"{feed}" = {list(fields)}\n{rest}'.replace("'", '"'))


class Unjudged(NamedTuple):
    """Snapshots on which a rule raises an alert, and by lack of what it is not judged on them."""

    rule: str
    snapshots: tuple[Snapshot, ...]
    feed: str
    lacks: tuple[str, ...]
    book: str = ""


RAPE = {"offence_class": "RAPE"}
CANCELLED = crime("2016-03-10 13:00", status="CANCELLED")
REVIEWED = {"reviewed_at": "2016-03-11", "pnc_checked_at": "2016-03-11"}
UNJUDGED = [
    Unjudged("report-undecided", (incident(NOON),), STORM, ("crimes_expected",)),
    Unjudged("report-undecided", (asb_report(NOON),), "sentinel.asb-reports.v1", ("crimes_expected",)),
    Unjudged("incident-closed-unresolved", (incident(NOON, status="CLOSED"),), STORM, ("crimes_expected",)),
    Unjudged("rape-not-overseen", (incident(NOON, **RAPE),), STORM, ("overseen_at",)),
    Unjudged("rape-not-overseen", (incident(NOON, **RAPE),), STORM, ("overseen_role",)),
    Unjudged(
        "other-force-unconfirmed",
        (incident(NOON, status="CLOSED", other_force="NOTTS"),),
        STORM,
        ("other_force_crime_ref",),
    ),
    Unjudged("assessment-overdue", (incident(NOON),), STORM, ("assessed_at",)),
    Unjudged("assessment-overdue", (incident(NOON),), STORM, ("officer_dispatched",)),
    Unjudged("no-crime-unauthorised", (no_crime(NOON, decided_by_role=None),), NO_CRIMES, ("decided_by_role",)),
    Unjudged("no-crime-unauthorised", (no_crime(NOON, independent=None),), NO_CRIMES, ("independent",)),
    Unjudged("no-crime-victim-uninformed", (CANCELLED, no_crime(NOON)), NO_CRIMES, ("victim_informed_at",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, avi=(), rationale=None),), NO_CRIMES, ("avi", "rationale")),
    Unjudged("no-crime-unsupported", (no_crime(NOON, avi=()),), NO_CRIMES, ("avi",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, rationale=" "),), NO_CRIMES, ("rationale",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, reason="C1"),), NO_CRIMES, ("receiving_ref",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, reason="C3"),), NO_CRIMES, ("duplicate_of",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, reason="C4", rationale=None),), NO_CRIMES, ("rationale",)),
    Unjudged("no-crime-unsupported", (no_crime(NOON, reason="C5"),), NO_CRIMES, ("offence_code",)),
    Unjudged("rape-recorded-by-specialist", (crime(NOON, **RAPE, recorded_by_role=None),), CIS, ("recorded_by_role",)),
    Unjudged(
        "rape-closed-unreviewed",
        (crime(NOON, **RAPE, closed_at=NOON, oversight_di="D1"),),
        CIS,
        ("closure_reviewed_role", "outcome_role"),
    ),
    Unjudged(
        "rape-closed-unreviewed",
        (crime(NOON, **RAPE, closed_at=NOON, closure_reviewed_role="DCI"),),
        CIS,
        ("oversight_di",),
    ),
    Unjudged("victim-contract-missing", (crime(NOON, victim_token="V"),), CIS, ("victim_care_contract_at",)),
    Unjudged(
        "victim-support-not-referred",
        (crime(NOON, victim_consents_support=True),),
        CIS,
        ("victim_support_referred_at",),
    ),
    Unjudged(
        "disposal-implications-unexplained",
        (disposal(NOON, implications_explained=None),),
        DISPOSALS,
        ("implications_explained",),
    ),
    Unjudged(
        "disposal-victim-not-consulted",
        (disposal(NOON, victim_present=True),),
        DISPOSALS,
        ("victim_consulted",),
    ),
    Unjudged(
        "disposal-outcome-inadequate",
        (disposal(NOON, kind="COMMUNITY_RESOLUTION", outcome_meaningful=None),),
        DISPOSALS,
        ("outcome_meaningful",),
    ),
    Unjudged("disposal-unreviewed", (disposal(NOON),), DISPOSALS, ("reviewed_at",)),
    Unjudged("disposal-unreviewed", (disposal(NOON, reviewed_at=NOON),), DISPOSALS, ("pnc_checked_at",)),
    Unjudged("disposal-unreviewed", (disposal(NOON, **REVIEWED, form_attached=None),), DISPOSALS, ("form_attached",)),
    Unjudged("call-review-overdue", (call(LATE),), CMC, ("reviewed_at",)),
    Unjudged("call-review-overdue", (call(LATE, reviewed_at=LATE),), CMC, ("ncrs_compliant",)),
    Unjudged("dispute-undecided", (crime(NOON, dispute_raised_at=NOON),), CIS, ("dispute_decided_at",)),
    Unjudged(
        "dispute-undecided",
        (crime(NOON, dispute_raised_at=NOON, dispute_decided_at=NOON),),
        CIS,
        ("dispute_decided_role",),
    ),
    Unjudged("decision-maker-untrained", (crime(NOON, recorded_by=None),), CIS, ("recorded_by",)),
]
NAMES = [f"{case.rule}-{'+'.join(case.lacks)}" for case in UNJUDGED]


@pytest.mark.parametrize("case", UNJUDGED, ids=NAMES)
def test_what_a_feed_lacks_raises_nothing(case: Unjudged) -> None:
    """The same snapshots raise an alert where the feed holds the field, and none where it lacks it."""
    assert run(*case.snapshots, until=UNTIL).alert(case.rule) is not None
    assert run(*case.snapshots, until=UNTIL, book=lacking(case.feed, *case.lacks)).alert(case.rule) is None


@pytest.mark.parametrize("case", UNJUDGED, ids=NAMES)
def test_what_another_feed_or_another_force_lacks_is_no_excuse(case: Unjudged) -> None:
    """Only what the record's own feed lacks, at this force, is unknown."""
    elsewhere = policy(f'[lacks_by_force.KENT]\n"{case.feed}" = {list(case.lacks)}'.replace("'", '"'))
    assert run(*case.snapshots, until=UNTIL, book=elsewhere).alert(case.rule) is not None
    here = policy(f'[lacks_by_force.LEICS]\n"{case.feed}" = {list(case.lacks)}'.replace("'", '"'))
    assert run(*case.snapshots, until=UNTIL, book=here).alert(case.rule) is None


@pytest.mark.parametrize("case", UNJUDGED, ids=NAMES)
def test_what_a_feed_lacks_goes_by_the_time_of_the_record(case: Unjudged) -> None:
    """A feed that has held the field since before the record came is taken at its word."""
    held = f'[[amendment]]\nfrom = 2016-03-10\n[amendment.lacks]\n"{case.feed}" = []'
    assert run(*case.snapshots, until=UNTIL, book=lacking(case.feed, *case.lacks, rest=held)).alert(case.rule)
    later = held.replace("2016-03-10", "2016-03-30")
    assert run(*case.snapshots, until=UNTIL, book=lacking(case.feed, *case.lacks, rest=later)).alert(case.rule) is None


STATED: list[tuple[str, str, str, Snapshot]] = [
    ("crime-not-recorded", STORM, "crimes_expected", incident(NOON, crimes_expected=1)),
    ("assessment-overdue", STORM, "officer_dispatched", incident(NOON, officer_dispatched=False)),
    ("no-crime-unauthorised", NO_CRIMES, "decided_by_role", no_crime(NOON, decided_by_role="SERGEANT")),
    ("no-crime-unauthorised", NO_CRIMES, "independent", no_crime(NOON, independent=False)),
    ("no-crime-unsupported", NO_CRIMES, "avi", no_crime(NOON, offence_class="ROBBERY", avi=UNVERIFIED_AVI)),
    ("no-crime-unsupported", NO_CRIMES, "rationale", no_crime(NOON, avi=())),
    ("no-crime-unsupported", NO_CRIMES, "offence_code", no_crime(NOON, reason="C5", offence_code="39")),
    ("rape-recorded-by-specialist", CIS, "recorded_by_role", crime(NOON, **RAPE, recorded_by_role="SPECIALIST")),
    (
        "disposal-implications-unexplained",
        DISPOSALS,
        "implications_explained",
        disposal(NOON, implications_explained=False),
    ),
]


@pytest.mark.parametrize(("rule", "feed", "field", "snapshot"), STATED)
def test_what_is_stated_all_the_same_counts_as_ever(rule: str, feed: str, field: str, snapshot: Snapshot) -> None:
    """The policy says what a feed lacks as a rule, not what one record says."""
    assert run(snapshot, until=UNTIL, book=lacking(feed, field)).alert(rule) == _same(rule, snapshot)


def _same(rule: str, snapshot: Snapshot) -> object:
    return run(snapshot, until=UNTIL, book=policy("")).alert(rule)


def test_a_field_stated_once_is_no_longer_unknown() -> None:
    """A rule is left unjudged only where the record always left the field empty."""
    book = lacking(STORM, "crimes_expected")
    decided_then_blank = (
        incident(NOON, crimes_expected=0),
        incident("2016-03-10 13:00", reported_at=NOON, status="CLOSED"),
    )
    assert run(*decided_then_blank, until=UNTIL, book=book).status("incident-closed-unresolved") == "BREACHED"


@pytest.mark.parametrize(
    ("disposition", "lacks"),
    [
        ({"disposition": "NOT_A_CRIME", "reporter_informed": True}, ("disposition_rationale",)),
        ({"disposition": "NOT_A_CRIME", "disposition_rationale": "seen"}, ("reporter_informed",)),
        ({"disposition": "CRIME_RELATED_INCIDENT"}, ("reporter_informed", "disposition_rationale")),
        ({"disposition": "EXEMPT", "disposition_rationale": "seen"}, ("fcr_oversight",)),
        ({"disposition": "TRANSFERRED"}, ("other_force_crime_ref",)),
        ({"disposition": "DUPLICATE"}, ("duplicate_of",)),
        ({"disposition": "N100", **RAPE}, ("n100_code",)),
    ],
)
def test_a_disposition_asks_for_nothing_that_the_feed_lacks(
    disposition: dict[str, Any], lacks: tuple[str, ...]
) -> None:
    """It is valid then, and nobody can check it; what the feed holds it still asks for."""
    closed = incident(NOON, crimes_expected=1, status="CLOSED", **disposition)
    assert run(closed, until=UNTIL).status("crime-not-recorded") == "BREACHED"
    assert run(closed, until=UNTIL, book=lacking(STORM, *lacks)).alert("crime-not-recorded") is None
    if len(lacks) > 1:
        assert run(closed, until=UNTIL, book=lacking(STORM, lacks[0])).status("crime-not-recorded") == "BREACHED"


def test_a_reporter_stated_not_to_be_informed_is_not_informed() -> None:
    """No is an answer, whatever the feed lacks."""
    closed = incident(
        NOON, crimes_expected=1, disposition="NOT_A_CRIME", disposition_rationale="seen", reporter_informed=False
    )
    assert run(closed, until=UNTIL, book=lacking(STORM, "reporter_informed")).status("crime-not-recorded") == "BREACHED"


def test_a_delay_asks_for_nothing_that_the_feed_lacks() -> None:
    """Recording is then due a week later."""
    delayed = incident(NOON, crimes_expected=1, disposition="DELAYED", disposition_rationale="victim in surgery")
    book = lacking(STORM, "fcr_oversight")
    alert = run(delayed, until=UNTIL, book=book).alert("crime-not-recorded")
    assert alert is not None
    assert alert.due_at is not None
    undelayed = run(delayed, until=UNTIL).alert("crime-not-recorded")
    assert undelayed is not None
    assert undelayed.due_at is not None
    assert alert.due_at - undelayed.due_at == 7 * 86_400_000


def test_a_referral_with_neither_crime_nor_decision_is_always_judged() -> None:
    """Finding those is what the program is for, whatever CATS lacks."""
    book = lacking("cats.referrals.v1", "crimes_expected")
    assert run(referral(NOON), until=UNTIL, book=book).status("referral-unlinked") == "BREACHED"


def test_a_protection_report_is_judged_once_it_is_known_what_it_discloses() -> None:
    """Nobody knows of one whose system does not say; it may say so all the same, and so may a person."""
    lacked = 'feeds = ["storm.incidents.v1", "cis.crimes.v1", "cats.referrals.v1", "ppn.reports.v1"]'
    book = policy(f'[installation]\n{lacked}\n[lacks]\n"ppn.reports.v1" = ["crimes_expected", "offence_class"]')
    report = protection_report(NOON, decision="CRIMED")
    assert run(report, until=UNTIL, book=book).alert("referral-unlinked") is None
    for known in (
        protection_report("2016-03-10 13:00", received_at=NOON, crimes_expected=1),
        assessment("2016-03-10 13:00", "PPN", "PR-1", crimes=1),
    ):
        assert run(report, known, until=UNTIL, book=book).status("referral-unlinked") == "BREACHED"
    nothing = assessment("2016-03-10 13:00", "PPN", "PR-1", crimes=0)
    assert run(report, nothing, until=UNTIL, book=book).alert("referral-unlinked") is None
    linked = crime("2016-03-10 12:10", referral_refs=("PR-1",))
    assert run(report, linked, until=UNTIL, book=book).alert("offence-misclassified") is None


def test_a_crime_counts_whose_cancellation_nobody_can_fault() -> None:
    """It raises neither no-crime rule, so the report it was recorded for was recorded."""
    snapshots = (
        incident(NOON, crimes_expected=1, crime_refs=("C-1",)),
        crime("2016-03-10 13:00"),
        crime("2016-03-11 13:00", recorded_at="2016-03-10 13:00", status="CANCELLED"),
        no_crime("2016-03-11 13:00", decided_by_role=None),
    )
    known = run(*snapshots, until=UNTIL)
    assert known.status("no-crime-unauthorised") == known.status("crime-not-recorded") == "BREACHED"
    outcome = run(*snapshots, until=UNTIL, book=lacking(NO_CRIMES, "decided_by_role"))
    assert outcome.alert("no-crime-unauthorised") is outcome.alert("crime-not-recorded") is None


def test_every_rule_that_a_field_decides_says_so() -> None:
    """The rules that name deciding fields are the contract's."""
    named = {rule.id for rule in RULES.values() if rule.decided_by}
    assert named == {
        "report-undecided",
        "rape-not-recorded",
        "rape-not-overseen",
        "offence-misclassified",
        "other-force-unconfirmed",
        "assessment-overdue",
        "referral-unlinked",
        "no-crime-unauthorised",
        "no-crime-unsupported",
        "no-crime-victim-uninformed",
        "rape-recorded-by-specialist",
        "rape-closed-unreviewed",
        "victim-contract-missing",
        "victim-support-not-referred",
        "partner-referral-unactioned",
        "disposal-implications-unexplained",
        "disposal-victim-not-consulted",
        "disposal-outcome-inadequate",
        "disposal-unreviewed",
        "call-review-overdue",
        "dispute-undecided",
        "crime-recorded-late",
        "crime-reclassified",
    }
