"""What each clock makes of a history: every change of every alert, in the order in which it is published."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from schemas.products import Alert
from schemas.records import FEEDS, Heartbeat, Snapshot
from schemas.rows import write_json
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.golden.histories import History, read_histories
from tests.streams.world import DAY, HOUR

Run: TypeAlias = Callable[[History, PolicyBook], Iterator[Alert]]

LATE_SECONDS = 1800
"""Within how many seconds of being saved a snapshot arrives."""
HEARTBEAT_LAG = LATE_SECONDS * 1000
"""How far (ms) each feed is behind when it says how far it is complete."""
TICK = 3 * HOUR
WATCHED_ON = 20 * DAY
"""How long after the last arrival time is still passing."""
SILENT_FEED = "cats.referrals.v1"
"""The feed that falls silent for two days, from the third of a history on."""


def under_the_stream_clock(history: History, book: PolicyBook) -> Iterator[Alert]:
    """Yield what backtest and ``--clock stream`` publish."""
    monitors: dict[str, Monitor] = {}
    for snapshot in history.snapshots:
        monitor = monitors.setdefault(snapshot.force, Monitor(snapshot.force, book, keeps_state=False))
        monitor.apply(snapshot, history.until)
    for monitor in monitors.values():
        monitor.advance(history.until)
        yield from monitor.drain_alerts()


def under_the_wall_clock(history: History, book: PolicyBook) -> Iterator[Alert]:
    """Yield what is published live, ticking now and then, where arrivals are late and one feed falls silent."""
    arrivals = sorted(((arrival(snapshot), snapshot) for snapshot in history.snapshots), key=itemgetter(0))
    monitors = {
        snapshot.force: Monitor(snapshot.force, book, clock=WallClock, keeps_state=False)
        for snapshot in history.snapshots
    }
    sources = {force: sources_of(history, force) for force in monitors}
    first = arrivals[0][0] // TICK * TICK
    place = 0
    for wall in range(first, min(history.until, arrivals[-1][0] + WATCHED_ON) + TICK, TICK):
        while place < len(arrivals) and arrivals[place][0] <= wall:
            at, snapshot = arrivals[place]
            monitors[snapshot.force].apply(snapshot, at)
            place += 1
        for force, monitor in monitors.items():
            for topic, source in sources[force]:
                if topic != SILENT_FEED or not 2 * DAY < wall - first < 4 * DAY:
                    monitor.heartbeat(
                        topic, Heartbeat(force=force, source=source, complete_through=wall - HEARTBEAT_LAG), wall
                    )
            monitor.tick(wall)
            yield from monitor.drain_alerts()


def arrival(snapshot: Snapshot) -> int:
    """Return when a snapshot arrives (ms): its event id decides how late."""
    return snapshot.event_time + zlib.crc32(snapshot.event_id.encode()) % LATE_SECONDS * 1000


def sources_of(history: History, force: str) -> list[tuple[str, str]]:
    """Return each feed with each of its sources; one that says nothing all the same vouches for itself."""
    stated = dict.fromkeys((s.TOPIC, s.source) for s in history.snapshots if s.force == force and s.TOPIC in FEEDS)
    return [*stated, *((topic, topic) for topic in FEEDS if topic not in {of for of, _ in stated})]


CLOCKS: dict[str, Run] = {"stream": under_the_stream_clock, "wall": under_the_wall_clock}


def alert_lines(name: str, clock: str) -> Iterator[str]:
    """Yield every alert change of a set of histories under a clock, each behind its history's name."""
    # Former releases took every feed of the built-in policy to be connected.
    book = replace(PolicyBook.built_in(), states_feeds=True)
    for history in read_histories(name):
        for alert in CLOCKS[clock](history, book):
            yield f"{history.name}\t{write_json(alert).decode()}"
