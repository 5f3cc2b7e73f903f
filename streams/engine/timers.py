"""The moments at which the passing of time alone changes what must be said."""

from __future__ import annotations

from heapq import heappop, heappush

from streams.facts.matters import Matter

LAPSE = "lapse"
"""The wake-up at which a crime gone without a decision stops counting for the reports it stands for."""
MIDNIGHT = "midnight"
"""The wake-up at which the themes of reviewed calls are judged."""


class Deadlines:
    """A heap of wake-ups.  A matter has at most one for each purpose (a rule's id, LAPSE, MIDNIGHT).

    What the matter itself says is the truth; an entry of the heap that no longer agrees with it is passed over.
    """

    __slots__ = ("_heap", "_pushed")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Matter, str]] = []
        self._pushed = 0

    def set(self, matter: Matter, purpose: str, at: int | None) -> None:
        """Have a matter woken at ``at`` (ms) for a purpose, or not at all, in place of what was set before."""
        if at is None:
            if purpose in matter.wakes:
                matter.wake(purpose, None)
        elif matter.wakes.get(purpose) != at:
            matter.wake(purpose, at)
            self._pushed += 1
            heappush(self._heap, (at, self._pushed, matter, purpose))

    def drop(self, matter: Matter) -> None:
        """Wake a matter no more."""
        for purpose in tuple(matter.wakes):
            matter.wake(purpose, None)

    def next_at(self) -> int | None:
        """Return the earliest moment (ms) anything is set for, or None."""
        heap = self._heap
        while heap:
            at, _, matter, purpose = heap[0]
            if matter.wakes.get(purpose) == at:
                return at
            heappop(heap)
        return None

    def due(self, moment: int) -> list[tuple[Matter, str]]:
        """Take out and return what is set for ``moment`` or earlier."""
        woken = []
        while (at := self.next_at()) is not None and at <= moment:
            _, _, matter, purpose = heappop(self._heap)
            matter.wake(purpose, None)
            woken.append((matter, purpose))
        return woken

    def waiting(self) -> list[tuple[Matter, str, int]]:
        """Return what is set, and for when, in no order: each matter, its purpose and the moment (ms)."""
        found = {
            (id(matter), purpose): (matter, purpose, at)
            for at, _, matter, purpose in self._heap
            if matter.wakes.get(purpose) == at
        }
        return list(found.values())
