"""The dip sample of calls: which of each handler's calls a supervisor is asked to review, decided as calls happen.

HMIC 2014, 2.1: "The CMC supervisors dip-sample three calls taken by each of their staff members each month ... it is
often too late to take any meaningful remedial action".  So three moments are spread over every handler's local month
by a hash, which nobody can foresee or bend, and each takes the handler's first call at or after it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256

from streams.policy import calendar

Call = tuple[int, str]
"""(handled_at in ms, normalised call_ref)."""


@lru_cache(maxsize=4096)
def moments(force: str, handler: str, month: str, how_many: int) -> tuple[int, ...]:
    """Return the sample's moments (ms) in a handler's month (``YYYY-MM``, Europe/London), in time order.

    The first eight bytes of SHA-256 of ``force/call_handler/YYYY-MM/n`` (n from 1), as a big-endian number, are spread
    evenly over the month.
    """
    year, number = map(int, month.split("-"))
    start = calendar.local_midnight(year, number, 1)
    end = calendar.local_midnight(year + number // 12, number % 12 + 1, 1)
    drawn = (sha256(f"{force}/{handler}/{month}/{n}".encode()).digest()[:8] for n in range(1, how_many + 1))
    return tuple(sorted(start + (int.from_bytes(eight, "big") * (end - start) >> 64) for eight in drawn))


def month_of(moment: int) -> str:
    """Return the local month (``YYYY-MM``) of a moment (ms)."""
    day: date = calendar.local_date(moment)
    return f"{day.year:04}-{day.month:02}"


class DipSample:
    """Every handler's calls by local month, and which of them are chosen."""

    __slots__ = ("_calls", "_chosen", "_force")

    def __init__(self, force: str) -> None:
        self._force = force
        self._calls: dict[tuple[str, str], list[Call]] = {}
        self._chosen: dict[tuple[str, str], tuple[int, frozenset[str]]] = {}
        """What was chosen of how many from each handler's month, until the month changes."""

    def add(self, handler: str, call: Call) -> None:
        """Take in a call."""
        month = (handler, month_of(call[0]))
        self._chosen.pop(month, None)
        calls = self._calls.setdefault(month, [])
        if not calls or calls[-1] < call:
            calls.append(call)
        else:
            insort(calls, call)

    def discard(self, handler: str, call: Call) -> None:
        """Take a call out: it was handled by someone else or at another time, or is forgotten."""
        month = (handler, month_of(call[0]))
        self._chosen.pop(month, None)
        calls = self._calls.get(month, [])
        at = bisect_left(calls, call)
        if at < len(calls) and calls[at] == call:
            del calls[at]
            if not calls:
                del self._calls[month]

    def months(self) -> Iterator[list[str]]:
        """Yield the references of the calls of each handler's month, the latest call first."""
        for calls in self._calls.values():
            yield [ref for _, ref in reversed(calls)]

    def chosen(self, handler: str, month: str, how_many: int) -> frozenset[str]:
        """Return the references of the calls chosen from a handler's month."""
        known = self._chosen.get((handler, month))
        if known is None or known[0] != how_many:
            known = self._chosen[handler, month] = (how_many, self._choose(handler, month, how_many))
        return known[1]

    def _choose(self, handler: str, month: str, how_many: int) -> frozenset[str]:
        calls = self._calls.get((handler, month), [])
        chosen: set[int] = set()
        for moment in moments(self._force, handler, month, how_many):
            at = bisect_left(calls, (moment, ""))
            while at in chosen:
                at += 1
            if at < len(calls):
                chosen.add(at)
        return frozenset(calls[at][1] for at in chosen)
