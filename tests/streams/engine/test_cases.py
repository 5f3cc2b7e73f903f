"""The case view: what each system holds on one matter, shown anew whenever that or its links change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.products import Case
from schemas.records import AsbReport, Call, Crime, Disposal, Incident, NoCrime, Referral, Snapshot
from streams.engine.cases import MOMENT_FIELD, OPTIONAL_FIELDS, SUMMARY_FIELDS
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    asb_report,
    assessment,
    call,
    crime,
    disposal,
    incident,
    link,
    ms,
    no_crime,
    policy,
    protection_report,
    referral,
)

NOON = ms("2016-03-10 12:00")


class Watched:
    """A monitor, and the cases it has published."""

    def __init__(self, *, clock: type[Clock] = StreamClock) -> None:
        self.monitor = Monitor(FORCE, BUILT_IN, clock=clock)

    def receives(self, *snapshots: Snapshot) -> dict[str, Case | None]:
        """Return the cases published of snapshots that all take effect."""
        for snapshot in snapshots:
            self.monitor.apply(snapshot, snapshot.event_time)
        return self.advances(max(snapshot.event_time for snapshot in snapshots))

    def advances(self, until: int) -> dict[str, Case | None]:
        """Return the cases published as the clock goes to a moment."""
        self.monitor.advance(until)
        return {key.decode(): case for key, case in self.monitor.drain().cases.items()}


def case_of(key: str, *snapshots: Snapshot) -> Case:
    """Return the one case published of these snapshots under a key."""
    case = Watched().receives(*snapshots)[f"{FORCE}|{key}"]
    assert case is not None
    return case


def summary(case: Case) -> dict[str, str]:
    """Return what a case says now."""
    return {fact.name: fact.value for fact in case.summary}


def linked(case: Case | None) -> set[tuple[str, str]]:
    """Return what a case names."""
    assert case is not None
    return {(other.system, other.ref) for other in case.linked}


# -- what it says --------------------------------------------------------------------------------------------------


def test_a_case_says_what_the_newest_snapshot_does_and_since_when_the_record_is_there() -> None:
    """Under the reference as it was first written."""
    opened = incident(NOON, "i/1", event_id="e-1")
    closed = incident(NOON + HOUR, "I-1", event_id="e-2", reported_at=NOON, status="CLOSED", closed_at=NOON + HOUR)
    case = case_of("STORM|incident|I-1", opened, closed)
    assert (case.ref, case.normalised_ref, case.system, case.topic) == ("i/1", "I-1", "STORM", "storm.incidents.v1")
    assert (case.event_id, case.event_time, case.first_event_time, case.snapshots) == ("e-2", NOON + HOUR, NOON, 2)
    assert summary(case)["status"] == "CLOSED"
    assert summary(case)["closed_at"] == "2016-03-10T13:00:00.000Z"
    assert summary(case)["disposition"] == "not stated"
    assert {fact.event_id for fact in case.summary} == {"e-2"}


@pytest.mark.parametrize(
    ("key", "snapshot"),
    [
        ("STORM|incident|I-1", incident(NOON)),
        ("CIS|crime|C-1", crime(NOON)),
        ("CIS|disposal|D-1", disposal(NOON)),
        ("CATS|referral|R-1", referral(NOON)),
        ("PPN|protection-report|PR-1", protection_report(NOON)),
        ("SENTINEL|asb-report|A-1", asb_report(NOON)),
        ("CMC|call|K-1", call(NOON)),
    ],
)
def test_every_system_with_matters_of_its_own_has_cases(key: str, snapshot: Snapshot) -> None:
    """One record, one case, under system, kind and normalised reference."""
    assert Watched().receives(snapshot).keys() == {f"{FORCE}|{key}"}


@pytest.mark.parametrize(
    ("key", "plain", "stated", "expected"),
    [
        (
            "CIS|crime|C-1",
            crime(NOON),
            crime(NOON, dispute_raised_at=NOON, dispute_decided_at=NOON + HOUR, dispute_decided_role="FCR"),
            {
                "dispute_raised_at": "2016-03-10T12:00:00.000Z",
                "dispute_decided_at": "2016-03-10T13:00:00.000Z",
                "dispute_decided_role": "FCR",
            },
        ),
        (
            "CIS|crime|C-1",
            crime(NOON),
            crime(
                NOON,
                reported_at=NOON - HOUR,
                route="ONLINE",
                reclassified_at=NOON,
                reclassified_role="DDM",
                fcr_oversight_at=NOON + HOUR,
                outcome="15",
                outcome_at=NOON,
                outcome_role="INSPECTOR",
                domestic_abuse=True,
            ),
            {
                "reclassified_at": "2016-03-10T12:00:00.000Z",
                "reclassified_role": "DDM",
                "fcr_oversight_at": "2016-03-10T13:00:00.000Z",
                "outcome_role": "INSPECTOR",
                "reported_at": "2016-03-10T11:00:00.000Z",
                "route": "ONLINE",
                "outcome": "15",
                "outcome_at": "2016-03-10T12:00:00.000Z",
                "domestic_abuse": "yes",
            },
        ),
        (
            "PPN|protection-report|PR-1",
            protection_report(NOON),
            protection_report(NOON, fcr_audited_at=NOON + HOUR),
            {"fcr_audited_at": "2016-03-10T13:00:00.000Z"},
        ),
        (
            "CATS|referral|R-1",
            referral(NOON),
            referral(NOON, fcr_audited_at=NOON + HOUR),
            {"fcr_audited_at": "2016-03-10T13:00:00.000Z"},
        ),
    ],
)
def test_a_case_says_what_the_registrars_queues_go_by_where_it_is_stated(
    key: str, plain: Snapshot, stated: Snapshot, expected: dict[str, str]
) -> None:
    """A board that reads cases alone can tell who waits for the registrar; the other records carry nothing of it."""
    assert not summary(case_of(key, plain)).keys() & expected.keys()
    assert summary(case_of(key, stated)).items() >= expected.items()


def test_a_case_reads_what_nobody_stated_of_an_officer_as_no() -> None:
    """As before null could be told from false."""
    assert summary(case_of("STORM|incident|I-1", incident(NOON)))["officer_dispatched"] == "no"
    assert (
        summary(case_of("STORM|incident|I-1", incident(NOON, officer_dispatched=True)))["officer_dispatched"] == "yes"
    )


def test_the_moments_of_a_case_are_its_snapshots_and_the_decisions_on_it_in_order() -> None:
    """A crime recorded, no-crimed and cancelled."""
    case = case_of(
        "CIS|crime|C-1",
        crime(NOON + 2 * DAY, status="CANCELLED", event_id="e-3"),
        no_crime(NOON + DAY, event_id="e-2"),
        crime(NOON, event_id="e-1"),
    )
    assert [(moment.event_id, moment.summary) for moment in case.moments] == [
        ("e-1", "status RECORDED"),
        ("e-2", "no-crime C2 by FCR"),
        ("e-3", "status CANCELLED"),
    ]
    assert case.snapshots == 2


FREE_TEXT_OR_PERSON = {
    "location",
    "victim_token",
    "disposition_rationale",
    "decision_rationale",
    "rationale",
    "call_handler",
    "recorded_by",
    "decided_by",
    "reviewed_by",
    "issued_by",
    "overseen_by",
    "attending_officer",
    "offender_id",
    "reporter",
    "agency",
    "oversight_di",
    "closure_reviewed_by",
    "qualifiers",
    "themes",
    "fcr_audit_outcome",
    "officer_in_case",
    "suspect_token",
    "reclassification_rationale",
    "outcome_rationale",
}


def test_no_case_shows_free_text_a_place_or_a_person() -> None:
    """Neither by the field's name nor by what it says."""
    for fields_by_kind in (SUMMARY_FIELDS, OPTIONAL_FIELDS):
        assert not {name for names in fields_by_kind.values() for name in names} & FREE_TEXT_OR_PERSON
    assert not set(MOMENT_FIELD.values()) & FREE_TEXT_OR_PERSON
    secret = "Jane Doe, 1 High Street"

    def full(snapshot: Snapshot) -> Snapshot:
        texts: dict[str, Any] = {name: secret for name in snapshot.__struct_fields__ if name in FREE_TEXT_OR_PERSON}
        texts |= {name: (secret,) for name in ("qualifiers", "themes") if name in texts}
        return msgspec.structs.replace(snapshot, **texts)

    snapshots = [
        full(s) for s in (incident(NOON), crime(NOON), no_crime(NOON), disposal(NOON), referral(NOON), call(NOON))
    ]
    assert {type(s) for s in snapshots} == {Incident, Crime, NoCrime, Disposal, Referral, Call}
    published = Watched().receives(*snapshots, full(asb_report(NOON))).values()
    assert AsbReport.TOPIC in {case.topic for case in published if case}
    assert not any("Jane" in repr(case) for case in published)


# -- what it names -------------------------------------------------------------------------------------------------


def test_a_link_is_shown_at_both_ends_whichever_states_it() -> None:
    """The crime says so, the incident says so, or a person."""
    for saying in (
        (incident(NOON), crime(NOON, incident_refs=("i 1",))),
        (incident(NOON, crime_refs=("c 1",)), crime(NOON)),
        (incident(NOON), crime(NOON), link(NOON)),
    ):
        published = Watched().receives(*saying)
        assert linked(published["LEICS|STORM|incident|I-1"]) == {("CIS", "C-1")}
        assert linked(published["LEICS|CIS|crime|C-1"]) == {("STORM", "I-1")}


def test_a_referral_names_the_crimes_of_the_incident_it_cites() -> None:
    """And the crime names the referral."""
    published = Watched().receives(
        incident(NOON, crime_refs=("C-1",)), crime(NOON), referral(NOON, incident_refs=("I-1",))
    )
    assert linked(published["LEICS|CATS|referral|R-1"]) == {("CIS", "C-1")}
    assert linked(published["LEICS|CIS|crime|C-1"]) == {("STORM", "I-1"), ("CATS", "R-1")}


def test_a_disposal_names_its_crime_and_a_call_its_incident() -> None:
    """Known there or not."""
    assert linked(case_of("CIS|disposal|D-1", disposal(NOON, crime_ref="c 1"))) == {("CIS", "C-1")}
    assert linked(case_of("CMC|call|K-1", call(NOON, incident_ref="i 1"))) == {("STORM", "I-1")}
    assert linked(case_of("CMC|call|K-1", call(NOON))) == set()


@pytest.mark.parametrize(
    "saying",
    [crime(NOON + DAY, recorded_at=NOON, incident_refs=("I-1",)), link(NOON + DAY), link(NOON + DAY, confirmed=True)],
)
def test_a_new_link_shows_both_ends_anew(saying: Snapshot) -> None:
    """The incident's own record has not changed; its case has."""
    watched = Watched()
    assert linked(watched.receives(incident(NOON), crime(NOON))["LEICS|STORM|incident|I-1"]) == set()
    published = watched.receives(saying)
    assert linked(published["LEICS|STORM|incident|I-1"]) == {("CIS", "C-1")}
    assert linked(published["LEICS|CIS|crime|C-1"]) == {("STORM", "I-1")}


def test_a_link_that_is_taken_back_shows_both_ends_anew() -> None:
    """A person's word no longer stands."""
    watched = Watched()
    watched.receives(incident(NOON), crime(NOON), link(NOON))
    published = watched.receives(link(NOON + DAY, confirmed=False))
    assert {key: linked(case) for key, case in published.items()} == {
        "LEICS|STORM|incident|I-1": set(),
        "LEICS|CIS|crime|C-1": set(),
    }


def test_citing_an_incident_shows_the_crimes_behind_it_anew() -> None:
    """And citing it no longer does again."""
    watched = Watched()
    watched.receives(incident(NOON, crime_refs=("C-1",)), crime(NOON), referral(NOON))
    cites = watched.receives(referral(NOON + DAY, received_at=NOON, incident_refs=("I-1",)))
    assert ("CATS", "R-1") in linked(cites["LEICS|CIS|crime|C-1"])
    cites_not = watched.receives(referral(NOON + 2 * DAY, received_at=NOON))
    assert ("CATS", "R-1") not in linked(cites_not["LEICS|CIS|crime|C-1"])


# -- when ----------------------------------------------------------------------------------------------------------


def test_a_case_is_shown_when_the_clock_reaches_it_not_when_it_arrives() -> None:
    """What has not taken effect is held by nobody yet."""
    watched = Watched()
    watched.monitor.apply(incident(NOON), NOON - DAY)
    assert watched.advances(NOON - 1) == {}
    assert watched.advances(NOON).keys() == {"LEICS|STORM|incident|I-1"}


def test_live_a_case_is_shown_on_arrival() -> None:
    """Before any clock has moved."""
    watched = Watched(clock=WallClock)
    watched.monitor.apply(incident(NOON), NOON)
    assert watched.monitor.drain().cases.keys() == {b"LEICS|STORM|incident|I-1"}


def test_what_has_not_changed_is_not_shown_again() -> None:
    """Nor is what comes twice, nor what time alone brings about."""
    watched = Watched()
    opened = incident(NOON, crimes_expected=1)
    watched.receives(opened, crime(NOON, "C-9"))
    watched.monitor.apply(opened, NOON)
    assert watched.advances(NOON + 30 * DAY) == {}


def test_a_restart_shows_nothing_anew() -> None:
    """What was shown before it still stands."""
    before = Monitor(FORCE, BUILT_IN)
    for snapshot in (incident(NOON), crime(NOON, incident_refs=("I-1",))):
        before.apply(snapshot, NOON)
    before.advance(NOON + 1)
    after = Monitor(FORCE, BUILT_IN)
    for key, value in before.drain().state:
        assert value is not None
        after.restore(key, value)
    after.restored()
    assert after.drain().cases == {}


def test_a_forgotten_case_is_deleted() -> None:
    """Whoever looks forgets it too."""
    watched = Watched()
    settled: dict[str, Any] = {"crimes_expected": 0, "assessed_at": NOON}
    watched.receives(incident(NOON, **settled), call(NOON - DAY, reviewed_at=NOON, ncrs_compliant=True))
    forgotten = watched.advances(NOON + 900 * DAY)
    assert forgotten == {"LEICS|STORM|incident|I-1": None, "LEICS|CMC|call|K-1": None}


def test_a_case_says_where_nobody_said_how_many_crimes_a_report_discloses() -> None:
    """For figures: an emptiness is no answer; a number, an assessment and a code that says it are."""
    unread = incident(NOON, opening_code="CONCERN")
    assert summary(case_of("STORM|incident|I-1", unread))["crimes_disclosed"] == "not known"
    told = incident(NOON, ref="I-2", opening_code="CONCERN", crimes_expected=0)
    assert "crimes_disclosed" not in summary(case_of("STORM|incident|I-2", told))
    given = assessment(NOON + HOUR, crimes=1)
    assert "crimes_disclosed" not in summary(case_of("STORM|incident|I-1", unread, given))


def test_a_case_names_the_rules_by_which_it_is_not_judged() -> None:
    """By lack of what decides them; where nothing is lacking it names none."""
    watched = Watched()
    assert "not_judged" not in summary(case_of("CIS|disposal|D-1", disposal(NOON)))
    book = policy(
        '[lacks]\n"cis.disposals.v1" = ["reviewed_at"]\n"cis.no-crimes.v1" = ["decided_by_role", "avi", "rationale"]'
    )
    watched.monitor = Monitor(FORCE, book)
    cases = watched.receives(
        disposal(NOON), crime(NOON), no_crime(NOON + HOUR, decided_by_role=None, avi=(), rationale=None)
    )
    named = {key: summary(case)["not_judged"] for key, case in cases.items() if case is not None}
    assert named == {
        f"{FORCE}|CIS|disposal|D-1": "disposal-unreviewed",
        f"{FORCE}|CIS|crime|C-1": "no-crime-unauthorised, no-crime-unsupported",
    }


def test_a_case_names_the_type_of_an_outcome_where_it_is_known() -> None:
    """By what it was called when it was given; before April 2026 the number stands alone."""
    given_at = ms("2026-04-01")
    given = crime(NOON, outcome="015", outcome_at=given_at)
    assert summary(case_of("CIS|crime|C-1", given))["outcome_type"] == (
        "Evidential difficulties (suspect identified, victim supports)"
    )
    for unnamed in (crime(NOON, outcome="15", outcome_at=NOON), crime(NOON, outcome="99", outcome_at=given_at)):
        assert "outcome_type" not in summary(case_of("CIS|crime|C-1", unnamed))


def test_a_case_is_published_anew_when_the_incident_that_it_duplicates_changes() -> None:
    """Whether its closing code excuses it rests on the other."""
    watch, day = Watched(), ms("2026-04-14 12:00")
    closed = incident(day, status="CLOSED", closing_code="DUPLICATE", duplicate_of="I-2")
    key = f"{FORCE}|STORM|incident|I-1"
    first = watch.receives(incident(day, "I-2"), closed)[key]
    assert first is not None
    assert "not_valid" not in summary(first)
    changed = watch.receives(incident(day + HOUR, "I-2", reported_at=day, disposition="DUPLICATE"))[key]
    assert changed is not None
    assert summary(changed)["not_valid"].startswith("opened as a report")
