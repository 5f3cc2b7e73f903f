"""What people and models say of records is kept by what it is about, and leaves with it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Erasure, Subject
from schemas.records import Snapshot
from streams.engine.erasure import hash_of
from streams.engine.monitor import Monitor
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    assessment,
    crime,
    disposal,
    incident,
    link,
    ms,
    policy,
    protection_report,
    reading,
    referral,
    score,
)

NOON = ms("2016-03-10 12:00")
END = NOON + 40 * DAY
RETENTION = 64 * DAY
BOOK = policy('[installation]\nforget_after = "64d"')
SETTLED: dict[str, Any] = {
    "crimes_expected": 0,
    "assessed_at": NOON,
    "status": "CLOSED",
    "disposition": "NOT_A_CRIME",
    "disposition_rationale": "r",
    "reporter_informed": True,
}
DISPOSALS = "LEICS-DISPOSALS-20160301-20160401-0123ABCD"


def watch(*snapshots: Snapshot, until: int = END) -> Monitor:
    """Return a monitor that has taken these in, up to a moment."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(until)
    return monitor


def said(monitor: Monitor) -> set[str]:
    """Return the event_ids of all that people and models say."""
    facts = monitor.context.facts
    kept = (facts.assessments_of, facts.readings_of, facts.scores_of)
    return {
        snapshot.event_id
        for by_subject in kept
        for records in by_subject.values()
        for record in records.values()
        for snapshot in record.snapshots
    }


def erase(monitor: Monitor, kind: str, ref: str) -> set[bytes]:
    """Erase a record; return the state entries that are deleted."""
    subject = Subject(kind=kind, ref=ref)  # type: ignore[arg-type]
    monitor.drain()
    monitor.erase(Erasure(erasure_id="x", force=FORCE, subjects=(subject,), erased_at=END, requested_by="f"), END)
    return {key for key, value in monitor.drain().state if value is None}


def restored(monitor: Monitor) -> Monitor:
    """Return a monitor rebuilt from the state that another wrote."""
    again = Monitor(FORCE, BOOK)
    for key, value in monitor.drain().state:
        if value is not None:
            again.restore(key, value)
    again.restored()
    return again


def test_each_is_found_by_the_system_and_reference_of_what_it_is_about() -> None:
    """However the reference is typed; each by its own identity."""
    monitor = watch(
        incident(NOON, "I/1"),
        assessment(NOON, ref="i 1", event_id="a-1"),
        assessment(NOON, ref="I-1", assessed_by="F1", assessed_role="FCR", event_id="a-2"),
        reading(NOON, ref="I-1", event_id="r-1"),
        score(NOON, ref="I-1", event_id="s-1"),
        assessment(NOON, "CIS", "C-1", event_id="a-3"),
    )
    facts = monitor.context.facts
    key = ("STORM", "I-1")
    assert [record.newest.event_id for record in facts.assessments_of[key].values()] == ["a-1", "a-2"]
    assert [record.newest.event_id for record in facts.readings_of[key].values()] == ["r-1"]
    assert [record.newest.event_id for record in facts.scores_of[key].values()] == ["s-1"]
    assert facts.assessments_of.keys() == {key, ("CIS", "C-1")}


def test_they_survive_a_restart() -> None:
    """Each is an entry of its own."""
    monitor = watch(incident(NOON), assessment(NOON), reading(NOON), score(NOON), score(NOON, "PPN", "PR-9"))
    assert said(restored(monitor)) == said(monitor)
    assert len(said(monitor)) == 4


@pytest.mark.parametrize(
    ("kind", "report", "system", "ref"),
    [
        ("incident", incident(NOON), "STORM", "I-1"),
        ("referral", referral(NOON), "CATS", "R-1"),
        ("protection-report", protection_report(NOON), "PPN", "PR-1"),
        ("crime", crime(NOON), "CIS", "C-1"),
    ],
)
def test_what_is_erased_takes_along_what_is_said_of_it(kind: str, report: Snapshot, system: str, ref: str) -> None:
    """A later replay brings none of it back."""
    about = [assessment(NOON, system, ref), reading(NOON, system, ref)]
    if system != "CIS":
        about.append(score(NOON, system, ref))
    monitor = watch(report, *about)
    deleted = erase(monitor, kind, ref)
    assert said(monitor) == set()
    assert {snapshot.TOPIC for snapshot in (report, *about)} <= {key.split(b"\0")[2].decode() for key in deleted}
    for snapshot in about:
        monitor.apply(snapshot, END)
    assert said(monitor) == set()
    assert monitor.drain().counted == {"erased": len(about)}


def test_a_score_of_a_report_that_never_came_is_erased_too() -> None:
    """There is no matter to erase, and still nothing stays."""
    monitor = watch(incident(NOON, "I-2"), score(NOON))
    assert {b"LEICS\0r\0compliance.scores.v1\0STORM|I-1|M-1"} <= erase(monitor, "incident", "I-1")
    assert said(monitor) == set()


def test_a_reading_of_a_disposal_goes_with_the_disposal_and_not_with_a_crime_of_its_name() -> None:
    """Both are CIS'; the audit's frame says which is meant."""
    of_disposal = reading(NOON, "CIS", "X-1", audit_id=DISPOSALS, event_id="of-disposal")
    of_crime = reading(NOON, "CIS", "X-1", event_id="of-crime")
    monitor = watch(disposal(NOON, "X-1"), crime(NOON, "X-1"), of_disposal, of_crime)
    erase(monitor, "crime", "X-1")
    assert said(monitor) == {"of-disposal"}
    erase(monitor, "disposal", "X-1")
    assert said(monitor) == set()


def test_they_are_forgotten_with_the_record_they_are_about() -> None:
    """And their state with them."""
    monitor = watch(incident(NOON, **SETTLED), assessment(NOON, crimes=0), reading(NOON), score(NOON))
    monitor.drain()
    monitor.advance(NOON + RETENTION + DAY)
    assert monitor.context.facts.incidents == {}
    assert said(monitor) == set()
    deleted = {key.split(b"\0")[2] for key, value in monitor.drain().state if value is None}
    assert {b"compliance.assessments.v1", b"compliance.audits.v1", b"compliance.scores.v1"} <= deleted


@pytest.mark.parametrize("judged", [assessment(NOON + DAY, crimes=0), reading(NOON + DAY)])
def test_a_judgement_keeps_its_record_as_long_as_another_snapshot_would(judged: Snapshot) -> None:
    """Whoever judged it may take it back."""
    monitor = watch(incident(NOON, **SETTLED), judged, until=NOON + RETENTION + 13 * HOUR)
    assert list(monitor.context.facts.incidents) == ["I-1"]
    monitor.advance(NOON + RETENTION + 2 * DAY)
    assert monitor.context.facts.incidents == {}


def test_a_score_keeps_no_record_and_outlives_it_by_no_more_than_its_own_age() -> None:
    """Whether a model scores a report changes nothing of what is remembered of it."""
    monitor = watch(incident(NOON, **SETTLED), incident(NOON + 9 * DAY, "I-2", **SETTLED), score(NOON + 2 * DAY))
    monitor.advance(NOON + RETENTION + DAY)
    assert list(monitor.context.facts.incidents) == ["I-2"]
    assert len(said(monitor)) == 1
    monitor.advance(NOON + RETENTION + 10 * DAY)
    assert said(monitor) == set()


def test_a_judgement_of_a_record_that_never_comes_is_forgotten_in_its_time() -> None:
    """State is bounded by what is open and the retention."""
    monitor = watch(assessment(NOON), reading(NOON, "CIS", "C-7"))
    assert len(said(monitor)) == 2
    monitor.advance(NOON + RETENTION + DAY)
    assert said(monitor) == set()
    assert (monitor.context.facts.incidents, monitor.context.facts.crimes) == ({}, {})


def test_a_judgement_older_than_what_is_remembered_is_not_taken_in_again() -> None:
    """A replay after a crash meets again what was forgotten."""
    about = assessment(NOON, crimes=0)
    monitor = watch(incident(NOON, **SETTLED), about, until=NOON + RETENTION + DAY)
    monitor.apply(about, END)
    assert said(monitor) == set()
    assert monitor.drain().counted["forgotten"] == 1


def test_a_report_is_judged_again_when_somebody_judges_it_and_not_when_a_model_does() -> None:
    """A score changes nothing but the order in which people read."""
    monitor = watch(incident(NOON))
    facts = monitor.context.facts
    (matter,) = facts.incidents.values()
    for snapshot, expected in ((score(NOON), False), (assessment(NOON), True), (reading(NOON), True)):
        monitor.drain()
        record = facts.record(snapshot, "|".join(str(getattr(snapshot, name)).upper() for name in snapshot.IDENTITY))
        record.insert(snapshot, in_effect=True)
        facts.absorb("|".join(str(getattr(snapshot, name)).upper() for name in snapshot.IDENTITY), record, None)
        assert (matter in facts.concerned) is expected
        assert matter in facts.changed
        facts.concerned.clear()


def test_cis_links_the_referral_and_the_protection_report_of_one_name() -> None:
    """It has one field for both."""
    recorded = crime(NOON + HOUR, referral_refs=("X-1",))
    monitor = watch(referral(NOON, "X-1"), protection_report(NOON, "X-1"), recorded)
    facts = monitor.context.facts
    for matter in (*facts.referrals.values(), *facts.protection_reports.values()):
        assert [crime.ref for crime in facts.crimes_of(matter)] == ["C-1"]


@pytest.mark.parametrize(
    ("reports", "linked"),
    [
        ((), ["CATS"]),
        ((referral(NOON, "X-1"),), ["CATS"]),
        ((protection_report(NOON, "X-1"),), ["PPN"]),
        ((referral(NOON, "X-1"), protection_report(NOON, "X-1")), ["CATS", "PPN"]),
    ],
)
def test_the_case_of_a_crime_names_the_one_of_them_that_is_held(
    reports: tuple[Snapshot, ...], linked: list[str]
) -> None:
    """Where neither is, it is taken for a referral, as before there were protection reports."""
    first = watch(crime(NOON + HOUR, referral_refs=("X-1",)))
    for report in reports:
        first.apply(report, report.event_time)
    cases = first.drain().cases
    case = cases[b"LEICS|CIS|crime|C-1"]
    assert case is not None
    assert [link.system for link in case.linked] == linked


def test_the_case_of_a_crime_changes_when_the_other_report_of_its_name_comes() -> None:
    """It is published again, although nothing of the crime changed."""
    monitor = watch(crime(NOON + HOUR, referral_refs=("X-1",)))
    monitor.drain()
    monitor.apply(protection_report(NOON, "X-1"), END)
    case = monitor.drain().cases[b"LEICS|CIS|crime|C-1"]
    assert case is not None
    assert [link.system for link in case.linked] == ["PPN"]


def test_a_person_links_a_protection_report_to_a_crime() -> None:
    """And a report reaches the crimes of an incident that it cites."""
    facts = watch(protection_report(NOON), crime(NOON), link(NOON, "PPN", "PR-1")).context.facts
    assert [crime.ref for crime in facts.crimes_of(next(iter(facts.protection_reports.values())))] == ["C-1"]
    cited = protection_report(NOON, incident_refs=("I-1",))
    facts = watch(cited, incident(NOON, crime_refs=("C-1",)), crime(NOON)).context.facts
    assert [crime.ref for crime in facts.crimes_of(next(iter(facts.protection_reports.values())))] == ["C-1"]


def test_a_clock_waits_for_protection_reports_only_where_a_policy_names_them() -> None:
    """They are a tenth feed then."""
    assert "ppn.reports.v1" not in Monitor(FORCE, BUILT_IN).completeness.named
    book = policy('[installation]\nfeeds = ["storm.incidents.v1", "ppn.reports.v1"]')
    monitor = Monitor(FORCE, book)
    assert monitor.completeness.named == {"storm.incidents.v1", "ppn.reports.v1"}
    monitor.apply(incident(NOON), NOON)
    assert monitor.completeness.gate() is None
    assert [feed.topic for feed in monitor.completeness.states()][-1] == "ppn.reports.v1"


def test_the_hash_of_an_erased_report_names_its_kind() -> None:
    """A referral of the same name is another record."""
    assert hash_of(("referral", "X-1")) != hash_of(("protection-report", "X-1"))
