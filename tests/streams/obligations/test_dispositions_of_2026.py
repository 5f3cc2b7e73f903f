"""What answers a report from 2026-04-01 on, and no longer does: seen through the rules that ask for it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.identifiers import IncidentRef
from schemas.records import Crime, Incident, Snapshot
from streams.engine.cases import case
from streams.engine.monitor import Monitor
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    MINUTE,
    Outcome,
    Time,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    policy,
    referral,
    run,
)

RULE = "crime-not-recorded"
BEFORE = ms("2026-03-31 22:59:59.999")
FROM = ms("2026-03-31 23:00")
"""Midnight in London."""
TODAY = ms("2026-04-14 08:00")
RELATED: dict[str, Any] = {
    "disposition": "CRIME_RELATED_INCIDENT",
    "disposition_rationale": "victim will not confirm",
    "reporter_informed": True,
}
RAPE: dict[str, Any] = {"offence_class": "RAPE"}
N100: dict[str, Any] = {"disposition": "N100", "n100_code": "N100/01"}


def closed(reported_at: Time = TODAY, **stated: Any) -> Incident:
    """Return an incident that disclosed a crime and was closed at once."""
    return incident(reported_at, **{"crimes_expected": 1, "status": "CLOSED", **stated})


def later(reported_at: int, hours: int, **stated: Any) -> Incident:
    """Return what STORM saved of the same incident some hours later."""
    return incident(
        reported_at + hours * HOUR, reported_at=reported_at, **{"crimes_expected": 1, "status": "CLOSED", **stated}
    )


def status(rule: str, *snapshots: Snapshot, book: Any = BUILT_IN) -> str | None:
    """Return how a rule's alert stands in the end, a month on."""
    return outcome(*snapshots, book=book).status(rule)


def outcome(*snapshots: Snapshot, book: Any = BUILT_IN) -> Outcome:
    """Return what is said a month on."""
    return run(*snapshots, until=max(s.event_time for s in snapshots) + 30 * DAY, book=book)


# -- crime related incidents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reporter", ["VICTIM", "PARENT_CARER", "PROFESSIONAL"])
@pytest.mark.parametrize(("reported_at", "valid"), [(BEFORE, True), (FROM, False), (FROM + 1, False)])
def test_a_victims_report_is_no_mere_crime_related_incident(reporter: str, reported_at: int, valid: bool) -> None:
    """By the time of report, to the millisecond: CRR, Crime Related Incidents 1, is of other reporters."""
    snapshot = closed(reported_at, reporter=reporter, **RELATED)
    assert status(RULE, snapshot) == (None if valid else "BREACHED")
    assert status("incident-closed-unresolved", snapshot) == (None if valid else "BREACHED")


@pytest.mark.parametrize(
    ("stated", "valid"),
    [
        ({"reporter": "OTHER"}, True),
        ({"other_force_crime_ref": "N/1"}, True),
        ({"other_force_crime_ref": " "}, False),
        ({"fcr_oversight": True}, True),
        ({"fcr_oversight": True, "disposition_rationale": " "}, False),
        ({"fcr_oversight": True, "reporter_informed": False}, False),
        ({"other_force_crime_ref": "N/1", "disposition_rationale": None}, False),
        ({"other_force": "NOTTS"}, False),
        ({"disposition": "NOT_A_CRIME"}, True),
    ],
)
def test_another_forces_crime_or_the_registrars_oversight_makes_it_valid(stated: dict[str, Any], valid: bool) -> None:
    """CRR, Crime Related Incidents, 1 to 3; a rationale and telling the reporter are asked for as ever."""
    assert status(RULE, closed(**{**RELATED, **stated})) == (None if valid else "BREACHED")


def test_a_reporter_stated_once_to_be_the_victim_stays_one() -> None:
    """Overwriting the reporter makes it no crime related incident; nor does it become one once the victim speaks."""
    overwritten = later(TODAY, 1, reporter="OTHER", **RELATED)
    assert status(RULE, incident(TODAY, crimes_expected=1), overwritten) == "BREACHED"
    bystander = incident(TODAY, crimes_expected=1, reporter="OTHER")
    told = run(bystander, overwritten, later(TODAY, 2, reporter="VICTIM", **RELATED), until=TODAY + 2 * DAY)
    assert told.course("incident-closed-unresolved") == ["2026-04-14T10:00:00.000Z BREACHED"]


def test_it_is_valid_from_the_snapshot_with_oversight() -> None:
    """Disposed of late, by the snapshot that stated it; and breached again when it is taken back."""
    overseen = later(TODAY, 30, **RELATED, fcr_oversight=True)
    done = outcome(closed(**RELATED), overseen)
    alert = done.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", 6 * HOUR)
    assert status(RULE, closed(**RELATED), overseen, later(TODAY, 40, **RELATED)) == "BREACHED"


@pytest.mark.parametrize(
    ("lacks", "unverified"),
    [
        (["fcr_oversight"], "fcr_oversight"),
        (["other_force_crime_ref"], "other_force_crime_ref"),
        (["reporter_informed"], None),
    ],
)
def test_what_the_feed_lacks_is_not_held_against_it(lacks: list[str], unverified: str | None) -> None:
    """It is valid and unverified, which its case says."""
    book = policy(f'[lacks]\n"storm.incidents.v1" = {lacks}'.replace("'", '"'))
    snapshot = closed(**RELATED)
    assert status(RULE, snapshot, book=book) == (None if unverified else "BREACHED")
    assert summary(snapshot, book=book).get("unverified") == unverified


def summary(*snapshots: Snapshot, book: Any = BUILT_IN) -> dict[str, str]:
    """Return the case of the incident."""
    monitor = Monitor(FORCE, book)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(TODAY + DAY)
    incidents = monitor.context.facts.incidents
    return {fact.name: fact.value for fact in case(monitor.context, incidents[IncidentRef("I-1")]).summary}


def test_the_case_and_the_alert_say_why_it_is_not_valid() -> None:
    """In words, and only where it would have been valid before."""
    why = "reported by or for the victim, without another force's crime or the registrar's oversight"
    assert summary(closed(**RELATED))["not_valid"] == why
    alert = outcome(closed(**RELATED)).alert(RULE)
    assert alert is not None
    assert [fact.value for fact in alert.facts if fact.name == "not_valid"] == [why]
    for snapshot in (
        closed(),
        closed(**{**RELATED, "reporter_informed": False}),
        closed(**RELATED, fcr_oversight=True),
    ):
        assert "not_valid" not in summary(snapshot)


# -- closing codes that are no report, and duplicates ------------------------------------------------------------------


@pytest.mark.parametrize("closing_code", ["MESSAGES", "DUPLICATE", "CONTACT RECORD", "admin-error"])
@pytest.mark.parametrize("opening_code", ["VIOLENCE", "ASB-PERSONAL", "DOMESTIC INCIDENT", "CONCERN FOR SAFETY"])
@pytest.mark.parametrize(("reported_at", "excused"), [(BEFORE, True), (FROM, False)])
def test_a_closing_code_of_no_report_excuses_no_report(
    closing_code: str, opening_code: str, reported_at: int, excused: bool
) -> None:
    """By the time of report: who opened it as a report has to say what became of it."""
    snapshot = closed(reported_at, crimes_expected=None, opening_code=opening_code, closing_code=closing_code)
    expected = None if excused else "BREACHED"
    assert status("report-undecided", snapshot) == status("incident-closed-unresolved", snapshot) == expected


@pytest.mark.parametrize("opening_code", ["MESSAGES", "TRANSPORT", "ALARM", "CIVIL DISPUTE"])
def test_what_was_opened_as_no_report_is_excused_as_before(opening_code: str) -> None:
    """The opening code is on the list of no reports, or on neither."""
    snapshot = closed(crimes_expected=None, opening_code=opening_code, closing_code="MESSAGES")
    assert status("report-undecided", snapshot) is status("incident-closed-unresolved", snapshot) is None


@pytest.mark.parametrize("disposition", [None, "DUPLICATE"])
@pytest.mark.parametrize(
    ("duplicate_of", "other", "excused"),
    [
        ("I-2", {}, True),
        ("i 2", {}, True),
        ("I-2", {"disposition": "DUPLICATE"}, False),
        ("I-9", {}, False),
        ("I-1", {}, False),
        (None, {}, False),
    ],
)
def test_a_duplicate_is_one_by_the_incident_it_names(
    disposition: str | None, duplicate_of: str | None, other: dict[str, Any], excused: bool
) -> None:
    """Another that STORM holds and that is itself none, whether the code says so or the disposition too."""
    original = incident(TODAY, "I-2", crimes_expected=0, **other)
    snapshot = closed(
        crimes_expected=None, closing_code="DUPLICATE", duplicate_of=duplicate_of, disposition=disposition
    )
    expected = None if excused else "BREACHED"
    watched = outcome(original, snapshot)
    for rule in ("report-undecided", "incident-closed-unresolved"):
        alert = watched.alert(rule)
        assert (alert and alert.status) == expected


def test_a_duplicate_fails_once_the_other_is_one_itself() -> None:
    """The other incident is read anew, and so is this one."""
    original = incident(TODAY, "I-2", crimes_expected=0)
    turned = incident(TODAY + 3 * HOUR, "I-2", reported_at=TODAY, crimes_expected=0, disposition="DUPLICATE")
    snapshot = closed(crimes_expected=None, closing_code="DUPLICATE", duplicate_of="I-2")
    assert outcome(original, snapshot, turned).course("incident-closed-unresolved") == [
        "2026-04-14T11:00:00.000Z BREACHED"
    ]


def test_which_incident_it_duplicates_may_be_lacking() -> None:
    """Where STORM has no place for it, its emptiness says nothing."""
    book = policy('[lacks]\n"storm.incidents.v1" = ["duplicate_of"]')
    snapshot = closed(crimes_expected=None, closing_code="DUPLICATE")
    assert status("incident-closed-unresolved", snapshot, book=book) is None


def test_the_case_says_why_a_closing_code_excuses_nothing() -> None:
    """In words."""
    snapshot = closed(crimes_expected=None, closing_code="MESSAGES")
    assert summary(snapshot)["not_valid"].startswith("opened as a report of crime, closed under a code that is not one")


# -- N100 ----------------------------------------------------------------------------------------------------------


def n100(at: int, **linked: Any) -> Crime:
    """Return a record under N100."""
    return crime(at, offence_code="N100/01", **RAPE, **linked)


@pytest.mark.parametrize(("reported_at", "valid"), [(BEFORE, True), (FROM, False)])
@pytest.mark.parametrize("rule", ["rape-not-recorded", RULE, "incident-closed-unresolved"])
def test_n100_typed_on_an_incident_meets_nothing(reported_at: int, valid: bool, rule: str) -> None:
    """By the time of report; what is typed on the log is recorded nowhere."""
    assert status(rule, closed(reported_at, **RAPE, **N100)) == (None if valid else "BREACHED")
    assert status(rule, closed(reported_at, **RAPE, **N100), n100(reported_at, incident_refs=("I-1",))) is None


def test_only_an_incident_of_rape_is_met_by_an_n100_record() -> None:
    """As it was, at the record's recorded_at."""
    snapshot = closed(offence_class="SEXUAL")
    assert status(RULE, snapshot, n100(TODAY, incident_refs=("I-1",))) == "BREACHED"
    late = outcome(closed(**RAPE), n100(TODAY + 2 * HOUR, incident_refs=("I-1",))).alert("rape-not-recorded")
    assert late is not None
    assert (late.status, late.reason, late.lateness_ms) == ("CLEARED", "DISPOSED_LATE", HOUR)
    assert "not_valid" not in summary(closed(**RAPE))
    assert summary(closed(**RAPE, **N100))["not_valid"] == "N100 is recorded in CIS, not on the incident"


@pytest.mark.parametrize(
    ("received_at", "offence_class", "changes", "met"),
    [
        (BEFORE, "RAPE", {}, False),
        (FROM, "RAPE", {}, True),
        (FROM, "SEXUAL", {}, False),
        (FROM, None, {}, False),
        (FROM, "RAPE", {"status": "CANCELLED"}, False),
    ],
)
def test_an_n100_record_meets_a_referral_of_rape(
    received_at: int, offence_class: str | None, changes: dict[str, Any], met: bool
) -> None:
    """From 2026-04-01, where the report's own class is RAPE; linked by CIS or by CATS."""
    record = crime(received_at + MINUTE, **{"offence_code": "100/01", **RAPE, "referral_refs": ("R-1",), **changes})
    reported = referral(received_at, offence_class=offence_class)
    assert status("referral-unlinked", reported, record) == (None if met else "BREACHED")


def test_an_n100_record_meets_a_referral_that_a_person_calls_a_rape() -> None:
    """The class is the assessment's, and the record's recorded_at is when it was met."""
    judged = assessment(TODAY + HOUR, "CATS", "R-1", crimes=1, offence_class="RAPE")
    record = n100(TODAY + 25 * HOUR, referral_refs=("R-1",))
    alert = outcome(referral(TODAY), judged, record).alert("referral-unlinked")
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", HOUR)


def test_an_n100_record_meets_no_asb_report() -> None:
    """Whatever its class."""
    reported = asb_report(TODAY, crimes_expected=1, **RAPE)
    assert status("asb-crime-not-recorded", reported, n100(TODAY, asb_refs=("A-1",))) == "BREACHED"
