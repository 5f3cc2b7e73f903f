"""The snapshots that have arrived and wait for the clock to reach their event_time."""

from __future__ import annotations

from operator import itemgetter

from schemas.records import Snapshot
from streams.facts.record import Record

Waiting = tuple[int, str, Record[Snapshot]]
"""(event_time in ms, the record's identity, the record that already holds the snapshot)."""

_event_time = itemgetter(0)


class Pending:
    """What waits, latest first, so that what is next stands at the end.

    It is sorted only when time moves again: everything of a long file is then sorted once.
    """

    __slots__ = ("_unsorted", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._unsorted = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, snapshot: Snapshot, name: str, record: Record[Snapshot]) -> None:
        """Have a snapshot of a record, of identity ``name``, wait."""
        self._waiting.append((snapshot.event_time, name, record))
        self._unsorted = True

    def drop_erased(self) -> None:
        """Let nothing wait of records that were erased: they are empty."""
        self._waiting = [waiting for waiting in self._waiting if waiting[2].snapshots]

    def next_at(self) -> int | None:
        """Return the earliest event_time (ms) anything waits for, or None."""
        if self._unsorted:
            self._waiting.sort(key=_event_time, reverse=True)
            self._unsorted = False
        return self._waiting[-1][0] if self._waiting else None

    def due(self, moment: int) -> list[Waiting]:
        """Take out what waits for ``moment`` (ms) or earlier, earliest first; a record once for each snapshot."""
        due: list[Waiting] = []
        at = self.next_at()
        while at is not None and at <= moment:
            due.append(self._waiting.pop())
            at = self._waiting[-1][0] if self._waiting else None
        return due
