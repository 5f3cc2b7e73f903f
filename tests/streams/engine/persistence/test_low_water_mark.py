"""What was forgotten stays as it was published: neither a crash nor an old file begins its history anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.identifiers import IncidentRef
from schemas.products import Alert
from schemas.records import Snapshot
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.engine.persistence.record_entries import StateWrite
from streams.engine.state import SavedClock, SavedForgetting, clock_key, read
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    call,
    crime,
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
BOOK = policy('[installation]\nforget_after = "64d"')
NOON = ms("2016-03-10 12:00")
GONE = ms("2016-03-11") + RETENTION
"""The first sweep after what was saved at NOON has been quiet for the retention."""
END = NOON + 400 * DAY
TRAINED = (training(NOON - DAY, "P1"), training(NOON - DAY, "F1"))
CLOSED: dict[str, Any] = {
    "crimes_expected": 1,
    "status": "CLOSED",
    "disposition": "NOT_A_CRIME",
    "disposition_rationale": "r",
    "reporter_informed": True,
    "assessed_at": NOON,
}

Table = dict[bytes, bytes]


def life(number: int, begins: int, ends: int) -> list[Snapshot]:
    """Return an incident that is breached and answered, both linked with a crime; it is the same one each time."""
    return [
        incident(begins, crimes_expected=1, event_id=f"i{number}", assessed_at=begins),
        crime(ends, recorded_at=ends, incident_refs=("I-1",), event_id=f"c{number}"),
        incident(ends, reported_at=begins, event_id=f"i{number} closed", **CLOSED),
    ]


BEFORE = [*TRAINED, *life(1, NOON, NOON + 20 * DAY)[:1]]
"""Read and kept before the batch that is lost."""
FIRST_LIFE = life(1, NOON, NOON + 20 * DAY)[1:]
SECOND_LIFE = life(2, NOON + 150 * DAY, NOON + 160 * DAY)
OTHERS = [
    incident(NOON + 30 * DAY, "I-2", crimes_expected=1, assessed_at=NOON),
    crime(NOON + 150 * DAY, "C-2", recorded_at=NOON + 150 * DAY, incident_refs=("I-2",)),
    incident(NOON + 300 * DAY, "I-3", crimes_expected=1),
    crime(NOON + 301 * DAY, "C-3", recorded_at=NOON + 301 * DAY),
]
"""What is open all the while, is forgotten later, or stays."""
BATCH = [*FIRST_LIFE, *SECOND_LIFE, *OTHERS]


def monitor_of(table: Table, clock: type[Clock] = StreamClock) -> Monitor:
    """Return a monitor restarted from a table."""
    monitor = Monitor(FORCE, BOOK, clock=clock)
    for key, value in table.items():
        monitor.restore(key, value)
    monitor.restored()
    return monitor


def written(table: Table, writes: Sequence[StateWrite]) -> Table:
    """Return a table after these writes."""
    table = dict(table)
    for key, value in writes:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return table


def take(monitor: Monitor, snapshots: Sequence[Snapshot], until: int) -> None:
    """Have a monitor read a batch."""
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(until)


def begun() -> Table:
    """Return the table as it was before the batch."""
    monitor = Monitor(FORCE, BOOK)
    take(monitor, BEFORE, NOON + 2 * DAY)
    return written({}, monitor.drain().state)


def mark(monitor: Monitor) -> int | None:
    """Return the low-water mark."""
    return monitor.context.facts.forgotten_through


def by_sequence(alerts: Sequence[Alert]) -> dict[tuple[str, int, int], Alert]:
    """Return changes of alerts by what names them."""
    return {(alert.alert_id, alert.updated_at, alert.sequence): alert for alert in alerts}


def judged(table: Table) -> Table:
    """Return a table but for what is worked out anew after a restart: entries as they say, not as they are packed."""
    return {key: value for key, value in table.items() if key != clock_key(FORCE)}


def test_the_batch_lets_a_matter_be_forgotten_come_back_and_close_again() -> None:
    """So that the test below is about that."""
    monitor = monitor_of(begun())
    take(monitor, BATCH, END)
    recorded = [alert for alert in monitor.drain().alerts if alert.rule_id == "crime-not-recorded"]
    of_first = [(alert.status, alert.sequence) for alert in recorded if alert.subject_ref == "I-1"]
    assert of_first == [("CLEARED", 3), ("AT_RISK", 1), ("BREACHED", 2), ("CLEARED", 3)]
    assert ("BREACHED", 2) in [(alert.status, alert.sequence) for alert in recorded if alert.subject_ref == "I-2"]
    assert set(monitor.context.facts.incidents) == {"I-3"}


def test_a_crash_anywhere_in_what_is_written_leads_to_the_same_end() -> None:
    """The batch is read again, and again: what is said again is said word for word, and the table ends the same."""
    table = begun()
    whole = monitor_of(table)
    take(whole, BATCH, END)
    changes = whole.drain()
    expected, end = by_sequence(changes.alerts), written(table, changes.state)
    assert [key for key, _ in changes.state if b"\0f\0" in key]
    for count in range(len(changes.state) + 1):
        left = written(table, changes.state[:count])
        again = monitor_of(left)
        take(again, BATCH, END)
        repeated = again.drain()
        assert by_sequence(repeated.alerts).items() <= expected.items(), count
        assert judged(written(left, repeated.state)) == judged(end), count
        for second in range(0, len(repeated.state) + 1, 3):
            left_again = written(left, repeated.state[:second])
            last = monitor_of(left_again)
            take(last, BATCH, END)
            final = last.drain()
            assert by_sequence(final.alerts).items() <= expected.items(), (count, second)
            assert judged(written(left_again, final.state)) == judged(end), (count, second)


@pytest.mark.parametrize("clock", [StreamClock, WallClock])
def test_an_old_file_fed_again_is_counted_and_changes_nothing(clock: type[Clock]) -> None:
    """Everything that was ever read, after most of it was forgotten."""
    table = begun()
    monitor = monitor_of(table)
    take(monitor, BATCH, END)
    monitor = monitor_of(written(table, monitor.drain().state), clock)
    if clock is WallClock:
        monitor.tick(END + HOUR)
        monitor.drain()
    before = set(monitor.context.facts.incidents) | set(monitor.context.facts.crimes)
    for snapshot in (*BEFORE, *BATCH):
        monitor.apply(snapshot, END + HOUR)
    changes = monitor.drain()
    assert [alert for alert in changes.alerts if alert.rule_id != "feed-silent"] == []
    assert set(changes.counted) == {"duplicate", "forgotten"}
    assert changes.counted["forgotten"] == len([*BEFORE, *BATCH]) - changes.counted["duplicate"]
    assert set(monitor.context.facts.incidents) | set(monitor.context.facts.crimes) == before


def test_a_matter_that_came_back_does_not_take_its_past_in_again() -> None:
    """However long it stays: what was forgotten once is never judged by again."""
    monitor = Monitor(FORCE, BOOK)
    take(monitor, [*BEFORE, *FIRST_LIFE], NOON + 149 * DAY)
    take(monitor, SECOND_LIFE[:1], NOON + 390 * DAY)
    monitor.drain()
    for snapshot in (*BEFORE, *FIRST_LIFE):
        monitor.apply(snapshot, END)
    changes = monitor.drain()
    assert changes.alerts == []
    assert changes.counted == {"duplicate": len(TRAINED), "forgotten": 3}
    assert monitor.context.facts.incidents[IncidentRef("I-1")].record.first.event_id == "i2"


def test_a_late_snapshot_of_a_matter_that_is_known_is_taken_in_however_old_it_is() -> None:
    """An open alert kept its matter, so nothing of it is forgotten, though others are."""
    monitor = Monitor(FORCE, BOOK)
    others = [incident(NOON + DAY, "I-9", reported_at=NOON + DAY, **CLOSED)]
    take(monitor, [*TRAINED, incident(NOON, crimes_expected=1), *others], GONE + 90 * DAY)
    assert set(monitor.context.facts.incidents) == {"I-1"}
    monitor.apply(incident(NOON + HOUR, reported_at=NOON, **CLOSED), END)
    changes = monitor.drain()
    assert changes.counted == {"behind_clock": 1}
    assert {alert.status for alert in changes.alerts if alert.rule_id == "crime-not-recorded"} >= {"WITHDRAWN"}


def test_where_nothing_was_forgotten_nothing_is_too_old() -> None:
    """A feed that is connected years later brings its past."""
    monitor = Monitor(FORCE, BOOK)
    take(monitor, [incident(NOON + 300 * DAY, "I-3", crimes_expected=1)], END)
    monitor.apply(referral(NOON), END)
    assert monitor.drain().counted == {"behind_clock": 1}
    assert monitor.context.facts.forgotten_through is None


def test_what_is_no_matter_s_own_is_never_too_old() -> None:
    """Training, histories and people's links are kept for ever."""
    monitor = Monitor(FORCE, BOOK)
    take(monitor, [*BEFORE, *FIRST_LIFE], END)
    assert monitor.context.facts.forgotten_through is not None
    lasting: list[Snapshot] = [training(NOON - 90 * DAY, "F2"), history(NOON - 90 * DAY), link(NOON - 90 * DAY)]
    for snapshot in (*lasting, no_crime(NOON), call(NOON)):
        monitor.apply(snapshot, END)
    assert monitor.drain().counted == {"behind_clock": 3, "forgotten": 2}


def test_the_mark_is_in_the_clock_s_entry_and_goes_no_further_than_what_was_forgotten() -> None:
    """A sweep that forgets nothing leaves it; a longer retention later on does not take it back."""
    monitor = Monitor(FORCE, BOOK)
    take(monitor, [*TRAINED, incident(NOON, **CLOSED)], GONE - 1)
    assert mark(monitor) is None
    monitor.advance(GONE)
    assert mark(monitor) == GONE - RETENTION
    monitor.advance(END)
    table = written({}, monitor.drain().state)
    entry = read(clock_key(FORCE), table[clock_key(FORCE)])
    assert isinstance(entry, SavedClock)
    assert entry.forgotten_through == GONE - RETENTION
    longer = Monitor(FORCE, BUILT_IN)
    for key, value in table.items():
        longer.restore(key, value)
    longer.restored()
    longer.apply(incident(NOON, **CLOSED), END)
    assert longer.drain().counted == {"forgotten": 1}


def test_the_names_of_many_matters_go_into_several_entries() -> None:
    """Each fits into a message, and none is left."""
    monitor = Monitor(FORCE, BOOK)
    long = [incident(NOON, f"{'X' * 60_000}{number}", **CLOSED) for number in range(20)]
    take(monitor, [*TRAINED, *long], END)
    writes = monitor.drain().state
    names = [(key, value) for key, value in writes if b"\0f\0" in key]
    entries = [read(key, value) for key, value in names if value is not None]
    assert [len(entry.matters) for entry in entries if isinstance(entry, SavedForgetting)] == [9, 9, 2]
    assert {key for key, _ in names if key in written({}, writes)} == set()
