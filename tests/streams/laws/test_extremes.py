"""Whatever a record's schema admits can be judged: nothing raises, nothing is set aside, and all can be read."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.codec import Codec
from schemas.products import Product
from schemas.records import SOURCE_RECORDS, Heartbeat, Snapshot
from schemas.rows import write_json
from schemas.times import EARLIEST, LATEST
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.topology.topics import ALERTS, CASES, CLOCKS, LARGEST_MESSAGE_BYTES
from tests.streams.deliveries import Disk
from tests.streams.extremes import TIMES, snapshots, snapshots_of, times
from tests.streams.world import DAY, FORCE, policy

BOOK = policy(
    '[installation]\nforget_after = "999999d"\npublished_for = "999999d"\n'
    "[rules]\ntheme_minimum_calls = 1\ntheme_p = 0.9"
)
"""So that the clock, which passes through 81 centuries here, stops for what to forget some hundred times."""
CODEC = Codec(max_bytes=LARGEST_MESSAGE_BYTES)
wild = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.data_too_large, HealthCheck.too_slow],
)


def require_sound(changes: Changes) -> None:
    """Require that nothing was set aside, and that whoever reads what is published can read it."""
    assert changes.unjudgeable == []
    for alert in changes.alerts:
        write_json(alert)
        assert _read_again(ALERTS.name, alert) <= ALERTS.max_message_bytes
    for case in changes.cases.values():
        if case is not None:
            assert _read_again(CASES.name, case) <= CASES.max_message_bytes
    if changes.clock is not None:
        assert _read_again(CLOCKS.name, changes.clock) <= CLOCKS.max_message_bytes
    for key, value in changes.state:
        assert len(key) + len(value or b"") < LARGEST_MESSAGE_BYTES


def _read_again(topic: str, product: Product) -> int:
    encoded = CODEC.encode(product)
    assert CODEC.decode(topic, encoded) == product
    return len(encoded)


def stream(history: list[Snapshot], stops: list[int], data: DataObject) -> None:
    """Watch on the stream clock, with a restart at each stop."""
    disk, monitor = Disk(), Monitor(FORCE, BOOK)
    for number, stop in enumerate(sorted(stops)):
        for snapshot in history[number :: len(stops)]:
            monitor.apply(snapshot, snapshot.event_time)
            monitor.advance()
        monitor.advance(stop)
        changes = monitor.drain()
        require_sound(changes)
        disk.write(changes)
        monitor = disk.load(data, BOOK)
        require_sound(monitor.drain())


def live(history: list[Snapshot], stops: list[int], data: DataObject) -> None:
    """Watch on the wall clock, with a restart at each stop."""
    disk, monitor = Disk(), Monitor(FORCE, BOOK, clock=WallClock)
    for number, stop in enumerate(sorted(stops)):
        monitor.tick(stop)
        for snapshot in history[number :: len(stops)]:
            monitor.apply(snapshot, stop)
        monitor.tick(min(stop + DAY, LATEST))
        for _ in monitor.open_obligations().steps():
            pass
        changes = monitor.drain()
        require_sound(changes)
        disk.write(changes)
        monitor = disk.load(data, BOOK, clock=WallClock)


@wild
@given(st.lists(snapshots, min_size=1, max_size=8), st.lists(times, min_size=1, max_size=3), st.data())
def test_on_the_stream_clock_nothing_raises(history: list[Snapshot], stops: list[int], data: DataObject) -> None:
    """Whatever meets whatever, and wherever the clock stops."""
    stream(history, stops, data)


@wild
@given(st.lists(snapshots, min_size=1, max_size=8), st.lists(times, min_size=1, max_size=3), st.data())
def test_on_the_wall_clock_nothing_raises(history: list[Snapshot], stops: list[int], data: DataObject) -> None:
    """Whatever meets whatever, and whenever it arrives."""
    live(history, stops, data)


@pytest.mark.parametrize("record", SOURCE_RECORDS)
@settings(wild, max_examples=25)
@given(st.data())
def test_no_record_raises_by_itself(record: type[Snapshot], data: DataObject) -> None:
    """Each type, in as many shapes."""
    history = data.draw(st.lists(snapshots_of(record), min_size=1, max_size=3))
    stops = [EARLIEST, EARLIEST + 40 * DAY, LATEST - 40 * DAY, LATEST]
    for first, last in (stops[:2], stops[2:]):
        stream(history, [first, last], data)
        live(history, [first, last], data)


@given(st.lists(st.tuples(st.sampled_from(TIMES), st.sampled_from(("", "\0", "s", "x" * 65_536))), min_size=1))
def test_no_heartbeat_raises(beats: list[tuple[int, str]]) -> None:
    """Whatever a source vouches for."""
    monitor = Monitor(FORCE, BOOK)
    for through, source in beats:
        for record in SOURCE_RECORDS[:9]:
            beat = Heartbeat(force=FORCE, source=source, complete_through=through)
            monitor.heartbeat(record.TOPIC, beat, through)
        monitor.advance()
    require_sound(monitor.drain())
