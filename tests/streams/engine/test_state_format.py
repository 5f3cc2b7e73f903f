"""State of every format there ever was is read; state of one that is yet to come is refused, by name."""

from __future__ import annotations

import msgspec
import pytest

from schemas.avro import NEWEST_ID
from schemas.products import Alert
from streams.engine import state
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.engine.state_format import FORMAT, MIGRATIONS, NewerStateError, format_of, migrated, stamped
from tests.streams.engine.golden_entries import BOOK, DAY, FOLDER, Golden, entries_of, said_by

FORMATS = range(1, FORMAT + 1)
FORCES = ("LEICS", "DERBS")


def contains(entry: object, golden: object) -> bool:
    """Tell whether an entry says all that it said when it was kept; fields that came later may stand beside."""
    if isinstance(golden, dict):
        return isinstance(entry, dict) and all(
            name in entry and contains(entry[name], value) for name, value in golden.items()
        )
    if isinstance(golden, list):
        return isinstance(entry, list) and len(entry) == len(golden) and all(map(contains, entry, golden))
    return entry == golden


def rebuilt(force: str, entries: list[Golden], *, clock: type[Clock]) -> Monitor:
    """Give the monitor of a force as a worker rebuilds it."""
    monitor = Monitor(force, BOOK, clock=clock)
    for golden in entries:
        if golden.key.startswith(force.encode()):
            monitor.restore(golden.key, golden.value)
    monitor.restored()
    return monitor


def test_entries_are_kept_of_every_format() -> None:
    """Whoever raises FORMAT keeps a file of it: 'python -m tests.streams.engine.golden_entries'."""
    assert {file.name for file in FOLDER.glob("*.jsonl")} == {f"state-format-{number}.jsonl" for number in FORMATS}
    assert set(MIGRATIONS) == set(range(1, FORMAT))


@pytest.mark.parametrize("number", FORMATS)
def test_entries_of_every_format_are_read_whole(number: int) -> None:
    """Each says what it said when it was written."""
    entries = entries_of(number)
    assert {key.split(b"\0")[1] for key, _, _ in entries} >= {b"r", b"a", b"c"}
    assert {format_of(value) for _, value, _ in entries} == {number}
    for key, value, says in entries:
        assert contains(said_by(state.read(key, value)), says), key


@pytest.mark.parametrize("number", FORMATS)
def test_a_monitor_goes_on_from_entries_of_every_format(number: int) -> None:
    """It ends, a month later, with the alerts of one that saw every snapshot itself."""
    entries = entries_of(number)
    restored, replayed = rebuilt("LEICS", entries, clock=StreamClock), Monitor("LEICS", BOOK)
    for key, value, _ in entries:
        entry = state.read(key, value)
        if key.startswith(b"LEICS") and isinstance(entry, state.SavedRecord):
            for snapshot in entry.snapshots:
                replayed.apply(snapshot, snapshot.event_time)
    assert restored.clock is not None
    until = restored.clock + 30 * DAY
    ends: list[dict[str, str]] = []
    for monitor in (restored, replayed):
        alerts = {} if monitor is replayed else {alert.alert_id: alert for alert in restored_alerts(entries)}
        monitor.advance(until)
        alerts |= {alert.alert_id: alert for alert in monitor.drain().alerts}
        ends.append({alert_id: alert.status for alert_id, alert in alerts.items()})
    assert ends[0] == ends[1]
    assert len(ends[0]) > 5


def restored_alerts(entries: list[Golden]) -> list[Alert]:
    """Give the alerts among the first force's entries."""
    read = [state.read(key, value) for key, value, _ in entries if key.startswith(b"LEICS")]
    return [entry.alert for entry in read if isinstance(entry, state.SavedAlert)]


@pytest.mark.parametrize("number", FORMATS)
def test_what_was_read_is_written_in_todays_format(number: int) -> None:
    """Whatever a monitor writes after it took over, nobody has to migrate again."""
    monitor = rebuilt("DERBS", entries_of(number), clock=WallClock)
    assert monitor.clock is not None
    monitor.tick(monitor.clock + 30 * DAY)
    written = [value for _, value in monitor.drain().state if value is not None]
    assert {format_of(value) for value in written} == {FORMAT}


def test_migrations_run_one_after_another_from_where_an_entry_stands() -> None:
    """An entry passes each step from its own format to today's once, in order, and learns under which key it stands."""
    steps = {number: lambda key, body, step=number: body + key + str(step).encode() for number in (1, 2, 3)}
    assert migrated(b"k", b"\x90", steps) == b"\x90k1k2k3"
    assert migrated(b"k", b"\xc1\x03\x90", steps) == b"\x90k3"
    assert migrated(b"k", b"\xc1\x04\x90", steps) == b"\x90"


def test_state_of_a_later_format_is_refused_by_name() -> None:
    """Before anything of it is read: what stands there may mean anything."""
    with pytest.raises(NewerStateError) as refusal:
        state.read(state.clock_key("LEICS"), bytes([0xC1, FORMAT + 1]) + b"whatever")
    assert (refusal.value.version, refusal.value.newest) == (f"state of format {FORMAT + 1}", f"format {FORMAT}")


def test_rows_of_a_later_schema_are_refused_by_name() -> None:
    """A release that only added a field leaves the format as it is, and rows that this one has no columns for."""
    later = stamped(msgspec.msgpack.encode((NEWEST_ID + 1, [["an alert of tomorrow"]])))
    with pytest.raises(NewerStateError) as refusal:
        state.read(b"LEICS\0a\0incident\0x", later)
    assert refusal.value.version == f"a row of schema {NEWEST_ID + 1:#x}"
