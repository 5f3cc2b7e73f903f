"""Records as table entries: a small record is one entry, a large one an entry for each snapshot.

An entry is written whole whenever anything in it changes, and must fit into a message of the changelog.  So a record
beyond a size is kept a snapshot at a time, beside an entry of its own that says so.  That one is written after those of
its snapshots and deleted before them, and without it they count for nothing: a crash in between leaves the record as it
was, or none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from schemas.records import Crime, Snapshot
from streams.engine import state
from streams.facts.matters import Matter
from streams.facts.record import Record
from streams.facts.store import RecordKey

StateWrite: TypeAlias = tuple[bytes, bytes | None]
"""A key of the table and the value to write under it; None: delete it."""

SMALL_BYTES: Final = 262_144
"""A record whose entry would be longer is large, and stays so."""

SnapshotEntry: TypeAlias = tuple[Snapshot, bytes]
"""A snapshot of a large record, and the key under which it is kept."""


class RecordEntries:
    """Writes the entries of one force's records."""

    __slots__ = ("_force", "_large")

    def __init__(self, force: str) -> None:
        self._force = force
        self._large: dict[RecordKey, dict[int, SnapshotEntry]] = {}
        """What is kept of each large record, by the identity of the snapshot in memory."""

    def restore(self, key: RecordKey, entries: Collection[SnapshotEntry]) -> None:
        """Take back what is kept of a large record; each snapshot is the one in memory."""
        self._large[key] = {id(entry[0]): entry for entry in entries}

    def writes(self, key: RecordKey, record: Record[Snapshot], matter: Matter | None) -> Iterator[StateWrite]:
        """Yield what is to be written of a record that changed, of a matter or none; an empty one is deleted."""
        head = state.record_key(self._force, *key)
        if not record.snapshots:
            yield head, None
            for _, entry_key in self._large.pop(key, {}).values():
                yield entry_key, None
            return
        if key not in self._large:
            value = state.record_value(record, *_of_matter(key, matter))
            if len(value) <= SMALL_BYTES:
                yield head, value
                return
        yield from self._of_large(key, head, record, matter)

    def _of_large(
        self, key: RecordKey, head: bytes, record: Record[Snapshot], matter: Matter | None
    ) -> Iterator[StateWrite]:
        """Yield the entries of new snapshots, then the record's own, then deletions of snapshots that went."""
        before, entries = self._large.get(key, {}), {}
        for snapshot in record.snapshots:
            entry = before.get(id(snapshot))
            if entry is None:
                value = state.snapshot_value(snapshot)
                entry = snapshot, state.snapshot_key(self._force, *key, value)
                yield entry[1], value
            entries[id(snapshot)] = entry
        self._large[key] = entries
        yield head, state.large_record_value(record, *_of_matter(key, matter))
        there = {entry_key for _, entry_key in entries.values()}
        for _, entry_key in before.values():
            if entry_key not in there:
                yield entry_key, None


def _of_matter(key: RecordKey, matter: Matter | None) -> tuple[int | None, int | None]:
    """Return through when (ms) a record's matter is forgotten, and where the clock first showed a crime."""
    if matter is None:
        return None, None
    return matter.forgotten_through, matter.shown_at if key == (Crime.TOPIC, matter.ref) else None
