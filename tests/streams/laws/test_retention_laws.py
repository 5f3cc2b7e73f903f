"""What is forgotten follows from facts, policy and clock alone, and nothing still known is judged without it."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.products import Alert
from schemas.records import Snapshot
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.histories import anything, histories, scores
from tests.streams.world import DAY, FORCE, HOUR, crime, incident, ms, policy, training

THEMES = "[rules]\ntheme_minimum_calls = 1\ntheme_p = 0.9"
FORGETFUL = policy(f'[installation]\nforget_after = "36d"\n{THEMES}')
"""As forgetful as a policy may be."""
UNFORGETTING = policy(f'[installation]\nforget_after = "4000d"\npublished_for = "4000d"\n{THEMES}')
NOON = ms("2016-03-10 12:00")
END = NOON + 260 * DAY


def later(snapshot: Snapshot, by: int) -> Snapshot:
    """Return the same, saved later."""
    return msgspec.structs.replace(snapshot, event_time=snapshot.event_time + by)


TRAINED = [training(NOON - DAY, staff) for staff in ("P1", "F1")]
"""So that not every crime has an open alert, which would keep it."""
few = settings(max_examples=40)
"""Each of these watches most of a year, again and again."""
long_histories = histories(
    st.builds(later, anything, st.sampled_from((0, 0, 30 * DAY, 50 * DAY, 100 * DAY))), most=14
).map(lambda history: [*TRAINED, *history])
"""Histories with gaps longer than the retention."""
later_scores = st.builds(later, scores, st.sampled_from((0, 20 * DAY, 40 * DAY, 100 * DAY)))


def watched(history: list[Snapshot], until: int = END, book: PolicyBook = FORGETFUL) -> ChangesByAlert:
    """Return what is said when everything is there before the clock starts."""
    monitor = Monitor(FORCE, book)
    for snapshot in history:
        monitor.apply(snapshot, NOON)
    monitor.advance(until)
    return changes_by_alert(monitor.drain_alerts())


def test_nothing_is_judged_without_a_crime_that_was_linked_to_it() -> None:
    """A crime in time, and another that somebody comes back to again and again: there was never a breach."""
    second = {"recorded_at": NOON + 30 * DAY, "incident_refs": ("I-1",)}
    story = [
        training(NOON - DAY, "P1"),
        incident(NOON, crimes_expected=1),
        crime(NOON + HOUR, "C-1", incident_refs=("I-1",)),
        crime(NOON + 30 * DAY, "C-2", incident_refs=("I-1",)),
        crime(NOON + 60 * DAY, "C-2", **second),
        crime(NOON + 90 * DAY, "C-2", offence_class="ROBBERY", **second),
    ]
    assert watched(story) == {}


def test_what_the_clock_has_not_reached_keeps_nothing_alive() -> None:
    """A matter begins anew with a snapshot a hundred days on, however early that arrived."""
    answered = incident(
        NOON, crimes_expected=1, disposition="NOT_A_CRIME", disposition_rationale="x", reporter_informed=True
    )
    again = incident(NOON + 100 * DAY, crimes_expected=1)
    late = Monitor(FORCE, FORGETFUL)
    late.apply(answered, NOON)
    late.advance(NOON + 99 * DAY)
    late.apply(again, NOON)
    late.advance(END)
    early = watched([answered, again])
    assert changes_by_alert(late.drain_alerts()) == early
    (alert,) = [changes[-1] for changes in early.values() if changes[-1].rule_id == "crime-not-recorded"]
    assert alert.due_at == NOON + 101 * DAY


@few
@given(long_histories, st.lists(later_scores, min_size=1, max_size=6))
def test_scores_change_nothing_that_is_forgotten(history: list[Snapshot], guesses: list[Snapshot]) -> None:
    """A report that a model looked at is remembered no longer, and no shorter."""
    assert watched([*history, *guesses]) == watched(history)


@few
@given(long_histories, st.data())
def test_arrival_order_does_not_change_what_is_forgotten(history: list[Snapshot], data: DataObject) -> None:
    """Any rounds, some of it early: every alert has the same whole history."""
    monitor = Monitor(FORCE, FORGETFUL)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    assert changes_by_alert(monitor.drain_alerts()) == watched(history)


@few
@given(long_histories, st.data())
def test_a_crash_changes_nothing_although_matters_are_forgotten(history: list[Snapshot], data: DataObject) -> None:
    """Each round may be lost after its alerts went out and part of its state was written, and be lost again.

    What is said again is said word for word, under the same sequence and moment.
    """
    disk, monitor = Disk(), Monitor(FORCE, FORGETFUL)
    open_feeds(monitor)
    disk.write(monitor.drain())
    published: dict[tuple[str, int, int], Alert] = {}
    for arriving, cut in Deliveries(data, history, END).rounds:
        for lost in (*data.draw(st.lists(st.just(True), max_size=3)), False):
            deliver(monitor, arriving, cut)
            changes = monitor.drain()
            for alert in changes.alerts:
                assert published.setdefault((alert.alert_id, alert.updated_at, alert.sequence), alert) == alert
            disk.write(changes, data.draw(st.integers(0, len(changes.state))) if lost else None)
            if lost:
                monitor = disk.load(data, FORGETFUL)
    assert changes_by_alert(published[key] for key in sorted(published)) == watched(history)


@few
@given(long_histories, st.data())
def test_a_batch_that_is_read_again_says_nothing_although_matters_are_forgotten(
    history: list[Snapshot], data: DataObject
) -> None:
    """Its state was written whole, its offsets were not: with or without a restart in between."""
    disk, monitor = Disk(), Monitor(FORCE, FORGETFUL)
    open_feeds(monitor)
    published: list[Alert] = []
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
        changes = monitor.drain()
        published += changes.alerts
        disk.write(changes)
        if data.draw(st.booleans()):
            monitor = disk.load(data, FORGETFUL)
        deliver(monitor, arriving, cut)
        again = monitor.drain()
        assert again.alerts == []
        assert set(again.counted) <= {"duplicate", "forgotten", "event_id_conflict"}
        disk.write(again)
    assert changes_by_alert(published) == watched(history)


@few
@given(long_histories, st.data())
def test_old_files_fed_again_raise_nothing_and_change_nothing(history: list[Snapshot], data: DataObject) -> None:
    """Any part of them, in any order, whenever: what was forgotten is counted, and stays as it was published."""
    disk, monitor = Disk(), Monitor(FORCE, FORGETFUL)
    for snapshot in history:
        monitor.apply(snapshot, NOON)
    published: list[Alert] = []
    for until in sorted(data.draw(st.lists(st.integers(NOON, END), min_size=1, max_size=3))):
        monitor.advance(until)
        changes = monitor.drain()
        published += changes.alerts
        disk.write(changes)
        if data.draw(st.booleans()):
            monitor = disk.load(data, FORGETFUL)
        monitor_knew = {key for key in disk.table if b"\0r\0" in key}
        for snapshot in data.draw(st.permutations(history)):
            monitor.apply(snapshot, until)
        again = monitor.drain()
        assert again.alerts == []
        disk.write(again)
        assert {key for key in disk.table if b"\0r\0" in key} == monitor_knew
    monitor.advance(END)
    published += monitor.drain().alerts
    assert changes_by_alert(published) == watched(history)


@few
@given(long_histories, st.data())
def test_live_old_files_fed_again_raise_nothing(history: list[Snapshot], data: DataObject) -> None:
    """By the wall clock too, which does not wait for anybody."""
    monitor = Monitor(FORCE, FORGETFUL, clock=WallClock)
    monitor.tick(NOON - DAY)
    for snapshot in history:
        monitor.apply(snapshot, max(snapshot.event_time, NOON))
    monitor.tick(END)
    monitor.drain()
    for snapshot in data.draw(st.permutations(history)):
        monitor.apply(snapshot, END + HOUR)
    monitor.tick(END + HOUR)
    monitor.tick(END + 2 * HOUR)
    changes = monitor.drain()
    assert [alert for alert in changes.alerts if alert.rule_id != "feed-silent"] == []
    assert set(changes.counted) <= {"duplicate", "forgotten", "event_id_conflict"}


@few
@given(long_histories, st.lists(st.integers(NOON, END)))
def test_one_advance_or_many_forget_the_same(history: list[Snapshot], stops: list[int]) -> None:
    """Matters are looked through at fixed moments of the clock."""
    monitor = Monitor(FORCE, FORGETFUL)
    for snapshot in history:
        monitor.apply(snapshot, NOON)
    for stop in [*stops, END]:
        monitor.advance(stop)
    assert changes_by_alert(monitor.drain_alerts()) == watched(history)


@few
@given(histories(anything))
def test_forgetting_is_no_evidence(history: list[Snapshot]) -> None:
    """Where nothing comes back after the retention, whoever forgets says what whoever never does says."""
    assert watched(history) == watched(history, book=UNFORGETTING)
