"""What is settled and quiet for the policy's retention is forgotten, and nothing that a verdict rests on."""

from __future__ import annotations

from typing import Any

from schemas.identifiers import IncidentRef
from schemas.records import PartnerReferral, Snapshot
from streams.engine.monitor import Monitor
from streams.engine.retention import SWEEPS
from streams.engine.state import clock_key
from streams.facts.dip_sample import moments
from tests.streams.restarts import Restarts
from tests.streams.world import (
    DAY,
    FORCE,
    HOUR,
    asb_report,
    call,
    crime,
    disposal,
    history,
    incident,
    link,
    ms,
    no_crime,
    policy,
    referral,
    training,
)

RETENTION = 64 * DAY
"""So that matters are looked through once a day, at midnight UTC."""
BOOK = policy('[installation]\nforget_after = "64d"')
NOON = ms("2016-03-10 12:00")
GONE = ms("2016-03-11") + RETENTION
"""The first look after what was saved at NOON has been quiet for the retention."""
CLOSED: dict[str, Any] = {"crimes_expected": 0, "assessed_at": NOON, "status": "CLOSED"}
SETTLED: dict[str, Any] = {
    **CLOSED,
    "disposition": "NOT_A_CRIME",
    "disposition_rationale": "r",
    "reporter_informed": True,
}


def watch(*snapshots: Snapshot) -> Restarts:
    """Return a monitor with these snapshots before it; whoever decides in them is trained."""
    watching = Restarts(BOOK)
    for snapshot in (training(NOON - DAY, "P1"), training(NOON - DAY, "F1"), *snapshots):
        watching.monitor.apply(snapshot, snapshot.event_time)
    return watching


def held(watching: Restarts, until: int) -> set[str]:
    """Return the references of the incidents, crimes, disposals, referrals and calls that are known at a moment."""
    watching.monitor.advance(until)
    facts = watching.monitor.context.facts
    known = (facts.incidents, facts.crimes, facts.disposals, facts.referrals, facts.calls)
    return {ref for matters in known for ref in matters}


def test_matters_are_looked_through_at_fixed_moments_wherever_the_clock_started() -> None:
    """Sixty-four times in a retention, counted from the epoch."""
    assert RETENTION // SWEEPS == DAY
    watching = watch(incident(NOON, **CLOSED))
    assert held(watching, GONE - 1) == {"I-1"}
    assert held(watching, GONE) == set()


def test_a_matter_counts_as_quiet_from_its_newest_snapshot_on() -> None:
    """One saved a day later keeps it a day longer; one that has not taken effect yet keeps it as well."""
    later = incident(NOON + DAY, reported_at=NOON, **CLOSED)
    assert held(watch(incident(NOON, **CLOSED), later), GONE) == {"I-1"}
    assert held(watch(incident(NOON, **CLOSED), later), GONE + DAY) == set()
    assert held(watch(incident(NOON, **CLOSED), incident(GONE + DAY, reported_at=NOON)), GONE) == {"I-1"}


def test_an_open_alert_keeps_its_matter() -> None:
    """A breach that nobody put right is never forgotten; once it is put right it goes in its time."""
    assert held(watch(incident(NOON, crimes_expected=1)), GONE + 400 * DAY) == {"I-1"}
    late = crime(NOON + 100 * DAY, incident_refs=("I-1",))
    watching = watch(incident(NOON, crimes_expected=1, assessed_at=NOON), late)
    assert held(watching, NOON + 163 * DAY) == {"I-1", "C-1"}
    assert held(watching, NOON + 166 * DAY) == set()


def test_a_deadline_ahead_keeps_its_matter() -> None:
    """A partner agency has a fortnight from a referral that lies ahead of its record."""
    ahead = PartnerReferral(agency="Refuge", referred_at=NOON + 80 * DAY, actioned_at=None)
    watching = watch(crime(NOON, partner_referrals=(ahead,)))
    assert held(watching, GONE + DAY) == {"C-1"}


def test_what_was_said_is_not_said_again_or_taken_back() -> None:
    """Forgetting is no evidence: no alert changes with it, not even after a restart."""
    watching = watch(incident(NOON, crimes_expected=1, assessed_at=NOON), crime(NOON + 3 * DAY, incident_refs=("I-1",)))
    watching.monitor.advance(GONE - DAY)
    watching.write()
    before = watching.outcome.course("crime-not-recorded")
    assert before[-1].endswith("CLEARED RECORDED_LATE")
    assert held(watching, GONE + 10 * DAY) == set()
    watching.restart()
    watching.monitor.advance(GONE + 20 * DAY)
    assert watching.outcome.course("crime-not-recorded") == before


def test_its_records_and_alerts_leave_the_table_and_the_case_is_deleted() -> None:
    """State is bounded by what is open plus the retention."""
    watching = watch(
        incident(NOON, crimes_expected=1, assessed_at=NOON),
        crime(NOON + 3 * DAY, incident_refs=("I-1",)),
        no_crime(NOON + 3 * DAY),
    )
    watching.monitor.advance(GONE - DAY)
    watching.write()
    assert len(watching.table) > 3
    watching.monitor.advance(GONE + 10 * DAY)
    cases = watching.monitor.drain()
    assert {key: case for key, case in cases.cases.items() if b"STORM" in key or b"CIS" in key} == {
        b"LEICS|STORM|incident|I-1": None,
        b"LEICS|CIS|crime|C-1": None,
    }
    left = watching.table.keys() - {key for key, value in cases.state if value is None}
    assert {key.split(b"\0")[2] for key in left if b"\0r\0" in key} == {b"training.records.v1"}
    assert not any(b"\0a\0" in key for key in left)


# -- what a verdict rests on ---------------------------------------------------------------------------------------


def test_a_crime_stays_while_a_report_linked_to_it_is_not_quiet() -> None:
    """Whichever side states the link, or a person."""
    fresh = incident(GONE - DAY, reported_at=NOON, crimes_expected=1, assessed_at=NOON, crime_refs=("C-1",))
    assert held(watch(crime(NOON), fresh), GONE) == {"I-1", "C-1"}
    fresh = incident(GONE - DAY, reported_at=NOON, crimes_expected=1, assessed_at=NOON)
    assert held(watch(crime(NOON), fresh, link(NOON)), GONE) == {"I-1", "C-1"}


def test_what_a_referral_reaches_through_an_incident_stays_with_it() -> None:
    """The incident that it cites and the crime linked to that."""
    through = (
        incident(NOON, assessed_at=NOON, crimes_expected=1),
        crime(NOON, incident_refs=("I-1",)),
        referral(GONE - DAY, received_at=NOON, crimes_expected=1, incident_refs=("I-1",)),
    )
    assert held(watch(*through), GONE) == {"I-1", "C-1", "R-1"}
    assert watch(*through).outcome.status("referral-unlinked") is None


def test_a_crime_that_stands_in_for_a_duplicate_stays_with_the_duplicates_report() -> None:
    """However long the chain: else a report that was right would be breached when it is looked at again."""
    chain: list[Snapshot] = [crime(NOON, "C-1"), crime(NOON, "C-2"), crime(NOON, "C-3")]
    for duplicate, original in (("C-2", "C-1"), ("C-3", "C-2")):
        chain.append(crime(NOON + HOUR, duplicate, recorded_at=NOON, status="CANCELLED"))
        chain.append(no_crime(NOON + HOUR, duplicate, reason="C3", duplicate_of=original, victim_informed_at=NOON))
    report: dict[str, Any] = {"reported_at": NOON, "crimes_expected": 1, "assessed_at": NOON, "crime_refs": ("C-3",)}
    watching = watch(*chain, incident(NOON + HOUR, **report), incident(GONE - DAY, **report))
    assert held(watching, GONE + DAY) == {"C-1", "C-2", "C-3", "I-1"}
    watching.restart()
    assert watching.outcome.status("crime-not-recorded") is None
    assert held(watching, GONE + RETENTION) == set()


def test_an_incident_stays_while_one_that_duplicates_it_is_not_quiet() -> None:
    """A duplicate of nothing would be breached."""
    duplicate = {
        **SETTLED,
        "reported_at": NOON,
        "disposition": "DUPLICATE",
        "duplicate_of": "I-1",
        "crimes_expected": 1,
    }
    watching = watch(
        incident(NOON, **SETTLED), incident(NOON + 1, "I-2", **duplicate), incident(GONE - DAY, "I-2", **duplicate)
    )
    assert held(watching, GONE) == {"I-1", "I-2"}
    watching.restart()
    assert watching.outcome.status("incident-closed-unresolved", ref="I-2") is None


def test_calls_go_when_their_handlers_whole_month_is_quiet() -> None:
    """Without the first of them the next would be chosen, long after anybody could have reviewed it in time."""
    first = moments(FORCE, "H1", "2016-03", 3)[0]
    reviewed = call(first, "K-1", reviewed_at=first, ncrs_compliant=True)
    last = ms("2016-03-31 22:00")
    watching = watch(reviewed, *(call(last, f"K-{n}", reviewed_at=last, ncrs_compliant=True) for n in (2, 3, 4)))
    look = first - first % DAY + DAY + RETENTION
    assert held(watching, look) == {"K-1", "K-2", "K-3", "K-4"}
    watching.restart()
    assert watching.outcome.alerts == ()
    assert held(watching, ms("2016-04-01") + RETENTION) == set()


def test_an_overdue_call_keeps_the_month_but_no_other_handlers() -> None:
    """Nor the same handler's next month."""
    first = moments(FORCE, "H1", "2016-03", 3)[0]
    april = ms("2016-04-02")
    watching = watch(call(first, "K-1"), call(first - 1, "K-2"), call(first, "K-3", call_handler="H2"))
    watching.monitor.apply(call(april, "K-4", reviewed_at=april, ncrs_compliant=True), april)
    until = april + DAY + RETENTION
    assert {"K-1", "K-2"} <= held(watching, until)
    assert "K-4" not in held(watching, until)


def test_histories_training_and_links_are_kept() -> None:
    """They are about people and words, not matters; a disposal or a decision years later may rest on them."""
    watching = watch(history(NOON), link(NOON), disposal(NOON, rescinded_at=NOON))
    assert held(watching, GONE + 400 * DAY) == set()
    facts = watching.monitor.context.facts
    assert (len(facts.histories), len(facts.training), len(facts.links)) == (1, 2, 1)


def test_a_matter_that_comes_back_begins_anew() -> None:
    """A snapshot of a forgotten incident is the first that is known of it."""
    monitor = Monitor(FORCE, BOOK)
    monitor.apply(incident(NOON, **CLOSED), NOON)
    monitor.advance(GONE)
    monitor.apply(incident(GONE + DAY, reported_at=NOON, crimes_expected=1, assessed_at=NOON), GONE)
    monitor.advance(GONE + DAY)
    assert [alert.status for alert in monitor.drain_alerts() if alert.rule_id == "crime-not-recorded"] == ["BREACHED"]
    assert monitor.context.facts.incidents[IncidentRef("I-1")].record.first.event_time == GONE + DAY


def test_an_alert_published_before_a_crash_keeps_its_matter_until_its_last_change_is_read_again() -> None:
    """The crash left the records and the closed alert in state, but not the clock: no second first alert is raised."""
    opened = asb_report(NOON)
    late = (asb_report(GONE + DAY, reported_at=NOON, crime_refs=("C-1",)), crime(GONE + 30 * DAY, recorded_at=NOON))
    plain = watch(opened, *late)
    plain.monitor.advance(GONE + 30 * DAY)
    crashed = Monitor(FORCE, BOOK)
    for key, value in plain.monitor.drain().state:
        if value is not None and key != clock_key(FORCE):
            crashed.restore(key, value)
    crashed.restored()
    crashed.advance(GONE + 30 * DAY)
    assert [alert for alert in crashed.drain_alerts() if alert.rule_id == "report-undecided"] == []
