"""The figures of an inspection: each moves by what one record says, and linkage never mixes with what people found."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from streams.audits.plan import PlanRequest, make_plan
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.facts.dip_sample import moments
from streams.facts.statistics import wilson
from streams.reports.audits import linkage_of
from streams.reports.figure import Figure, Period
from streams.reports.figures import figures
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    asb_report,
    call,
    crime,
    disposal,
    incident,
    ms,
    no_crime,
    protection_report,
    reading,
)
from tests.streams.world import referral as referred

NOON = ms("2016-03-10 12:00")
LIMIT = 24 * HOUR
MARCH = Period(ms("2016-03-01"), ms("2016-03-31 23:00"))
LATER = NOON + 60 * DAY


def context(*snapshots: Snapshot, clock: int = LATER, force: str = FORCE) -> Context:
    """Return what is known of a force at a moment."""
    monitor = Monitor(force, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    return monitor.context


def counted(*snapshots: Snapshot, clock: int = LATER, period: Period = MARCH) -> dict[str, tuple[int, int]]:
    """Return every figure of one force that is not nothing of nothing, as (found, of), by label."""
    counts = figures([context(*snapshots, clock=clock)], period)
    assert len({figure.label for figure in counts}) == len(counts)
    return {figure.label: (figure.found, figure.of) for figure in counts if figure.of}


def incidents(**shares: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Figures of incidents, by what each begins with."""
    labels = {
        "identified": "crimes identified, of incidents reviewed",
        "recorded": "crimes recorded, of those identified",
        "in_time": "recorded in time",
        "late": "recorded late",
        "unrecorded": "unrecorded, limit passed",
        "ahead": "unrecorded, limit still ahead",
        "undecided": "undecided, limit passed",
        "classified": "classified correctly",
    }
    return {f"Incidents: {labels[name]}": share for name, share in shares.items()}


def recorded(at: int, ref: str = "C-1", **stated: Any) -> Snapshot:
    """Return a crime recorded for the incident."""
    return crime(at, ref, **{"incident_refs": ("I-1",), **stated})


# -- reports of crime ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lag", "in_time"), [(LIMIT, 1), (LIMIT + 1, 0)])
def test_a_crime_recorded_for_an_incident_is_in_time_or_late(lag: int, in_time: int) -> None:
    """To the millisecond, by recorded_at."""
    assert counted(incident(NOON, crimes_expected=1), recorded(NOON + lag)) == incidents(
        identified=(1, 1),
        recorded=(1, 1),
        in_time=(in_time, 1),
        late=(1 - in_time, 1),
        unrecorded=(0, 1),
        ahead=(0, 1),
        undecided=(0, 1),
    )


@pytest.mark.parametrize(("clock", "ahead"), [(NOON + LIMIT, 1), (NOON + LIMIT + 1, 0)])
def test_a_missing_crime_is_unrecorded_only_once_its_limit_has_passed(clock: int, ahead: int) -> None:
    """Until then it can still be recorded in time, so it stands apart and lowers no share."""
    counts = counted(incident(NOON, crimes_expected=1), clock=clock)
    expected = incidents(identified=(1, 1), ahead=(ahead, 1), undecided=(0, 1))
    if not ahead:
        expected |= incidents(recorded=(0, 1), unrecorded=(1, 1))
    assert counts == expected


def test_of_two_crimes_one_may_be_missing() -> None:
    """What is disclosed is identified, what is linked and counts is recorded; a third is not asked for."""
    counts = counted(incident(NOON, crimes_expected=2), recorded(NOON))
    assert counts["Incidents: crimes recorded, of those identified"] == (1, 2)
    more = counted(incident(NOON, crimes_expected=2), *(recorded(NOON, f"C-{n}") for n in range(3)))
    assert more["Incidents: crimes recorded, of those identified"] == (2, 2)


def test_a_validly_disposed_incident_discloses_only_what_is_recorded() -> None:
    """The one of two crimes that was recorded stays identified; without any, none was."""
    stated: dict[str, Any] = {"disposition": "NOT_A_CRIME", "disposition_rationale": "r", "reporter_informed": True}
    one = counted(incident(NOON, crimes_expected=2, **stated), recorded(NOON))
    assert one["Incidents: crimes identified, of incidents reviewed"] == (1, 1)
    assert one["Incidents: crimes recorded, of those identified"] == (1, 1)
    none = counted(incident(NOON, crimes_expected=2, **stated))
    assert none == incidents(identified=(0, 1), undecided=(0, 1))


def test_an_incident_nobody_has_decided_on_is_counted_as_such_once_the_limit_has_passed() -> None:
    """It identifies no crime, and the figures say that nobody looked."""
    assert counted(incident(NOON)) == incidents(identified=(0, 1), undecided=(1, 1))
    assert counted(incident(NOON), clock=NOON + LIMIT) == incidents(identified=(0, 1), undecided=(0, 1))


@pytest.mark.parametrize("expected", [None, 0])
def test_a_crime_recorded_for_an_incident_that_disclosed_none_makes_it_not_identified(expected: int | None) -> None:
    """Else every force would find all crimes recorded that it found; in time or not it is all the same."""
    counts = counted(incident(NOON, crimes_expected=expected), recorded(NOON + LIMIT + 1))
    assert counts["Incidents: crimes identified, of incidents reviewed"] == (0, 1)
    assert "Incidents: crimes recorded, of those identified" not in counts
    assert counts["Incidents: recorded late"] == (1, 1)


def test_one_report_with_crimes_of_another_class_is_one_fault() -> None:
    """However many crimes were recorded for it."""
    closed = incident(NOON, crimes_expected=2, offence_class="ROBBERY", status="CLOSED")
    assert counted(closed, recorded(NOON), recorded(NOON, "C-2"))["Incidents: classified correctly"] == (1, 2)
    right = recorded(NOON, "C-2", offence_class="ROBBERY")
    assert counted(closed, recorded(NOON), right)["Incidents: classified correctly"] == (2, 2)


def test_a_crime_that_counts_no_longer_is_unrecorded() -> None:
    """Cancelled on a decision that rests on nothing: one fault among the incidents, one among the no-crimes."""
    cancelled = recorded(NOON + DAY, recorded_at=NOON, status="CANCELLED")
    counts = counted(incident(NOON, crimes_expected=1), recorded(NOON), cancelled, no_crime(NOON + DAY, avi=()))
    assert counts["Incidents: unrecorded, limit passed"] == (1, 1)
    assert counts["No-crimes: correct"] == (0, 1)


def test_referrals_are_counted_by_what_they_disclose_or_has_been_recorded() -> None:
    """One recorded, one missing, one decided, one that nobody has decided on."""
    counts = counted(
        referred(NOON, "R-1", crimes_expected=1),
        crime(NOON, referral_refs=("R-1",)),
        referred(NOON, "R-2", crimes_expected=1),
        referred(NOON, "R-3", decision="NOT_A_CRIME", decision_rationale="r", reporter_informed=True),
        referred(NOON, "R-4"),
    )
    assert counts["Referrals: crimes identified, of referrals reviewed"] == (2, 4)
    assert counts["Referrals: crimes recorded, of those identified"] == (1, 2)
    assert counts["Referrals: undecided, limit passed"] == (1, 4)


def test_protection_reports_have_the_figures_of_referrals() -> None:
    """One recorded late, one missing, one decided, one that nobody has decided on; none where none are known."""
    counts = counted(
        protection_report(NOON, "PR-1", crimes_expected=1),
        crime(NOON + LIMIT + 1, referral_refs=("PR-1",)),
        protection_report(NOON, "PR-2", crimes_expected=1),
        protection_report(NOON, "PR-3", decision="NOT_A_CRIME", decision_rationale="r", reporter_informed=True),
        protection_report(NOON, "PR-4"),
    )
    assert counts["Protection reports: crimes identified, of reports reviewed"] == (2, 4)
    assert counts["Protection reports: crimes recorded, of those identified"] == (1, 2)
    assert counts["Protection reports: recorded late"] == (1, 1)
    assert counts["Protection reports: undecided, limit passed"] == (1, 4)
    without = figures([context(referred(NOON))], MARCH)
    assert not any(figure.label.startswith("Protection") for figure in without)


def test_an_audit_of_protection_reports_stands_beside_what_linkage_shows_of_them() -> None:
    """The same figures as the report's, of the audit's own period."""
    known = context(
        protection_report(NOON, "PR-1", crimes_expected=1),
        crime(NOON, referral_refs=("PR-1",)),
        protection_report(NOON, "PR-2", crimes_expected=1),
    )
    plan = make_plan(PlanRequest("PROTECTION", *MARCH, None, 2), known, "0" * 64, {})
    linkage = linkage_of([plan], known)[plan.audit_id]
    assert (linkage["RECORDED"].found, linkage["RECORDED"].of) == (1, 2)
    assert (linkage["IN_TIME"].found, linkage["IN_TIME"].of) == (1, 1)


def test_asb_reports_have_figures_of_their_own_and_none_of_class() -> None:
    """No rule judges the class of what is recorded for them."""
    counts = counted(asb_report(NOON, crimes_expected=1), crime(NOON + LIMIT + 1, asb_refs=("A-1",)))
    assert counts["ASB reports: recorded late"] == (1, 1)
    assert not any("classified" in label for label in counts)


@pytest.mark.parametrize(
    ("reported_at", "inside"),
    [(MARCH.start - 1, False), (MARCH.start, True), (MARCH.end - 1, True), (MARCH.end, False)],
)
def test_a_report_belongs_to_the_period_in_which_it_was_first_received(reported_at: int, inside: bool) -> None:
    """From the start, up to but not including the end; a later snapshot that says otherwise moves nothing."""
    altered = incident(reported_at + HOUR, reported_at=MARCH.start + DAY if not inside else MARCH.end + DAY)
    counts = counted(incident(reported_at), altered)
    assert ("Incidents: crimes identified, of incidents reviewed" in counts) is inside


# -- decisions -----------------------------------------------------------------------------------------------------


def test_a_no_crime_with_two_faults_counts_once_and_in_its_class() -> None:
    """Unauthorised and unsupported, of a robbery."""
    wrong = no_crime(NOON, offence_class="ROBBERY", decided_by_role="SERGEANT", rationale=None)
    counts = counted(crime(NOON), wrong, crime(NOON, "C-2"), no_crime(NOON, "C-2"))
    assert counts == {"No-crimes: correct": (1, 2), "No-crimes: correct, robbery": (0, 1)}


def test_every_decision_on_a_crime_counts_in_the_period_it_was_taken_in() -> None:
    """One wrong in March, put right in April: March's is still wrong."""
    taken = (no_crime(NOON, avi=()), no_crime(NOON + 40 * DAY))
    april = Period(MARCH.end, MARCH.end + 30 * DAY)
    assert counted(crime(NOON), *taken)["No-crimes: correct"] == (0, 1)
    assert counted(crime(NOON), *taken, period=april)["No-crimes: correct"] == (1, 1)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("CAUTION", "Cautions"),
        ("CONDITIONAL_CAUTION", "Cautions"),
        ("PND", "Penalty notices"),
        ("CANNABIS_WARNING", "Cannabis warnings"),
        ("COMMUNITY_RESOLUTION", "Community resolutions"),
    ],
)
def test_each_question_about_a_disposal_is_asked_of_those_it_applies_to(kind: str, label: str) -> None:
    """Victims were consulted where there was one; only a community resolution is asked for its outcome."""
    faulty = disposal(NOON, kind=kind, victim_present=True, implications_explained=None, outcome_meaningful=None)
    counts = counted(faulty, disposal(NOON, "D-2", kind=kind))
    expected = {
        f"{label}: offender suitable": (2, 2),
        f"{label}: implications explained": (1, 2),
        f"{label}: victim consulted": (0, 1),
    }
    if kind == "COMMUNITY_RESOLUTION":
        expected[f"{label}: outcome meaningful"] = (1, 2)
    assert counts == expected


# -- what people found ---------------------------------------------------------------------------------------------

FIRST = moments(FORCE, "H1", "2016-03", 3)[0]


def reviewed(at: int, ref: str, handled_at: int, *, compliant: bool | None) -> Snapshot:
    """Return a call that a supervisor has listened to."""
    return call(at, ref, handled_at=handled_at, reviewed_at=at, ncrs_compliant=compliant)


def test_calls_of_the_dip_sample_stand_apart_from_whatever_else_was_reviewed() -> None:
    """One chosen and kept to, one passed over and not; a review that says nothing is none."""
    counts = counted(
        reviewed(FIRST + DAY, "K-1", FIRST, compliant=True),
        reviewed(FIRST + DAY, "K-2", FIRST + 1, compliant=False),
        reviewed(FIRST + DAY, "K-3", FIRST + 2, compliant=None),
    )
    assert counts == {
        "Calls: dip sample reviewed in time": (1, 1),
        "Calls: NCRS kept to, of the dip sample reviewed": (1, 1),
        "Calls: NCRS kept to, of those reviewed": (1, 2),
    }


@pytest.mark.parametrize(
    ("clock", "share"), [(FIRST + 3 * DAY, None), (FIRST + 3 * DAY + 1, (0, 1)), (FIRST + 5 * DAY, (0, 1))]
)
def test_a_chosen_call_counts_once_its_review_is_done_or_overdue(clock: int, share: tuple[int, int] | None) -> None:
    """Reviewed four days after it was handled: too late."""
    late = reviewed(FIRST + 4 * DAY, "K-1", FIRST, compliant=True)
    counts = counted(call(FIRST), late, clock=clock)
    assert counts.get("Calls: dip sample reviewed in time") == share


def test_audits_of_referrals_are_counted_by_sector_and_what_was_found_by_sample() -> None:
    """Those with vulnerable people are all audited; the others' sample stands for the others."""
    audited: dict[str, Any] = {"fcr_audited_at": NOON, "crimes_expected": 0}
    counts = counted(
        referred(NOON, "R-1", vulnerable=("CHILD",), fcr_audit_outcome="Compliant", **audited),
        referred(NOON, "R-2", vulnerable=("ADULT",), fcr_audit_outcome="CRIME NOT RECORDED", **audited),
        referred(NOON, "R-3", vulnerable=("CHILD",), agency_sector="PRIVATE", crimes_expected=0),
        referred(NOON, "R-58", agency_sector="VOLUNTARY", fcr_audit_outcome="COMPLIANT", **audited),
        referred(NOON, "R-255", agency_sector="VOLUNTARY", fcr_audit_outcome="COMPLIANT", **audited),
        referred(NOON, "R-5", vulnerable=("CHILD",), **audited),
    )
    of_audits = {label: share for label, share in counts.items() if "FCR" in label}
    assert of_audits == {
        "Referrals: audited by the FCR, public sector": (3, 3),
        "Referrals: audited by the FCR, voluntary sector": (1, 1),
        "Referrals: audited by the FCR, private sector": (0, 1),
        "Referrals: found in order by the FCR, with a vulnerable person": (1, 2),
        "Referrals: found in order by the FCR, of the sample of others": (1, 1),
    }


@pytest.mark.parametrize(
    ("outcome", "in_order"),
    [
        ("RIGHTLY_RECORDED", 1),
        ("NO_CRIME_DISCLOSED", 1),
        ("not a crime rightly", 1),
        ("NOT_RECORDED", 0),
        ("LATE", 0),
        ("CRIME_MISSED", 0),
    ],
)
def test_an_audits_outcome_is_read_in_one_vocabulary(outcome: str, in_order: int) -> None:
    """The words used before mean what they meant."""
    audited: dict[str, Any] = {"fcr_audited_at": NOON, "crimes_expected": 0, "fcr_audit_outcome": outcome}
    counts = counted(referred(NOON, "R-1", vulnerable=("CHILD",), **audited))
    assert counts["Referrals: found in order by the FCR, with a vulnerable person"] == (in_order, 1)


@pytest.mark.parametrize(("found", "recorded", "in_order"), [(1, 1, 1), (0, 0, 1), (1, 0, 0)])
def test_the_registrars_reading_of_a_referral_is_its_audit(found: int, recorded: int, in_order: int) -> None:
    """Its outcome follows from what was found; a word that CATS states goes before it."""
    child = referred(NOON, "R-1", vulnerable=("CHILD",), crimes_expected=0)
    counts = {"crimes_found": found, "crimes_recorded": recorded, "in_time": recorded, "classified_right": recorded}
    read = reading(NOON + HOUR, "CATS", "R-1", reader="FCR", **counts)
    label = "Referrals: found in order by the FCR, with a vulnerable person"
    figures_now = counted(child, read)
    assert figures_now["Referrals: audited by the FCR, public sector"] == (1, 1)
    assert figures_now[label] == (in_order, 1)
    stated = referred(
        NOON + 1,
        "R-1",
        received_at=NOON,
        vulnerable=("CHILD",),
        crimes_expected=0,
        fcr_audited_at=NOON,
        fcr_audit_outcome="LATE",
    )
    assert counted(child, stated, read)[label] == (0, 1)


def test_what_people_found_moves_no_linkage_figure_and_what_the_streams_show_no_audited_one() -> None:
    """The same referral, unrecorded: audited or not, recorded or not."""
    vulnerable: dict[str, Any] = {"vulnerable": ("CHILD",), "crimes_expected": 1}
    audited = referred(NOON + 1, received_at=NOON, fcr_audited_at=NOON, fcr_audit_outcome="COMPLIANT", **vulnerable)
    plain = referred(NOON, **vulnerable)
    linked = crime(NOON, referral_refs=("R-1",))

    def by_basis(*snapshots: Snapshot) -> tuple[list[Figure], list[Figure]]:
        counts = figures([context(*snapshots)], MARCH)
        return [f for f in counts if f.basis == "LINKAGE"], [f for f in counts if f.basis == "AUDITED"]

    assert by_basis(plain)[0] == by_basis(plain, audited)[0] != by_basis(plain, linked)[0]
    assert by_basis(plain)[1] == by_basis(plain, linked)[1] != by_basis(plain, audited)[1]


# -- a figure ------------------------------------------------------------------------------------------------------


def test_forces_add_up() -> None:
    """One crime recorded here, one missing there."""
    here = context(incident(NOON, crimes_expected=1), recorded(NOON))
    there = context(incident(NOON, crimes_expected=1, force="NOTTS"), force="NOTTS")
    counts = {figure.label: figure for figure in figures([here, there], MARCH)}
    assert counts["Incidents: crimes recorded, of those identified"][1:3] == (1, 2)


def test_a_share_has_wilsons_interval_and_a_number_has_none() -> None:
    """Nor has a share of nothing."""
    assert Figure("share", 6, 16).interval() == wilson(6, 16)
    assert Figure("share of nothing", 0, 0).interval() is None
    assert Figure("number", 16, 55, share=False).interval() is None
