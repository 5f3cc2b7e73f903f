"""Deadlines: the moments at which the passing of time alone may change an alert."""

from __future__ import annotations

from heapq import heappop, heappush

from streams.facts.matters import Matter

LAPSE = "lapse"
"""The purpose of judging again the reports of a cancelled crime, which counts until then without a decision."""
MIDNIGHT = "midnight"
"""The purpose of judging the themes of reviewed calls."""


class Deadlines:
    """A heap of moments.  A matter has at most one for each purpose (a rule's id, LAPSE, MIDNIGHT).

    ``Matter.wakes`` is authoritative; an entry of the heap that no longer agrees with it is passed over.
    """

    __slots__ = ("_heap", "_pushed")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Matter, str]] = []
        self._pushed = 0

    def set(self, matter: Matter, purpose: str, at: int | None) -> None:
        """Set when (ms) a matter is due for a purpose; None: not at all."""
        if at is None:
            if purpose in matter.wakes:
                matter.wake(purpose, None)
        elif matter.wakes.get(purpose) != at:
            matter.wake(purpose, at)
            self._pushed += 1
            heappush(self._heap, (at, self._pushed, matter, purpose))

    def clear(self, matter: Matter) -> None:
        """Set a matter to be due for nothing any more."""
        for purpose in tuple(matter.wakes):
            matter.wake(purpose, None)

    def next_at(self) -> int | None:
        """Return the earliest moment (ms) at which anything is due, or None."""
        heap = self._heap
        while heap:
            at, _, matter, purpose = heap[0]
            if matter.wakes.get(purpose) == at:
                return at
            heappop(heap)
        return None

    def pop_due(self, moment: int) -> list[tuple[Matter, str]]:
        """Take out and return what is due at ``moment`` (ms) or earlier: each matter and its purpose."""
        due = []
        while (at := self.next_at()) is not None and at <= moment:
            _, _, matter, purpose = heappop(self._heap)
            matter.wake(purpose, None)
            due.append((matter, purpose))
        return due

    def scheduled(self) -> list[tuple[Matter, str, int]]:
        """Return what will be due, in no order: each matter, its purpose and the moment (ms)."""
        entries = {
            (id(matter), purpose): (matter, purpose, at)
            for at, _, matter, purpose in self._heap
            if matter.wakes.get(purpose) == at
        }
        return list(entries.values())
