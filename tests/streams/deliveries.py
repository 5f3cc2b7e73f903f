"""Feeds that keep their word, in any order they like, and a disk that a crash may leave half written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.products import Alert
from schemas.records import FEEDS, Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import Clock, StreamClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.streams.histories import START
from tests.streams.world import DAY, FORCE, heartbeat

ChangesByAlert = dict[str, list[Alert]]
"""Every alert's whole history, by its id."""


def changes_by_alert(alerts: Iterable[Alert]) -> ChangesByAlert:
    """Return alerts by id, in the order in which they were said."""
    by_id: ChangesByAlert = defaultdict(list)
    for alert in alerts:
        by_id[alert.alert_id].append(alert)
    return dict(by_id)


class Deliveries:
    """One way for feeds that keep their word to deliver a history: in rounds, each ending with heartbeats.

    In each round everything up to a moment arrives that has not yet, in any order, some of it twice; some of what
    comes later arrives early.
    """

    def __init__(self, data: DataObject, history: list[Snapshot], end: int) -> None:
        times = sorted({snapshot.event_time for snapshot in history})
        cuts = data.draw(st.lists(st.sampled_from([*times, START - DAY, START + 10 * DAY]), max_size=4, unique=True))
        self.rounds: list[tuple[list[Snapshot], int]] = []
        waiting = list(history)
        for cut in [*sorted(cuts), end]:
            early = data.draw(st.sets(st.sampled_from(range(len(waiting))))) if waiting else set()
            arriving = [s for i, s in enumerate(waiting) if s.event_time <= cut or i in early]
            waiting = [s for i, s in enumerate(waiting) if not (s.event_time <= cut or i in early)]
            again = data.draw(st.lists(st.sampled_from(arriving), max_size=3)) if arriving else []
            self.rounds.append((data.draw(st.permutations([*arriving, *again])), cut))


def deliver(monitor: Monitor, arriving: Iterable[Snapshot], cut: int) -> None:
    """Take in one round: its snapshots, then the heartbeats, then let the clock run."""
    for snapshot in arriving:
        monitor.apply(snapshot, snapshot.event_time)
        monitor.advance()
    for feed in FEEDS:
        monitor.heartbeat(feed, heartbeat("ONE", cut), cut)
        monitor.heartbeat(feed, heartbeat("TWO", cut), cut)
        monitor.advance()


def open_feeds(monitor: Monitor) -> None:
    """Have every feed say that it sends heartbeats, before it has anything to say."""
    for feed in FEEDS:
        for source in ("ONE", "TWO"):
            monitor.heartbeat(feed, heartbeat(source, 0), START)


class Disk:
    """A state table as a worker keeps it: written entry by entry."""

    def __init__(self) -> None:
        self.table: dict[bytes, bytes] = {}

    def write(self, changes: Changes, how_many: int | None = None) -> None:
        """Write so many of a drain's entries, in their order; all of them unless said otherwise."""
        for key, value in changes.state[:how_many]:
            if value is None:
                self.table.pop(key, None)
            else:
                self.table[key] = value

    def load(self, data: DataObject, book: PolicyBook, *, clock: type[Clock] = StreamClock) -> Monitor:
        """Return a new monitor of what is on the disk, read in any order."""
        monitor = Monitor(FORCE, book, clock=clock)
        for key, value in data.draw(st.permutations(list(self.table.items()))):
            monitor.restore(key, value)
        monitor.restored()
        return monitor
