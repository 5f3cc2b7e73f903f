"""A small record is one entry of state, a large one an entry for each snapshot: none outgrows a message."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.codec import MAX_BYTES
from schemas.products import Erasure, Subject
from schemas.records import NoCrime, Snapshot, VerifiableInformation
from streams.engine.monitor import Monitor
from streams.engine.persistence import record_entries
from streams.engine.persistence.record_entries import SMALL_BYTES, StateWrite
from streams.topology.topics import LARGEST_MESSAGE_BYTES
from tests.streams.deliveries import Disk
from tests.streams.effort import calls_of
from tests.streams.histories import BOOK, anything, histories
from tests.streams.laws import test_laws, test_retention_laws
from tests.streams.restarts import Restarts
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, incident, ms, no_crime

NOON = ms("2016-03-10 12:00")
HEAD = b"LEICS\0r\0storm.incidents.v1\0I-1"


def saved(number: int, size: int = 100_000) -> Snapshot:
    """Return a snapshot of one incident, as large as may be, that says something else each time."""
    text = f"{number:04}" + "x" * size
    return incident(NOON + number, reported_at=NOON, event_id=f"e{number}", location=text, team=f"T{number % 7}")


def of_snapshots(writes: list[StateWrite]) -> list[StateWrite]:
    """Return the writes of single snapshots."""
    return [write for write in writes if b"\0s\0" in write[0]]


def test_a_small_record_is_one_entry() -> None:
    """As most are."""
    watching = Restarts()
    for number in range(5):
        watching.monitor.apply(saved(number, 10), NOON)
    watching.write()
    assert [key for key in watching.table if b"storm" in key] == [HEAD]


def test_a_large_record_is_written_a_snapshot_at_a_time_and_each_once() -> None:
    """A hundred snapshots near the largest there may be would be more than any message."""
    monitor = Monitor(FORCE, BUILT_IN)
    for number in range(30):
        monitor.apply(saved(number, 900_000), NOON)
    writes = monitor.drain().state
    assert len(of_snapshots(writes)) == 30
    assert max(len(key) + len(value or b"") for key, value in writes) < MAX_BYTES
    monitor.apply(saved(30, 900_000), NOON)
    writes = monitor.drain().state
    assert len(of_snapshots(writes)) == 1
    assert sum(len(value or b"") for _, value in writes) < MAX_BYTES
    assert writes.index(next(write for write in writes if write[0] == HEAD)) > writes.index(of_snapshots(writes)[0])


def test_the_largest_message_fits_into_an_entry() -> None:
    """What Avro packs most tightly: a list of small records that say nothing."""
    avi = (VerifiableInformation(kind="", detail=""),) * (MAX_BYTES // 3)
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(no_crime(NOON, avi=avi), NOON)
    writes = monitor.drain().state
    assert max(len(key) + len(value or b"") for key, value in writes) < LARGEST_MESSAGE_BYTES
    again = Monitor(FORCE, BUILT_IN)
    for key, value in writes:
        assert value is not None
        again.restore(key, value)
    again.restored()
    ((_, record),) = again.context.facts.every_record()
    assert isinstance(record.snapshots[0], NoCrime)
    assert record.snapshots[0].avi == avi


def test_a_restart_takes_a_large_record_back_and_goes_on_with_it() -> None:
    """What is there is not written again; what has gone is deleted."""
    watching = Restarts()
    for number in range(6):
        watching.monitor.apply(saved(number), NOON)
    watching.monitor.advance(NOON + HOUR)
    watching.restart()
    record = watching.monitor.context.facts.incidents["I-1"].record  # type: ignore[index]
    assert [snapshot.event_id for snapshot in record.snapshots] == [f"e{number}" for number in range(6)]
    watching.monitor.apply(saved(6), NOON)
    writes = watching.monitor.drain().state
    assert len(of_snapshots(writes)) == 1
    del record.snapshots[2:4]
    record.effective_count -= 2
    watching.monitor.apply(saved(7), NOON)
    writes = of_snapshots(watching.monitor.drain().state)
    assert [value is None for _, value in writes] == [False, True, True]


def test_a_large_record_is_deleted_with_all_its_snapshots() -> None:
    """The record's own entry first: without it the others count for nothing."""
    watching = Restarts()
    for number in range(4):
        watching.monitor.apply(saved(number), NOON)
    watching.write()
    subject = Subject(kind="incident", ref="I-1")
    watching.monitor.erase(
        Erasure(erasure_id="x", force=FORCE, subjects=(subject,), erased_at=NOON, requested_by="f"), NOON
    )
    writes = [key for key, value in watching.monitor.drain().state if value is None]
    assert writes[0] == HEAD
    assert set(writes) >= {key for key in watching.table if b"\0s\0" in key}


def test_snapshots_without_their_record_are_deleted_and_never_judged() -> None:
    """A crash came between the two."""
    watching = Restarts()
    for number in range(4):
        watching.monitor.apply(saved(number), NOON)
    watching.write()
    del watching.table[HEAD]
    watching.restart()
    assert watching.monitor.context.facts.incidents == {}
    watching.write()
    assert not [key for key in watching.table if b"\0s\0" in key]


def test_three_thousand_snapshots_of_one_record_take_work_in_proportion() -> None:
    """To take in and to write, in batches as a worker reads them."""

    def taken(count: int) -> None:
        monitor = Monitor(FORCE, BUILT_IN)
        snapshots = (saved(number, 1_000) for number in range(count))
        while batch := list(islice(snapshots, 100)):
            for snapshot in batch:
                monitor.apply(snapshot, NOON)
            assert sum(len(value or b"") for _, value in monitor.drain().state) < 2 * SMALL_BYTES
        assert monitor.pending == count

    few, many = (calls_of(lambda n=number: taken(n)) for number in (750, 3_000))  # type: ignore[misc]
    assert many < 5 * few


@given(st.data())
def test_a_crash_changes_nothing_where_every_record_is_large(data: DataObject) -> None:
    """The laws of crashes hold whatever size is large."""
    before = record_entries.SMALL_BYTES
    record_entries.SMALL_BYTES = 0  # type: ignore[misc]
    try:
        law = data.draw(
            st.sampled_from((test_laws.test_a_crash_changes_nothing, test_laws.test_a_restart_changes_nothing))
        )
        law.hypothesis.inner_test(data.draw(histories(anything)), data)
    finally:
        record_entries.SMALL_BYTES = before  # type: ignore[misc]


@settings(max_examples=30)
@given(st.data())
def test_a_crash_while_large_records_are_forgotten_changes_nothing(data: DataObject) -> None:
    """Nor does one in the middle of a sweep."""
    before = record_entries.SMALL_BYTES
    record_entries.SMALL_BYTES = 0  # type: ignore[misc]
    try:
        law = test_retention_laws.test_a_crash_changes_nothing_although_matters_are_forgotten
        law.hypothesis.inner_test(data.draw(test_retention_laws.long_histories), data)  # type: ignore[attr-defined]
    finally:
        record_entries.SMALL_BYTES = before  # type: ignore[misc]


@pytest.mark.parametrize("clock_at", [NOON + HOUR, NOON + 30 * DAY])
def test_what_a_large_record_leads_to_is_what_a_small_one_does(clock_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same alerts, after a restart too."""
    ends = []
    for bytes_at_most in (0, SMALL_BYTES):
        monkeypatch.setattr(record_entries, "SMALL_BYTES", bytes_at_most)
        disk, monitor = Disk(), Monitor(FORCE, BOOK)
        for number in range(40):
            monitor.apply(saved(number, 10), NOON)
        monitor.advance(clock_at)
        changes = monitor.drain()
        disk.write(changes)
        again = Monitor(FORCE, BOOK)
        for key, value in disk.table.items():
            again.restore(key, value)
        again.restored()
        again.advance(NOON + 60 * DAY)
        ends.append([*changes.alerts, *again.drain().alerts])
    assert ends[0] == ends[1]
    assert ends[0]
