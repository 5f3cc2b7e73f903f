"""State that was lost: whoever judges from the beginning knows what was published, and that never goes back."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.products import Alert
from schemas.records import Snapshot
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.engine.persistence.published_alerts import entries_of
from streams.policy import PolicyBook
from tests.streams.deliveries import Deliveries, changes_by_alert, deliver, open_feeds
from tests.streams.histories import anything, histories, recording
from tests.streams.laws.test_retention_laws import END, FORGETFUL, NOON, UNFORGETTING, long_histories, watched
from tests.streams.world import DAY, FORCE, HOUR, crime, incident, link

few = settings(max_examples=60)


class Published:
    """The topic of alerts: every message, and the last under each key."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    @property
    def newest(self) -> dict[str, Alert]:
        """Return each alert as it was last published."""
        return {alert.alert_id: alert for alert in self.alerts}

    def without_state(self, book: PolicyBook, clock: type[Clock] = StreamClock) -> Monitor:
        """Return a monitor whose state was lost, and which knows what was published."""
        monitor = Monitor(FORCE, book, clock=clock)
        for key, value in entries_of(self.newest.values()).items():
            monitor.restore(key, value)
        monitor.restored()
        return monitor

    def follow(self, alerts: Iterable[Alert]) -> None:
        """Take what is published next, which must come after what was published of the same alert."""
        for alert in alerts:
            before = self.newest.get(alert.alert_id)
            assert alert.sequence == (before.sequence + 1 if before else 1)
            assert before is None or (alert.raised_at, True) == (
                before.raised_at,
                alert.updated_at >= before.updated_at,
            )
            self.alerts.append(alert)


@few
@given(long_histories, st.data())
def test_where_feeds_keep_their_word_nothing_is_published_twice_and_all_of_it_once(
    history: list[Snapshot], data: DataObject
) -> None:
    """Judged from the beginning any number of times, and again lost on the way: the history is the same."""
    published = Published()
    for _ in range(data.draw(st.integers(1, 3))):
        monitor = published.without_state(UNFORGETTING)
        open_feeds(monitor)
        rounds = Deliveries(data, history, END).rounds
        for arriving, cut in rounds[: data.draw(st.integers(0, len(rounds)))]:
            deliver(monitor, arriving, cut)
            published.follow(monitor.drain().alerts)
    monitor = published.without_state(UNFORGETTING)
    open_feeds(monitor)
    deliver(monitor, history, END)
    published.follow(monitor.drain().alerts)
    assert changes_by_alert(published.alerts) == watched(history, book=UNFORGETTING)


@few
@given(long_histories, st.data())
def test_where_matters_are_forgotten_what_is_said_again_is_said_word_for_word(
    history: list[Snapshot], data: DataObject
) -> None:
    """A matter that came back begins anew each time, under the same sequence and moment."""
    expected = watched(history)
    published = Published()
    for alerts in expected.values():
        published.alerts += alerts[: data.draw(st.integers(0, len(alerts)))]
    monitor = published.without_state(FORGETFUL)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    again = monitor.drain().alerts
    assert all(alert in expected[alert.alert_id] for alert in again)
    assert {**published.newest, **{alert.alert_id: alert for alert in again}} == {
        alert_id: alerts[-1] for alert_id, alerts in expected.items()
    }


@few
@given(histories(st.one_of(anything, recording)), st.data())
def test_where_records_came_late_what_is_judged_otherwise_is_the_next_change(
    history: list[Snapshot], data: DataObject
) -> None:
    """Late the first time, in time when all is read from the beginning; whoever does so again has nothing to add."""
    published = Published()
    first = Monitor(FORCE, UNFORGETTING)
    for snapshot in data.draw(st.permutations(history)):
        first.advance(data.draw(st.sampled_from([snapshot.event_time - 1, snapshot.event_time + DAY])))
        first.apply(snapshot, snapshot.event_time)
    first.advance(END)
    published.follow(first.drain().alerts)
    changes = [0, 0]
    for time in (0, 1):
        monitor = published.without_state(UNFORGETTING)
        for snapshot in history:
            monitor.apply(snapshot, snapshot.event_time)
        monitor.advance(END)
        again = monitor.drain().alerts
        published.follow(again)
        changes[time] = len(again)
    assert changes[1] == 0
    assert watched(history, book=UNFORGETTING).keys() <= published.newest.keys()


@few
@given(histories(st.one_of(anything, recording)), st.data())
def test_live_nothing_rises_again_today(history: list[Snapshot], data: DataObject) -> None:
    """What rose a month ago is known to have risen then, and what has not changed is not published."""
    published = Published()
    first = Monitor(FORCE, UNFORGETTING, clock=WallClock)
    first.tick(NOON - 400 * DAY)
    for snapshot in history:
        first.apply(snapshot, snapshot.event_time)
    first.tick(END)
    first.tick(END + HOUR)
    published.follow(first.drain().alerts)
    monitor = published.without_state(UNFORGETTING, WallClock)
    for snapshot in data.draw(st.permutations(history)):
        monitor.apply(snapshot, snapshot.event_time)
    monitor.tick(END + 2 * HOUR)
    monitor.tick(END + 3 * HOUR)
    published.follow(alert for alert in monitor.drain().alerts if alert.rule_id != "feed-silent")


def test_a_late_link_that_is_in_time_when_read_again_takes_nothing_back() -> None:
    """It came after the breach and ended it.  Read from the beginning there was none, and that is told as a change."""
    report = incident(NOON, crimes_expected=1)
    recorded = crime(NOON + HOUR, incident_refs=())
    joined = link(NOON + 2 * HOUR)
    published, first = Published(), Monitor(FORCE, UNFORGETTING)
    first.apply(report, NOON)
    first.apply(recorded, NOON)
    first.advance(NOON + 9 * DAY)
    first.apply(joined, NOON + 9 * DAY)
    first.advance(END)
    published.follow(first.drain().alerts)
    before = published.newest
    assert any(alert.rule_id == "crime-not-recorded" and alert.sequence > 1 for alert in before.values())
    monitor = published.without_state(UNFORGETTING)
    for snapshot in (report, recorded, joined):
        monitor.apply(snapshot, NOON)
    monitor.advance(END)
    again = monitor.drain().alerts
    published.follow(again)
    assert published.newest.keys() == before.keys()
