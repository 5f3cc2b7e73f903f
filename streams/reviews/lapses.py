"""When listed reports become too old to be read: the nearest day in order, the others by day."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from streams.facts.matters import Matter
from streams.policy.calendar import DAY


class Lapses:
    """The reports that are to become too old.

    There are very many, and only those of the nearest day are put in order.
    """

    __slots__ = ("_by_day", "_lapses_at", "_nearest", "_pushed", "_through")

    def __init__(self, lapses_at: Callable[[Matter], int | None]) -> None:
        """``lapses_at`` says when (ms) a report becomes too old; None: it is listed no more."""
        self._lapses_at = lapses_at
        self._by_day: dict[int, list[Matter]] = {}
        """By day (UTC), the reports that become too old later than those in order."""
        self._nearest: list[tuple[int, int, Matter]] = []
        """A heap of moments (ms), numbers and reports."""
        self._pushed = 0
        self._through: int | None = None
        """The last day whose reports are in order."""

    def add(self, report: Matter) -> None:
        """Take in a report that is to become too old."""
        at = self._lapses_at(report)
        if at is None:
            return
        day = at // DAY
        if self._through is None or day > self._through:
            self._by_day.setdefault(day, []).append(report)
        else:
            self._pushed += 1
            heappush(self._nearest, (at, self._pushed, report))

    def next_at(self) -> int | None:
        """Return when (ms) the next report becomes too old, or None."""
        while not self._nearest and self._by_day:
            self._through = min(self._by_day)
            for report in self._by_day.pop(self._through):
                self.add(report)
        return self._nearest[0][0] if self._nearest else None

    def pop_due(self, moment: int) -> list[Matter]:
        """Take out and return the reports that become too old at ``moment`` (ms) or before, earliest first."""
        due: list[Matter] = []
        while (at := self.next_at()) is not None and at <= moment:
            due.append(heappop(self._nearest)[2])
        return due
