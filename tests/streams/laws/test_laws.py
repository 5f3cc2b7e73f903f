"""What must hold of every history: nothing but the set of snapshots, the policy and the clock's end decides.

Where feeds keep their word, arrival order, duplicates, how the clock is moved, restarts and crashes change nothing in
the alerts nor in their history.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.products import Alert
from schemas.records import FEEDS, Crime, Snapshot
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.histories import (
    BOOK,
    END,
    START,
    crimes,
    histories,
    incidents,
    no_crimes,
    recording,
    referrals,
    scores,
)
from tests.streams.world import DAY, FORCE, HOUR, MINUTE, heartbeat, policy


def watched(snapshots: Iterable[Snapshot], until: int = END) -> ChangesByAlert:
    """Return what is said when everything is there before the clock starts."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, START)
    monitor.advance(until)
    return changes_by_alert(monitor.drain_alerts())


@given(histories(), st.data())
def test_arrival_order_does_not_change_alerts(history: list[Snapshot], data: DataObject) -> None:
    """Any order, any rounds, some of it twice: every alert has the same whole history."""
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    assert changes_by_alert(monitor.drain_alerts()) == watched(history)


@given(histories(recording, most=30), st.data())
def test_arrival_order_does_not_change_the_recording_alerts(history: list[Snapshot], data: DataObject) -> None:
    """The same, on longer histories of what the recording rules look at."""
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    assert changes_by_alert(monitor.drain_alerts()) == watched(history)


FOUR_FEEDS = policy(
    '[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1", "cis.no-crimes.v1", "cats.referrals.v1"]'
)


@given(histories(st.one_of(incidents, crimes, no_crimes, referrals), most=24), st.data())
def test_feeds_without_heartbeats_change_nothing_while_they_are_late_no_more_than_allowed(
    history: list[Snapshot], data: DataObject
) -> None:
    """Each feed's snapshots come less than ten minutes late, the feeds in any order to one another."""
    complete = Monitor(FORCE, FOUR_FEEDS)
    for snapshot in history:
        complete.apply(snapshot, START)
    complete.advance(END)
    late = {id(snapshot): data.draw(st.integers(0, 10 * MINUTE - 1)) for snapshot in history}
    feeds = {
        topic: sorted((s for s in history if topic == s.TOPIC), key=lambda s: s.event_time + late[id(s)])
        for topic in {snapshot.TOPIC for snapshot in history}
    }
    monitor = Monitor(FORCE, FOUR_FEEDS)
    for topic in data.draw(st.permutations([snapshot.TOPIC for snapshot in history])):
        monitor.apply(feeds[topic].pop(0), START)
        monitor.advance()
    monitor.advance(END)
    changes = monitor.drain()
    assert "behind_clock" not in changes.counted
    assert changes_by_alert(changes.alerts) == changes_by_alert(complete.drain_alerts())


@given(histories(), st.data())
def test_duplicates_change_nothing(history: list[Snapshot], data: DataObject) -> None:
    """Whatever comes twice, early or late, is a no-op; no more than its count is different."""
    again = data.draw(st.lists(st.sampled_from(history), min_size=1, max_size=8))
    assert watched(data.draw(st.permutations([*history, *again]))) == watched(history)


@given(histories(), st.lists(scores, min_size=1, max_size=8))
def test_scores_change_no_alert(history: list[Snapshot], guesses: list[Snapshot]) -> None:
    """Whatever models make of reports, known ones or not, and whenever."""
    assert watched([*history, *guesses]) == watched(history)


@given(histories())
def test_replaying_the_log_raises_nothing_new(history: list[Snapshot]) -> None:
    """Everything once more, after the end: not one change."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    monitor.drain()
    for snapshot in history:
        monitor.apply(snapshot, END)
    monitor.advance(END)
    changes = monitor.drain()
    assert changes.alerts == []
    assert set(changes.counted) == {"duplicate"}
    assert changes.counted["duplicate"] == len(history)


@given(histories(), st.lists(st.integers(START - DAY, END)))
def test_one_advance_or_many_say_the_same(history: list[Snapshot], stops: list[int]) -> None:
    """However far the clock jumps it passes through every moment, and it never goes back."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    published = []
    clock = START - 2 * DAY
    for stop in [*stops, END]:
        monitor.advance(stop)
        published += monitor.drain_alerts()
        assert monitor.clock is not None
        assert monitor.clock >= max(clock, stop)
        clock = monitor.clock
    assert clock == END
    assert changes_by_alert(published) == watched(history)


@given(histories(), st.sampled_from([START + HOUR, START + DAY + 1, START + 10 * DAY]))
def test_what_the_clock_has_not_reached_does_not_matter(history: list[Snapshot], until: int) -> None:
    """What was said up to a moment is the same whether or not later snapshots are there already."""
    known_then = [snapshot for snapshot in history if snapshot.event_time <= until]
    assert watched(history, until) == watched(known_then, until)
    so_far = {name: [a for a in alerts if a.updated_at <= until] for name, alerts in watched(history).items()}
    assert {name: alerts for name, alerts in so_far.items() if alerts} == watched(history, until)


@given(histories())
def test_every_alert_is_numbered_and_dated_in_order(history: list[Snapshot]) -> None:
    """Sequence 1, 2, 3; updated_at never goes back and differs with each; what names the alert never changes."""
    for alerts in watched(history).values():
        assert [alert.sequence for alert in alerts] == list(range(1, len(alerts) + 1))
        times = [alert.updated_at for alert in alerts]
        assert times == sorted(set(times))
        assert {alert.raised_at for alert in alerts} == {times[0]}
        assert len({(alert.rule_id, alert.subject_ref, alert.discriminator) for alert in alerts}) == 1


@given(histories())
def test_every_alert_keeps_the_contracts_arithmetic(history: list[Snapshot]) -> None:
    """What status, reason, due_at, breached_at and lateness say agrees, in every change."""
    for alert in (alert for alerts in watched(history).values() for alert in alerts):
        assert alert.certainty == "CONFIRMED"
        assert (alert.reason is None) == (alert.status in {"AT_RISK", "BREACHED"})
        assert (alert.lateness_ms is not None) == (alert.status == "CLEARED" and alert.due_at is not None)
        assert alert.lateness_ms is None or alert.lateness_ms > 0
        if alert.status in {"BREACHED", "CLEARED"}:
            assert alert.breached_at is not None
            assert alert.due_at in (None, alert.breached_at)
        if alert.status == "BREACHED" and alert.due_at is not None:
            assert alert.updated_at > alert.due_at
        if alert.status == "AT_RISK":
            assert alert.due_at is not None


# -- restarts ------------------------------------------------------------------------------------------------------


@given(histories(), st.data())
def test_a_restart_changes_nothing(history: list[Snapshot], data: DataObject) -> None:
    """A new monitor for every round, from what the last one wrote."""
    disk = Disk()
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    published: list[Alert] = []
    for arriving, cut in Deliveries(data, history, END).rounds:
        changes = monitor.drain()
        published += changes.alerts
        disk.write(changes)
        monitor = disk.load(data, BOOK)
        deliver(monitor, arriving, cut)
    assert changes_by_alert([*published, *monitor.drain().alerts]) == watched(history)


@given(histories(), st.data())
def test_a_crash_changes_nothing(history: list[Snapshot], data: DataObject) -> None:
    """Each round may be lost after its alerts went out and part of its state was written; its input comes again.

    What is said again is said word for word, under the same sequence.
    """
    disk = Disk()
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    disk.write(monitor.drain())
    published: dict[tuple[str, int], Alert] = {}
    for arriving, cut in Deliveries(data, history, END).rounds:
        crashes = data.draw(st.booleans())
        while True:
            deliver(monitor, arriving, cut)
            changes = monitor.drain()
            for alert in changes.alerts:
                assert published.setdefault((alert.alert_id, alert.sequence), alert) == alert
            if not crashes:
                disk.write(changes)
                break
            disk.write(changes, data.draw(st.integers(0, len(changes.state))))
            monitor = disk.load(data, BOOK)
            crashes = data.draw(st.booleans())
    assert changes_by_alert(published[key] for key in sorted(published)) == watched(history)


@given(histories())
def test_writing_state_twice_writes_the_same(history: list[Snapshot]) -> None:
    """A restored monitor that hears nothing has nothing to say, and a change afterwards writes what it would have."""
    disk, monitor = Disk(), Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(START + 3 * DAY)
    disk.write(monitor.drain())
    again = Monitor(FORCE, BOOK)
    for key, value in disk.table.items():
        again.restore(key, value)
    again.restored()
    assert again.drain().alerts == []
    for either in (monitor, again):
        either.advance(END)
    one, other = monitor.drain(), again.drain()
    assert changes_by_alert(one.alerts) == changes_by_alert(other.alerts)
    assert dict(one.state) == dict(other.state)


# -- the feeds break their word, or the wall clock rules -----------------------------------------------------------


def breached(alerts: ChangesByAlert) -> set[tuple[str, int | None, str]]:
    """Return what is breached in the end, and since when it was due."""
    last = [changes[-1] for changes in alerts.values()]
    return {(alert.alert_id, alert.due_at, alert.severity) for alert in last if alert.status == "BREACHED"}


@given(histories(most=12), st.data())
def test_however_late_it_all_arrives_the_same_is_breached_in_the_end(history: list[Snapshot], data: DataObject) -> None:
    """The clock is at the end before anything is heard; each snapshot takes effect at once."""
    monitor = Monitor(FORCE, BOOK)
    monitor.advance(END)
    for snapshot in data.draw(st.permutations(history)):
        monitor.apply(snapshot, END)
    monitor.advance(END + 1)
    assert breached(changes_by_alert(monitor.drain_alerts())) == breached(watched(history, END + 1))


@given(histories(most=12), st.data())
def test_live_the_same_is_breached_in_the_end(history: list[Snapshot], data: DataObject) -> None:
    """In whatever order and with whatever ticks between; once every feed is complete all of it is confirmed."""
    monitor = Monitor(FORCE, BOOK, clock=WallClock)
    monitor.tick(START - 2 * DAY)
    wall = START - 2 * DAY
    for snapshot in data.draw(st.permutations(history)):
        wall += data.draw(st.sampled_from((0, 1, HOUR, DAY)))
        monitor.apply(snapshot, wall)
        if data.draw(st.booleans()):
            monitor.tick(wall)
    for feed in FEEDS:
        for source in ("ONE", "TWO"):
            monitor.heartbeat(feed, heartbeat(source, END + DAY), END)
    for later in (END, END + HOUR):
        monitor.tick(later)
    published = changes_by_alert(alert for alert in monitor.drain_alerts() if alert.rule_id != "feed-silent")
    assert breached(published) == breached(watched(history, END + HOUR))
    assert {changes[-1].certainty for changes in published.values()} <= {"CONFIRMED"}


@given(histories(most=12), st.data())
def test_live_restarts_change_nothing_in_the_end(history: list[Snapshot], data: DataObject) -> None:
    """Whatever was away when, the same is breached, and every alert's changes are numbered without a gap."""
    disk, monitor, wall = Disk(), Monitor(FORCE, BOOK, clock=WallClock), START - 2 * DAY
    published: list[Alert] = []
    for snapshot in data.draw(st.permutations(history)):
        wall += data.draw(st.sampled_from((0, 1, HOUR, DAY)))
        monitor.apply(snapshot, wall)
        happens = data.draw(st.sampled_from(("nothing", "tick", "restart")))
        if happens == "tick":
            monitor.tick(wall)
        elif happens == "restart":
            changes = monitor.drain()
            published += changes.alerts
            disk.write(changes)
            monitor = disk.load(data, BOOK, clock=WallClock)
    for later in (END, END + HOUR):
        monitor.tick(later)
    by_id = changes_by_alert(alert for alert in [*published, *monitor.drain_alerts()] if alert.rule_id != "feed-silent")
    for alerts in by_id.values():
        assert [alert.sequence for alert in alerts] == list(range(1, len(alerts) + 1))
    assert breached(by_id) == breached(watched(history, END + HOUR))


# -- several forces, and matters that come back --------------------------------------------------------------------


@given(histories(), histories(), st.data())
def test_forces_are_independent(ours: list[Snapshot], theirs: list[Snapshot], data: DataObject) -> None:
    """What another force's systems say, at the same time and in the same process, changes nothing here."""
    alone = watched(ours)
    here, there = Monitor(FORCE, BOOK), Monitor("NOTTS", BOOK)
    both = [*((here, s) for s in ours), *((there, msgspec.structs.replace(s, force="NOTTS")) for s in theirs)]
    for monitor, snapshot in data.draw(st.permutations(both)):
        monitor.apply(snapshot, START)
    for until in (START, START + DAY, END):
        there.advance(until)
        here.advance(until)
    assert changes_by_alert(here.drain_alerts()) == alone
    assert {alert.force for alert in there.drain_alerts()} <= {"NOTTS"}


FOLLOW_THE_DECISION = frozenset(
    {"no-crime-unauthorised", "no-crime-unsupported", "no-crime-victim-uninformed", "cancelled-without-decision"}
)


def lasting(alerts: ChangesByAlert) -> set[tuple[object, ...]]:
    """Return what stands in the end: what is open, and what was met late; not what decisions on crimes are told."""
    return {
        (alert.alert_id, alert.status, alert.reason, alert.due_at, alert.lateness_ms)
        for alert in (changes[-1] for changes in alerts.values())
        if alert.rule_id not in FOLLOW_THE_DECISION
        and (alert.status == "BREACHED" or (alert.status == "CLEARED" and alert.due_at is not None))
    }


@given(histories(recording), crimes)
def test_cancelling_a_crime_and_restoring_it_leaves_things_as_they_were(
    history: list[Snapshot], crime: Snapshot
) -> None:
    """Whatever was said in between, what stands in the end is what stood before."""
    assert isinstance(crime, Crime)
    recorded = msgspec.structs.replace(crime, status="RECORDED", event_time=END, event_id="z1")
    cancelled = msgspec.structs.replace(recorded, status="CANCELLED", event_time=END + HOUR, event_id="z2")
    restored = msgspec.structs.replace(recorded, event_time=END + 40 * DAY, event_id="z3")
    end = END + 80 * DAY
    assert lasting(watched([*history, recorded, cancelled, restored], end)) == lasting(
        watched([*history, recorded], end)
    )
