"""How many records compete for one, to within a factor of two.

What is suggested must not change with every record that comes, or each would have everything around it compared anew.
"""

from __future__ import annotations

from collections import Counter

Day = int
"""A day in UTC, counted from the epoch."""


class Competition:
    """Counts records by day, and for each day how many lie in a window around it."""

    __slots__ = ("_around", "_from", "_until")

    def __init__(self, days_from: int, days_until: int) -> None:
        """Count for each day the records from ``days_from`` to ``days_until`` days after it, both included."""
        self._from, self._until = days_from, days_until
        self._around: Counter[Day] = Counter()

    def count(self, day: Day, change: int) -> list[Day]:
        """Count a record of a day more (1) or less (-1); return the days around which there are others now."""
        around, others = self._around, []
        for other in range(day - self._until, day - self._from + 1):
            before = around[other]
            around[other] = after = before + change
            if before.bit_length() != after.bit_length():
                others.append(other)
            if not after:
                del around[other]
        return others

    def around(self, day: Day) -> int:
        """Return about how many records lie around a day."""
        return 3 << self._around[day].bit_length() >> 2
