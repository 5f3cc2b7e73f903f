"""What is erased leaves what is known and what was published, and what rested on it is judged anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import starmap
from typing import Any

import msgspec
import pytest

from schemas.identifiers import CrimeRef
from schemas.products import Alert, Candidate, Erasure
from schemas.records import Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.engine.persistence.record_entries import StateWrite
from streams.engine.state import SavedAlert, SavedClock, read
from streams.facts.dip_sample import moments
from tests.streams.laws.test_erasure_laws import erasure
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    Time,
    call,
    crime,
    disposal,
    history,
    incident,
    link,
    ms,
    no_crime,
    referral,
    training,
)

NOON = ms("2016-03-10 12:00")
END = NOON + 40 * DAY
INCIDENT = ("incident", "I-1")
CRIME = ("crime", "C-1")


def watch(*snapshots: Snapshot, until: Time = END, **how: Any) -> Monitor:
    """Return a monitor that has taken these in, and said what follows."""
    monitor = Monitor(FORCE, how.pop("book", BUILT_IN), **how)
    for snapshot in (training(NOON - DAY, "P1"), *snapshots):
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(ms(until))
    return monitor


def erased(monitor: Monitor, erasure: Erasure, at: int = END) -> Changes:
    """Return what changes when this is erased."""
    monitor.drain()
    monitor.erase(erasure, at)
    return monitor.drain()


def of_rule(alerts: list[Alert], rule_id: str) -> list[str]:
    """Return the statuses of the alerts of a rule."""
    return [alert.status for alert in alerts if alert.rule_id == rule_id]


def test_a_matter_leaves_the_table_the_alerts_and_the_cases() -> None:
    """And nothing of its name is kept but a hash."""
    monitor = watch(incident(NOON, crimes_expected=1), no_crime(NOON), link(NOON))
    published = {alert.alert_id for alert in monitor.drain_alerts() if alert.subject_system == "STORM"}
    changes = erased(monitor, erasure(INCIDENT))
    assert published
    assert published == set(changes.erased)
    assert changes.cases[b"LEICS|STORM|incident|I-1"] is None
    deleted = {key for key, value in changes.state if value is None}
    assert {b"LEICS\0r\0storm.incidents.v1\0I-1", b"LEICS\0r\0compliance.links.v1\0STORM|I-1|C-1"} <= deleted
    assert not [key for key, value in changes.state if value is not None and b"I-1" in key + value]
    assert changes.state[-1][0].startswith(b"LEICS\0e\0")


def test_a_report_whose_crime_is_erased_is_unrecorded_again() -> None:
    """Whoever erases a crime must know: its incident is breached at once."""
    monitor = watch(incident(NOON, crimes_expected=1), crime(NOON + HOUR, incident_refs=("I-1",)))
    assert of_rule(monitor.drain_alerts(), "crime-not-recorded") == []
    changes = erased(monitor, erasure(CRIME))
    assert of_rule(changes.alerts, "crime-not-recorded") == ["BREACHED"]
    assert changes.cases[b"LEICS|STORM|incident|I-1"].linked == ()  # type: ignore[union-attr]


def test_a_matter_erased_together_raises_nothing() -> None:
    """Neither of the two is judged without the other."""
    monitor = watch(incident(NOON, crimes_expected=1), crime(NOON + HOUR, incident_refs=("I-1",)))
    assert erased(monitor, erasure(CRIME, INCIDENT)).alerts == []


def test_a_snapshot_of_it_is_passed_over_until_then_and_taken_after() -> None:
    """It counts as heard: the feed was not silent."""
    monitor = watch(incident(NOON))
    erased(monitor, erasure(INCIDENT), at=END)
    monitor.apply(incident(NOON + HOUR, reported_at=NOON), END)
    assert monitor.context.facts.incidents == {}
    assert monitor.drain().counted == {"erased": 1}
    assert monitor.completeness.newest["storm.incidents.v1"] == NOON + HOUR
    monitor.apply(incident(NOON + HOUR, reported_at=NOON, crimes_expected=1), END + 1)
    assert of_rule(monitor.drain().alerts, "crime-not-recorded") == ["BREACHED"]


def test_what_waits_to_take_effect_goes_too() -> None:
    """The clock has not reached it; it never will."""
    monitor = watch(incident(NOON), until=NOON - DAY)
    assert monitor.pending == 1
    erased(monitor, erasure(INCIDENT), at=NOON)
    assert monitor.pending == 0
    monitor.advance(END)
    assert [alert for alert in monitor.drain_alerts() if alert.subject_system == "STORM"] == []


def test_a_duty_that_lay_ahead_is_never_due() -> None:
    """Nothing wakes for what is gone."""
    monitor = watch(incident(NOON, crimes_expected=1), until=NOON + HOUR)
    erased(monitor, erasure(INCIDENT))
    monitor.advance(END)
    assert [alert for alert in monitor.drain_alerts() if alert.subject_system == "STORM"] == []


def test_a_persons_link_goes_with_either_end() -> None:
    """A referral that cites the incident reaches no crime through a link that is gone."""
    matter = (
        incident(NOON, crimes_expected=1),
        crime(NOON),
        link(NOON),
        referral(NOON, crimes_expected=1, incident_refs=("I-1",)),
    )
    assert of_rule(watch(*matter).drain_alerts(), "referral-unlinked") == []
    monitor = watch(*matter)
    assert of_rule(erased(monitor, erasure(INCIDENT)).alerts, "referral-unlinked") == ["BREACHED"]
    assert monitor.context.facts.links == {}
    assert not monitor.context.facts.linkage.direct_reports_of(CrimeRef("C-1"))


def test_alerts_on_others_show_no_fact_of_it_any_more() -> None:
    """One that stands as before is published again without what the erased crime said."""
    late = NOON + 3 * DAY
    monitor = watch(
        incident(NOON, crimes_expected=1),
        crime(late, "C-1", incident_refs=("I-1",), event_id="first"),
        crime(late, "C-2", incident_refs=("I-1",), event_id="second"),
    )
    changes = erased(monitor, erasure(CRIME))
    (alert,) = [alert for alert in changes.alerts if alert.rule_id == "crime-not-recorded"]
    assert (alert.status, alert.reason) == ("CLEARED", "RECORDED_LATE")
    assert {fact.event_id for fact in alert.facts if fact.name.startswith("recorded_at")} == {"second"}


def alerts_in(table: Mapping[bytes, bytes]) -> list[Alert]:
    """Return the alerts in a state table."""
    return [entry.alert for entry in starmap(read, table.items()) if isinstance(entry, SavedAlert)]


def write(table: dict[bytes, bytes], writes: Iterable[StateWrite]) -> dict[bytes, bytes]:
    """Return a state table with these written."""
    written = dict(table)
    for key, value in writes:
        if value is None:
            written.pop(key, None)
        else:
            written[key] = value
    return written


def erased_again(table: Mapping[bytes, bytes], clock: type[Clock]) -> Changes:
    """Return what changes when a crime is erased again after a restart."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock)
    for key, value in table.items():
        monitor.restore(key, value)
    monitor.restored()
    monitor.erase(erasure(CRIME), END)
    return monitor.drain()


def misclassified(clock: type[Clock]) -> tuple[dict[bytes, bytes], Changes]:
    """Return the state of a referral misclassified by its incident's crime, and what changes as that is erased."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock)
    for snapshot in (
        link(NOON, event_id="link"),
        referral(NOON, incident_refs=("I-1",), decision="CRIMED", offence_class="THEFT", event_id="referral"),
        crime(NOON, offence_class="RAPE", event_id="crime"),
    ):
        monitor.apply(snapshot, snapshot.event_time)
    if clock is WallClock:
        monitor.tick(NOON + HOUR)
        monitor.tick(NOON + 2 * HOUR)
    else:
        monitor.advance(NOON)
    table = write({}, monitor.drain().state)
    (alert,) = [alert for alert in alerts_in(table) if alert.rule_id == "offence-misclassified"]
    assert "crime" in {fact.event_id for fact in alert.facts}
    monitor.erase(erasure(CRIME), END)
    return table, monitor.drain()


@pytest.mark.parametrize("clock", [StreamClock, WallClock])
def test_an_erasure_done_again_after_two_crashes_takes_its_facts_out_of_every_alert(clock: type[Clock]) -> None:
    """Whatever part of what it writes is lost each time."""
    table, changes = misclassified(clock)
    for lost in range(len(changes.state) + 1):
        crashed = write(table, changes.state[:lost])
        again = erased_again(crashed, clock)
        for lost_again in range(len(again.state) + 1):
            crashed_again = write(crashed, again.state[:lost_again])
            last = erased_again(crashed_again, clock)
            alerts = alerts_in(write(crashed_again, last.state))
            assert alerts
            assert not [fact for alert in alerts for fact in alert.facts if fact.event_id in {"crime", "link"}]


def test_a_crash_in_the_middle_of_an_erasure_changes_no_alert() -> None:
    """The erasure done again ends in the same state, and publishes last what it published without the crash."""
    table, changes = misclassified(StreamClock)
    whole = write(table, changes.state)
    (saved_clock,) = [entry for entry in starmap(read, whole.items()) if isinstance(entry, SavedClock)]
    assert saved_clock.erasing is msgspec.UNSET
    published = {alert.alert_id: alert for alert in changes.alerts}
    for lost in range(len(changes.state)):
        crashed = write(table, changes.state[:lost])
        again = erased_again(crashed, StreamClock)
        assert write(crashed, again.state) == whole
        assert published | {alert.alert_id: alert for alert in again.alerts} == published


def test_an_alert_of_a_rule_that_is_run_no_more_shows_no_fact_of_it_either() -> None:
    """It stands as it was, without the facts."""
    table, _ = misclassified(StreamClock)
    monitor = Monitor(FORCE, BUILT_IN, rules=())
    for key, value in table.items():
        monitor.restore(key, value)
    monitor.restored()
    (alert,) = erased(monitor, erasure(CRIME)).alerts
    assert (alert.rule_id, alert.status) == ("offence-misclassified", "BREACHED")
    assert not [fact for fact in alert.facts if fact.event_id == "crime"]


def test_a_suggestion_of_an_erased_crime_is_taken_back() -> None:
    """Another is suggested in its place, if one is probable."""
    like: dict[str, Any] = {"victim_token": "v1", "offence_class": "THEFT", "beat": "B1"}
    monitor = watch(incident(NOON, crimes_expected=1, **like), crime(NOON + HOUR, **like))
    suggested = [candidate for candidate in monitor.drain().candidates.values() if candidate is not None]
    assert {candidate.crime_ref for candidate in suggested} == {"C-1"}
    taken_back = erased(monitor, erasure(CRIME)).candidates
    assert {candidate.alert_id.encode() for candidate in suggested} <= taken_back.keys()
    assert set(taken_back.values()) == {None}


def test_alerts_that_were_forgotten_are_deleted_by_name() -> None:
    """Whoever asks names what was published; an alert on another matter is not to be had that way."""
    monitor = watch(incident(NOON, "I-2", crimes_expected=1))
    (other,) = {alert.alert_id for alert in monitor.drain_alerts() if alert.rule_id == "crime-not-recorded"}
    changes = erased(monitor, erasure(INCIDENT, alert_ids=("long-gone", other), suggested_for=("another",)))
    assert changes.erased == ["long-gone"]
    assert changes.candidates == {b"long-gone": None, b"another": None}
    assert changes.cases == {b"LEICS|STORM|incident|I-1": None}


def test_people_s_records_go_by_whose_they_are() -> None:
    """An offender's history, and the training of one of the staff."""
    monitor = watch(
        history(NOON - DAY, "O-1", event_id="h"), disposal(NOON, offender_id="O-1"), crime(NOON, recorded_by="P1")
    )
    monitor.drain()
    changes = erased(monitor, erasure(("offender-history", "O-1"), ("training", "P1")))
    assert (monitor.context.facts.histories, monitor.context.facts.training) == ({}, {})
    assert of_rule(changes.alerts, "decision-maker-untrained") == ["BREACHED"]


def test_a_call_that_goes_makes_another_one_chosen() -> None:
    """The dip sample is taken from the calls that are left."""
    chosen = moments(FORCE, "H1", "2016-03", 3)[1]
    calls = [call(chosen + number, f"K-{number}") for number in range(6)]
    monitor = watch(*calls, until="2016-05-01")
    before = {alert.subject_ref for alert in monitor.drain_alerts() if alert.rule_id == "call-review-overdue"}
    deleted = min(before)
    changes = erased(monitor, erasure(("call", deleted)))
    again = watch(*(call for call in calls if call.call_ref != deleted), until="2016-05-01")
    expected = {alert.subject_ref for alert in again.drain_alerts() if alert.rule_id == "call-review-overdue"}
    published = {a.subject_ref for a in changes.alerts if a.rule_id == "call-review-overdue" and a.status == "BREACHED"}
    assert (before - {deleted}) | published == expected


def test_live_the_rest_is_judged_at_the_moment_of_the_erasure() -> None:
    """And a provisional alert that goes is confirmed by nothing."""
    monitor = Monitor(FORCE, BUILT_IN, clock=WallClock)
    monitor.tick(NOON - 1)
    monitor.apply(incident(NOON, crimes_expected=1, assessed_at=NOON), NOON)
    monitor.apply(crime(NOON + HOUR, incident_refs=("I-1",)), NOON + HOUR)
    monitor.apply(incident(NOON, "I-2", crimes_expected=1, assessed_at=NOON), NOON)
    monitor.tick(NOON + 2 * DAY)
    monitor.drain()
    monitor.erase(erasure(CRIME, ("incident", "I-2")), NOON + 3 * DAY)
    monitor.tick(NOON + 3 * DAY + 1)
    (alert,) = [alert for alert in monitor.drain().alerts if alert.rule_id == "crime-not-recorded"]
    assert (alert.subject_ref, alert.status, alert.raised_at) == ("I-1", "BREACHED", NOON + 3 * DAY)


def test_a_suggestion_stands_that_rests_on_nothing_erased() -> None:
    """What another record is suggested for stays published."""
    like: dict[str, Any] = {"victim_token": "v1", "offence_class": "THEFT", "beat": "B1"}
    monitor = watch(incident(NOON, crimes_expected=1, **like), crime(NOON + HOUR, **like), incident(NOON, "I-9"))
    monitor.drain()
    changed = erased(monitor, erasure(("incident", "I-9"))).candidates
    assert not [value for value in changed.values() if isinstance(value, Candidate)]


def test_an_alert_shows_no_fact_of_what_it_no_longer_rests_on() -> None:
    """The crime was recorded too late, then turned out to belong elsewhere, and is erased after that."""
    late = crime(NOON, recorded_at=NOON + 3 * DAY, referral_refs=("R-1",))
    elsewhere = crime(NOON + HOUR, recorded_at=NOON + 3 * DAY)
    settled = referral(NOON + HOUR, received_at=NOON, crimes_expected=0)
    monitor = watch(referral(NOON), late, elsewhere, settled)
    (before,) = (alert for alert in monitor.drain_alerts() if alert.rule_id == "referral-unlinked")
    assert late.event_id in {fact.event_id for fact in before.facts}
    (after,) = (alert for alert in erased(monitor, erasure(CRIME)).alerts if alert.alert_id == before.alert_id)
    assert not {fact.event_id for fact in after.facts} & {late.event_id, elsewhere.event_id}
