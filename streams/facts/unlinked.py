"""The crimes that no report is linked to, by day.

One of them may be suggested to a report that misses one.
"""

from __future__ import annotations

from collections.abc import Collection

from schemas.identifiers import CrimeRef
from streams.facts.matters import Matter

Day = int
"""A day in UTC, counted from the epoch."""


class UnlinkedCrimes:
    """Crime references by the day on which the crime was recorded, as first saved."""

    __slots__ = ("_by_day", "_day_of", "_touched")

    def __init__(self) -> None:
        self._by_day: dict[Day, dict[CrimeRef, None]] = {}
        self._day_of: dict[CrimeRef, Day] = {}
        self._touched: dict[tuple[Day, CrimeRef], None] = {}

    def on(self, day: Day) -> Collection[CrimeRef]:
        """Return the crimes of a day."""
        return self._by_day.get(day, _NO_CRIMES).keys()

    def add(self, crime: Matter) -> None:
        """Note that no report is linked to a crime that CIS holds, or that such a crime changed."""
        ref, day = CrimeRef(crime.ref), crime.begins_on()
        if self._day_of.get(ref, day) != day:
            self.discard(ref)
        self._day_of[ref] = day
        self._by_day.setdefault(day, {})[ref] = None
        self._touched[day, ref] = None

    def discard(self, ref: CrimeRef) -> None:
        """Note that a report is linked to a crime, or that the crime is forgotten."""
        day = self._day_of.pop(ref, None)
        if day is not None:
            del self._by_day[day][ref]
            if not self._by_day[day]:
                del self._by_day[day]
            self._touched[day, ref] = None

    def drain_touched(self) -> list[tuple[Day, CrimeRef]]:
        """Return, by day, the crimes that came, changed or went since this was last asked."""
        touched = list(self._touched)
        self._touched.clear()
        return touched


_NO_CRIMES: dict[CrimeRef, None] = {}
