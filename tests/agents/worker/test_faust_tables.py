"""The state table: how many entries a partition has stands in each message of its changelog; no Kafka."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents.settings.settings import Settings
from agents.worker.faust_app import WorkerApp
from agents.worker.faust_tables import StateTable, state_table

FORMER = ("cdi-program", b"1.0")
ALL = [b"LEICS\0a", b"LEICS\0b", b"LEICS\0c"]


class Changelog:
    """The messages of a partition as a producer writes them."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bytes | None, list[Any]]] = []
        self.delivered_to = 0

    def put(self, _: str, key: bytes, value: bytes | None, partition: int, headers: Any) -> None:
        """Append a message."""
        assert partition == 0
        self.messages.append((key, value, headers))

    async def delivered(self) -> None:
        """Have the broker take all that was put."""
        self.delivered_to = len(self.messages)


class Worker:
    """A worker's state table."""

    def __init__(self, folder: Path, changelog: Changelog) -> None:
        settings, producer = Settings(data=folder), changelog
        untyped: Any = producer
        self.table: StateTable = state_table(WorkerApp(settings), settings, untyped, [FORMER])
        self.table._partition_of = lambda _: 0

    def write(self, *entries: tuple[bytes, bytes | None]) -> None:
        """Write entries that follow from some event."""
        event: Any = Event()
        self.table.write(event, entries)

    def recover(self, messages: list[tuple[bytes, bytes | None, list[Any]]]) -> StateTable:
        """Read the changelog."""
        events: Any = [Event(key, value, headers, offset) for offset, (key, value, headers) in enumerate(messages)]
        self.table.apply_changelog_batch(events)
        self.table.count_entries()
        return self.table


class Event:
    """What Faust hands out for a message of partition 0."""

    def __init__(self, key: bytes = b"", value: bytes | None = b"", headers: Any = (), offset: int = 0) -> None:
        self.key, self.value = key, value
        self.message = SimpleNamespace(
            key=key, value=value, headers=headers, offset=offset, partition=0, topic="state", tp=("state", 0)
        )


@pytest.fixture
def changelog() -> Changelog:
    """Return an empty changelog."""
    return Changelog()


def write_some(worker: Worker) -> None:
    """Write entries, change one, and delete one."""
    worker.write(*((key, b"1") for key in ALL))
    worker.write((ALL[0], b"2"), (ALL[1], None), (b"LEICS\0never", None))


def test_after_a_crash_between_any_two_messages_a_partition_is_whole(tmp_path: Path, changelog: Changelog) -> None:
    """Each message says how many entries there are with it."""
    write_some(Worker(tmp_path, changelog))
    assert len(changelog.messages) == 5
    for length in range(6):
        assert Worker(tmp_path, Changelog()).recover(changelog.messages[:length]).is_whole(0)


@pytest.mark.parametrize("first", range(1, 5))
def test_without_its_first_messages_a_partition_is_not_whole(tmp_path: Path, changelog: Changelog, first: int) -> None:
    """A wrong retention takes those, or a topic that was made anew while workers went on."""
    write_some(Worker(tmp_path, changelog))
    changed = {key for key, _, _ in changelog.messages[first:]}
    table = Worker(tmp_path, Changelog()).recover(changelog.messages[first:])
    assert table.is_whole(0) == ({ALL[0], ALL[2]} <= changed)


def test_a_partition_whose_messages_say_nothing_is_believed(tmp_path: Path, changelog: Changelog) -> None:
    """A former release wrote last."""
    write_some(Worker(tmp_path, changelog))
    former = [(key, value, [FORMER]) for key, value, _ in changelog.messages]
    assert Worker(tmp_path, Changelog()).recover(former[3:]).is_whole(0)
    assert Worker(tmp_path, Changelog()).recover([*changelog.messages[3:], former[3]]).is_whole(0)


def test_what_is_written_after_a_recovery_is_counted_on(tmp_path: Path, changelog: Changelog) -> None:
    """Faust reads what a worker wrote itself at the next rebalance, over what it has."""
    write_some(Worker(tmp_path, changelog))
    there, later = list(changelog.messages), Changelog()
    worker = Worker(tmp_path, later)
    worker.recover(there)
    worker.write((b"LEICS\0d", b"1"))
    assert worker.table.is_whole(0)
    worker.recover(later.messages)
    assert worker.table.is_whole(0)
    assert Worker(tmp_path, Changelog()).recover([*there, *later.messages]).is_whole(0)


def test_a_partition_that_is_being_replaced_is_not_whole_before_it_is_committed(
    tmp_path: Path, changelog: Changelog
) -> None:
    """Whoever finds it half replaced, or replaced and read on from the middle, begins anew."""
    worker = Worker(tmp_path, changelog)
    write_some(worker)
    before = len(changelog.messages)
    committed: list[int] = []

    async def commit() -> None:
        assert changelog.delivered_to == len(changelog.messages)
        committed.append(len(changelog.messages))

    entries = {ALL[0]: b"3", b"LEICS\0e": b"1", b"LEICS\0f": b"1"}
    asyncio.run(worker.table.replace(0, entries, commit))
    assert changelog.delivered_to == len(changelog.messages) == committed[0] + 1
    assert dict(worker.table.data) == entries
    for length in range(before + 1, len(changelog.messages)):
        assert not Worker(tmp_path, Changelog()).recover(changelog.messages[:length]).is_whole(0)
    again = Worker(tmp_path, Changelog()).recover(changelog.messages)
    assert again.is_whole(0)
    assert dict(again.data) == entries
    assert worker.table.is_whole(0)


def test_a_table_whose_replacement_was_broken_off_is_not_whole(tmp_path: Path, changelog: Changelog) -> None:
    """A rebalance overtook the recovery, and the same worker has the partition again before it reads what it wrote."""
    worker = Worker(tmp_path, changelog)
    write_some(worker)

    async def broken_off() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(worker.table.replace(0, {ALL[0]: b"3"}, broken_off))
    worker.table.count_entries()
    assert not worker.table.is_whole(0)


def test_a_partition_may_be_replaced_by_nothing(tmp_path: Path, changelog: Changelog) -> None:
    """Nothing was published, or nothing was there: it is whole and empty."""
    worker = Worker(tmp_path, changelog)
    write_some(worker)
    committed: Counter[str] = Counter()

    async def commit() -> None:
        committed["times"] += 1

    for _ in range(2):
        asyncio.run(worker.table.replace(0, {}, commit))
        table = Worker(tmp_path, Changelog()).recover(changelog.messages)
        assert table.is_whole(0)
        assert table.is_empty(0)
    assert committed["times"] == 2
