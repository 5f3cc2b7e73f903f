"""When a matter is forgotten, so that state is bounded by what is open plus a retention.

What was published of a forgotten matter stays published.  Sweeps are at fixed moments of the clock, so that what is
forgotten is a function of facts, policy and clock too.
"""

from __future__ import annotations

from schemas.products import OPEN_STATUSES
from streams.facts.context import Context
from streams.facts.matters import CALL, FEED, THEME, Matter, StoredAlert

SWEEPS = 64
"""How many sweeps there are in the length of one retention."""


class MatterRetention:
    """Schedules the sweeps for matters to forget, and finds those matters."""

    __slots__ = ("_context", "_forgets", "_interval", "_retention", "next_sweep_at")

    def __init__(self, context: Context, *, forgets: bool = True) -> None:
        """Schedule the sweeps of a force; without ``forgets`` there is none."""
        self._context = context
        self._forgets = forgets
        self._retention = context.book.forget_after
        self._interval = max(self._retention // SWEEPS, 1)
        self.next_sweep_at: int | None = None
        """The moment (ms) of the next sweep; None while there is nothing to forget."""

    def add(self, event_time: int) -> None:
        """Have a sweep for a snapshot of ``event_time`` (ms) that takes effect, unless there is one before."""
        if not self._forgets:
            return
        at = self._sweep_from(event_time + self._retention)
        if self.next_sweep_at is None or at < self.next_sweep_at:
            self.next_sweep_at = at

    def reschedule(self) -> None:
        """Set the next sweep to the first at which a matter may be old enough."""
        if not self._forgets:
            return
        facts = self._context.facts
        times = map(facts.last_event_time, facts.every_matter())
        oldest = min((time for time in times if time is not None), default=None)
        self.next_sweep_at = None if oldest is None else self._sweep_from(oldest + self._retention)

    def _sweep_from(self, earliest: int) -> int:
        """Return the first multiple of the interval after the clock and not before ``earliest`` (ms)."""
        return -(-max(earliest, self._context.clock + 1) // self._interval) * self._interval

    @property
    def through(self) -> int:
        """Through when (ms) everything was saved of what a sweep at the clock forgets."""
        return self._context.clock - self._retention

    def forgettable(self) -> list[Matter]:
        """Return the matters to forget at this moment of the clock.

        1. Take every quiet matter: its newest snapshot in effect is older than the policy's ``forget_after``, no alert
           on it is open, and no deadline is set for it.  Themes and feeds are never taken.
        2. Leave out a matter if one that it is linked to stays, and go on until none is left out any more.  So whatever
           is still judged is judged by all that there was.
        3. Take calls by their handler's month, and only if every call of that month is quiet: were one missing, others
           would be chosen for the dip sample.
        """
        facts = self._context.facts
        quiet = {
            matter: [other for other in facts.neighbours(matter) if facts.last_event_time(other) is not None]
            for kind, matters in facts.matters.items()
            if kind not in (CALL, THEME, FEED)
            for matter in matters.values()
            if self._is_quiet(matter)
        }
        while staying := [matter for matter, linked in quiet.items() if not all(map(quiet.__contains__, linked))]:
            for matter in staying:
                del quiet[matter]
        return [*quiet, *self._forgettable_calls()]

    def _forgettable_calls(self) -> list[Matter]:
        """Return the calls of handlers' months that are quiet as a whole."""
        calls = self._context.facts.calls
        months = ([calls[ref] for ref in refs] for refs in self._context.facts.call_reviews.months())
        return [call for month in months if all(map(self._is_quiet, month)) for call in month]

    def _is_quiet(self, matter: Matter) -> bool:
        last = self._context.facts.last_event_time(matter)
        if last is None or last + self._retention > self._context.clock:
            return False
        return not matter.wakes and not any(map(self._is_open, matter.alerts))

    def _is_open(self, stored: StoredAlert) -> bool:
        """Return whether an alert is open, or was open at the clock although it has been closed since.

        An alert updated after the clock was published before a crash, or before state was lost, and what led to that
        is being read again.  From when it rose it kept its matter until that update, and does so again.
        """
        alert, clock = stored.alert, self._context.clock
        return alert.raised_at <= clock and (alert.status in OPEN_STATUSES or clock < alert.updated_at)
