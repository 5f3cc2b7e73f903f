"""How many records compete for one, to within a factor of two.

What is suggested must not change with every record that comes, or each would have everything around it compared anew.
So records are counted by periods, and only how often their number has doubled counts.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

Day = int
"""A day in UTC, counted from the epoch."""

PERIOD_DAYS: Final = 16


class Competition:
    """Counts records by periods of days; what is around a day is its own period and the one before."""

    __slots__ = ("_by_period",)

    def __init__(self) -> None:
        self._by_period: Counter[int] = Counter()

    def count(self, day: Day, change: int) -> list[range]:
        """Count a record of a day more (1) or less (-1); return the days around which there are others now."""
        counts, period = self._by_period, day // PERIOD_DAYS
        own = counts[period]
        counts[period] = own + change
        others = []
        for other, beside in ((period, counts[period - 1]), (period + 1, counts[period + 1])):
            if (own + beside).bit_length() != (own + beside + change).bit_length():
                others.append(range(other * PERIOD_DAYS, (other + 1) * PERIOD_DAYS))
        return others

    def around(self, day: Day) -> int:
        """Return about how many records lie around a day."""
        period = day // PERIOD_DAYS
        return 3 << (self._by_period[period] + self._by_period[period - 1]).bit_length() >> 2
