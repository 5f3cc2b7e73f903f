"""Repeats: the same people again and again, and no crime recorded that says so.

At least three reports or crimes count, within 90 days up to and with the report's own time.  A crime linked to a report
that is counted is none of its own.  Where one of the crimes is of stalking, harassment or coercive control, the pattern
is on record already.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

N = TypeVar("N", bound=Hashable)


class Occurrence(NamedTuple, Generic[N]):
    """A report or a crime in which the same people are named."""

    at: int
    """When it was reported, received or recorded (ms)."""
    name: N
    reports: tuple[N, ...] = ()
    """Of a crime: the reports it is linked to."""
    is_crime: bool = False
    is_stalking: bool = False
    """A crime whose code is of stalking, harassment or coercive control."""


def repeats(occurrences: Iterable[Occurrence[N]], window: int, least: int) -> set[N]:
    """Return the reports that are repeats: ``least`` or more in the ``window`` (ms) up to their own time.

    1. Go through the reports by their times.  Let enter what is not later than the report, and leave what is older than
       the window.
    2. Count the reports, and the crimes that are linked to none of them.
    3. The report is a repeat where they are enough and none of the crimes is of stalking.
    """
    entering = sorted(occurrences, key=lambda occurrence: occurrence.at)
    found: set[N] = set()
    present = _Present[N]()
    first = last = 0
    for occurrence in entering:
        if occurrence.is_crime:
            continue
        while last < len(entering) and entering[last].at <= occurrence.at:
            present.add(entering[last])
            last += 1
        while entering[first].at < occurrence.at - window:
            present.remove(entering[first])
            first += 1
        if present.count >= least and not present.stalking:
            found.add(occurrence.name)
    return found


class _Present(Generic[N]):
    """The reports and crimes of one window."""

    def __init__(self) -> None:
        self._reports: set[N] = set()
        self._crimes_of: dict[N, dict[N, None]] = {}
        """By report, the crimes in the window that are linked to it."""
        self._linked_to: dict[N, Sequence[N]] = {}
        """By crime in the window, its reports."""
        self._own = 0
        """Crimes that are linked to no report in the window."""
        self.stalking = 0

    @property
    def count(self) -> int:
        """How many reports and crimes of their own there are."""
        return len(self._reports) + self._own

    def add(self, occurrence: Occurrence[N]) -> None:
        """Take in what enters the window."""
        self._change(occurrence, 1)

    def remove(self, occurrence: Occurrence[N]) -> None:
        """Take out what leaves the window."""
        self._change(occurrence, -1)

    def _change(self, occurrence: Occurrence[N], step: int) -> None:
        if occurrence.is_crime:
            self.stalking += step * occurrence.is_stalking
            self._own += step * self._stands_alone(occurrence.reports)
            self._note_crime(occurrence, step)
            return
        linked = self._crimes_of.get(occurrence.name, {})
        before = sum(self._stands_alone(self._linked_to[crime]) for crime in linked)
        if step > 0:
            self._reports.add(occurrence.name)
        else:
            self._reports.discard(occurrence.name)
        self._own += sum(self._stands_alone(self._linked_to[crime]) for crime in linked) - before

    def _note_crime(self, crime: Occurrence[N], step: int) -> None:
        for report in crime.reports:
            crimes = self._crimes_of.setdefault(report, {})
            if step > 0:
                crimes[crime.name] = None
            else:
                crimes.pop(crime.name, None)
        if step > 0:
            self._linked_to[crime.name] = crime.reports
        else:
            self._linked_to.pop(crime.name, None)

    def _stands_alone(self, reports: Sequence[N]) -> bool:
        return not any(report in self._reports for report in reports)
