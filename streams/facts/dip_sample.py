"""The dip sample: calls of each handler, chosen as they happen, for a supervisor to review.

HMIC 2014, 2.1: "The CMC supervisors dip-sample three calls taken by each of their staff members each month ... it is
often too late to take any meaningful remedial action".  So three moments are spread over every handler's local month
by a hash, which nobody can influence, and each chooses the handler's first call at or after it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256

from schemas.identifiers import CallRef
from streams.policy import calendar

HandledCall = tuple[int, CallRef]
"""(handled_at in ms, call reference)."""


@lru_cache(maxsize=4096)
def moments(force: str, handler: str, month: str, count: int) -> tuple[int, ...]:
    """Return the sample's moments (ms) in a handler's month (``YYYY-MM``, Europe/London), in time order.

    The first eight bytes of SHA-256 of ``force/call_handler/YYYY-MM/n`` (n from 1), as a big-endian number, are spread
    evenly over the month.
    """
    year, number = map(int, month.split("-"))
    start, end = calendar.local_month(year, number)
    drawn = (sha256(f"{force}/{handler}/{month}/{n}".encode()).digest()[:8] for n in range(1, count + 1))
    return tuple(sorted(start + (int.from_bytes(eight, "big") * (end - start) >> 64) for eight in drawn))


def month_of(moment: int) -> str:
    """Return the local month (``YYYY-MM``) of a moment (ms)."""
    day: date = calendar.local_date(moment)
    return f"{day.year:04}-{day.month:02}"


class DipSample:
    """The calls of each handler by local month, and which of them are chosen."""

    __slots__ = ("_calls", "_chosen", "_force")

    def __init__(self, force: str) -> None:
        self._force = force
        self._calls: dict[tuple[str, str], list[HandledCall]] = {}
        self._chosen: dict[tuple[str, str], tuple[int, frozenset[CallRef]]] = {}
        """How many calls were asked for and which were chosen, by handler and month, until the month changes."""

    def check(self, handler: str, month: str, count: int) -> None:
        """Raise whatever choosing from a handler's month would raise."""
        moments(self._force, handler, month, count)

    def add(self, handler: str, call: HandledCall) -> None:
        """Take in a call."""
        month = (handler, month_of(call[0]))
        self._chosen.pop(month, None)
        calls = self._calls.setdefault(month, [])
        if not calls or calls[-1] < call:
            calls.append(call)
        else:
            insort(calls, call)

    def discard(self, handler: str, call: HandledCall) -> None:
        """Take a call out: it was handled by someone else or at another time, or is forgotten."""
        month = (handler, month_of(call[0]))
        self._chosen.pop(month, None)
        calls = self._calls.get(month, [])
        position = bisect_left(calls, call)
        if position < len(calls) and calls[position] == call:
            del calls[position]
            if not calls:
                del self._calls[month]

    def months(self) -> Iterator[list[CallRef]]:
        """Yield the references of the calls of each handler's month, the latest call first."""
        for calls in self._calls.values():
            yield [ref for _, ref in reversed(calls)]

    def chosen(self, handler: str, month: str, count: int) -> frozenset[CallRef]:
        """Return the references of the calls chosen from a handler's month."""
        cached = self._chosen.get((handler, month))
        if cached is None or cached[0] != count:
            cached = self._chosen[handler, month] = (count, self._choose(handler, month, count))
        return cached[1]

    def _choose(self, handler: str, month: str, count: int) -> frozenset[CallRef]:
        calls = self._calls.get((handler, month), [])
        chosen: set[int] = set()
        for moment in moments(self._force, handler, month, count):
            position = bisect_left(calls, (moment, CallRef("")))
            while position in chosen:
                position += 1
            if position < len(calls):
                chosen.add(position)
        return frozenset(calls[position][1] for position in chosen)
