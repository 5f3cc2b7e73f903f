"""Of one moment only the highest snapshot is read, and a correction of a time is named once, however it comes.

The histories are of few records and few moments, so that revisions of one moment meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.records import FEEDS, AsbReport, Crime, Incident, ProtectionReport, Referral, Snapshot
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.facts.references import identity
from streams.obligations.fixed_times import Correction
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.focused_histories import corrected
from tests.streams.histories import BOOK, END, START, histories, incidents, narrowed, one_of
from tests.streams.world import DAY, FORCE, HOUR, heartbeat

Name = tuple[str, str, int]
"""What a correction is of: a reference, a field, and the moment of which both values were said."""

FIELDS = {
    Incident: ("reported_at", "overseen_at"),
    Crime: ("recorded_at", "reported_at"),
    Referral: ("received_at",),
    ProtectionReport: ("received_at",),
    AsbReport: ("reported_at",),
}
"""The times that stand once stated."""

several = histories(corrected, most=20)
back_and_forth = histories(
    narrowed(
        incidents,
        incident_ref=st.just("I-1"),
        event_time=one_of(START, START + HOUR),
        revision=one_of(0, 1, 2, 3),
        reported_at=one_of(START, START - HOUR),
        overseen_role=st.just("CONTROL_ROOM_INSPECTOR"),
        overseen_at=one_of(START, None),
    ),
    most=8,
)
"""One incident whose times are corrected, and corrected again."""


def highest(history: Iterable[Snapshot]) -> list[Snapshot]:
    """Return, of each record and moment, the snapshot that is read: the last in the contract's order."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    return [
        record.at_moment(moment)[-1]
        for _, record in monitor.context.facts.every_record()
        for moment in sorted({snapshot.event_time for snapshot in record.snapshots})
    ]


def stated(snapshot: Snapshot, field: str) -> int | None:
    """Return the time that a snapshot states; oversight only an inspector's."""
    if isinstance(snapshot, Incident) and field == "overseen_at" and snapshot.overseen_role != "CONTROL_ROOM_INSPECTOR":
        return None
    time: int | None = getattr(snapshot, field)
    return time


def expected(history: Iterable[Snapshot]) -> Counter[Name]:
    """Return how many values a higher revision states where a lower one of the same moment states another."""
    every = set(history)
    values = {
        (type(low).TOPIC, identity(low), field, low.event_time, stated(high, field))
        for low in every
        for high in every
        if type(low) is type(high)
        and (identity(low), low.event_time) == (identity(high), high.event_time)
        and low.revision < high.revision
        for field in FIELDS.get(type(low), ())
        if stated(low, field) not in {None, stated(high, field)}
    }
    return Counter((ref, field, moment) for _, ref, field, moment, _ in values)


def names(corrections: Iterable[Correction]) -> Counter[Name]:
    """Return what corrections are of."""
    return Counter((one.ref, one.field, one.event_time) for one in corrections)


def watched(snapshots: Iterable[Snapshot], until: int = END) -> ChangesByAlert:
    """Return what is said when everything is there before the clock starts."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, START)
    monitor.advance(until)
    return changes_by_alert(monitor.drain_alerts())


@given(several, st.data())
def test_what_a_higher_revision_takes_back_is_as_if_it_had_never_been_said(
    history: list[Snapshot], data: DataObject
) -> None:
    """Whatever the lower said, in any order of arrival: every alert has the same whole history."""
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    assert changes_by_alert(monitor.drain_alerts()) == watched(highest(history))


@given(several, st.data())
def test_live_the_same_is_breached_in_the_end_as_if_only_the_highest_had_come(
    history: list[Snapshot], data: DataObject
) -> None:
    """Though the lower took effect, and raised alerts, before the higher came; restarts or not."""
    disk, monitor, wall = Disk(), Monitor(FORCE, BOOK, clock=WallClock), START - 2 * DAY
    published = []
    monitor.tick(wall)
    for snapshot in data.draw(st.permutations(history)):
        wall += data.draw(st.sampled_from((0, 1, HOUR)))
        monitor.apply(snapshot, wall)
        if data.draw(st.booleans()):
            monitor.tick(wall)
        if data.draw(st.sampled_from((False, False, True))):
            changes = monitor.drain()
            published += changes.alerts
            disk.write(changes)
            monitor = disk.load(data, BOOK, clock=WallClock)
    for feed in FEEDS:
        for source in ("ONE", "TWO"):
            monitor.heartbeat(feed, heartbeat(source, END + DAY), END)
    for later in (END, END + HOUR):
        monitor.tick(later)
    live = changes_by_alert(a for a in [*published, *monitor.drain_alerts()] if a.rule_id != "feed-silent")
    last = [changes[-1] for changes in live.values()]
    breached = {(alert.alert_id, alert.due_at, alert.severity) for alert in last if alert.status == "BREACHED"}
    until = watched(highest(history), END + HOUR).values()
    in_time = {(a.alert_id, a.due_at, a.severity) for a in (changes[-1] for changes in until) if a.status == "BREACHED"}
    assert breached == in_time


@given(several | back_and_forth, st.sampled_from((StreamClock, WallClock)), st.data())
def test_each_correction_is_named_once_whenever_it_comes(
    history: list[Snapshot], clock: type[Clock], data: DataObject
) -> None:
    """In any order, some of it twice, before and after it takes effect, over restarts, under both clocks."""
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    disk, monitor, wall = Disk(), Monitor(FORCE, BOOK, clock=clock), START
    named: list[Correction] = []
    for snapshot in data.draw(st.permutations([*history, *again])):
        monitor.apply(snapshot, wall)
        happens = data.draw(st.sampled_from(("nothing", "nothing", "time passes", "restart")))
        if happens == "time passes":
            wall += data.draw(st.sampled_from((HOUR, DAY, 5 * DAY)))
            if clock is StreamClock:
                monitor.advance(wall)
            else:
                monitor.tick(wall)
        elif happens == "restart":
            changes = monitor.drain()
            named += changes.corrections
            disk.write(changes)
            monitor = disk.load(data, BOOK, clock=clock)
    named += monitor.drain().corrections
    assert names(named) == expected(history)
    assert len({one.correction_id for one in named}) == len(named)
