"""Taking back the state after a restart, and completing what a crash interrupted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from schemas.records import Snapshot
from streams.engine.persistence.record_entries import SnapshotEntry
from streams.engine.persistence.state_writes import StateWriter
from streams.engine.state import SavedForgetting, SavedRecord
from streams.facts.facts import Facts
from streams.facts.matters import KINDS, Matter
from streams.facts.store import RecordKey

_KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class Restoration:
    """Takes back entries of records in any order, and works out at the end what they come to.

    ``name_of`` gives what names a snapshot's record, or None where the facts cannot take the snapshot in;
    ``forget`` is given a matter whose forgetting is completed, with the alerts that were on it.
    """

    def __init__(
        self,
        facts: Facts,
        writer: StateWriter,
        name_of: Callable[[Snapshot], str | None],
        forget: Callable[[Matter], None],
    ) -> None:
        self._facts = facts
        self._writer = writer
        self._name_of = name_of
        self._forget_published = forget
        self._forgotten_through: dict[RecordKey, int] = {}
        self._shown_at: dict[RecordKey, int] = {}
        self._large: set[RecordKey] = set()
        self._snapshots: dict[RecordKey, list[SnapshotEntry]] = defaultdict(list)
        """Of large records."""
        self._forgettings: list[SavedForgetting] = []

    def record(self, entry: SavedRecord) -> None:
        """Take back the entry of a record."""
        key = entry.topic, entry.name
        if entry.large:
            self._large.add(key)
        if entry.forgotten_through is not None:
            self._forgotten_through[key] = entry.forgotten_through
        if entry.shown_at is not None:
            self._shown_at[key] = entry.shown_at
        for snapshot in entry.snapshots:
            self._insert(snapshot)

    def snapshot(self, entry_key: bytes, snapshot: Snapshot) -> None:
        """Take back the entry of one snapshot of a large record."""
        name = self._name_of(snapshot)
        if name is not None:
            self._snapshots[snapshot.TOPIC, name].append((snapshot, entry_key))

    def forgetting(self, entry_key: bytes, entry: SavedForgetting) -> None:
        """Take back the names of matters that a sweep forgets: it was interrupted."""
        self._writer.left_over(entry_key)
        self._forgettings.append(entry)

    def complete(self, clock: int | None, forgotten_through: int | None) -> None:
        """Bring records and matters to what they were, as of a clock (ms) and a low-water mark (ms).

        1. Put the snapshots of each large record into it.  Delete those without a record: it was not written yet, or
           was being deleted.
        2. Set through when each matter is forgotten, what is not known, and where the clock first showed crimes.
        3. Forget the matters of a sweep that the clock has reached.  Those of one ahead of it are forgotten when it
           gets there again.
        """
        self._complete_large_records()
        for key, through in self._forgotten_through.items():
            matter = self._facts.matter_of(key)
            if matter is not None:
                matter.forgotten_through = max(through, matter.forgotten_through or through)
        for key, shown_at in self._shown_at.items():
            matter = self._facts.matter_of(key)
            if matter is not None:
                matter.shown_at = shown_at
        self._facts.forgotten_through = forgotten_through
        for forgetting in self._forgettings:
            if clock is not None and forgetting.at <= clock:
                for kind, ref in forgetting.matters:
                    matter = self._facts.matters[_KIND_BY_NAME[kind]].get(ref)
                    if matter is not None:
                        self._forget(matter)

    def _complete_large_records(self) -> None:
        for key, entries in self._snapshots.items():
            if key in self._large:
                for snapshot, _ in entries:
                    self._insert(snapshot)
                self._writer.entries.restore(key, entries)
            else:
                for _, entry_key in entries:
                    self._writer.left_over(entry_key)

    def _insert(self, snapshot: Snapshot) -> None:
        name = self._name_of(snapshot)
        if name is not None:
            self._facts.record(snapshot, name).insert(snapshot, in_effect=False)

    def _forget(self, matter: Matter) -> None:
        """Complete the forgetting of a matter, of which nothing is in effect yet: keep what was saved since."""
        self._forget_published(matter)
        records = dict(self._facts.drop_forgotten(matter))
        self._writer.left_over_matter(matter, records)
        matter.forget_alerts()
