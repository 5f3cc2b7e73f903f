"""Pending snapshots: they have arrived and wait for the clock to reach their event_time."""

from __future__ import annotations

from operator import itemgetter

from schemas.records import Snapshot
from streams.facts.record import Record

PendingSnapshot = tuple[int, str, Record[Snapshot]]
"""(event_time in ms, the record's identity, the record that already holds the snapshot)."""

_event_time = itemgetter(0)


class Pending:
    """Pending snapshots, sorted only when time moves again: those of a long file are then sorted once."""

    __slots__ = ("_unsorted", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[PendingSnapshot] = []
        """Latest first where it is sorted, so that the next is taken from the end."""
        self._unsorted = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, snapshot: Snapshot, name: str, record: Record[Snapshot]) -> None:
        """Add a snapshot of a record of identity ``name``."""
        self._waiting.append((snapshot.event_time, name, record))
        self._unsorted = True

    def drop_erased(self) -> None:
        """Drop what waits of records that were erased: they are empty."""
        self._waiting = [pending for pending in self._waiting if pending[2].snapshots]

    def next_at(self) -> int | None:
        """Return the earliest event_time (ms) of all, or None."""
        if self._unsorted:
            self._waiting.sort(key=_event_time, reverse=True)
            self._unsorted = False
        return self._waiting[-1][0] if self._waiting else None

    def pop_due(self, moment: int) -> list[PendingSnapshot]:
        """Take out and return what waits for ``moment`` (ms) or earlier, earliest first."""
        due: list[PendingSnapshot] = []
        at = self.next_at()
        while at is not None and at <= moment:
            due.append(self._waiting.pop())
            at = self._waiting[-1][0] if self._waiting else None
        return due
