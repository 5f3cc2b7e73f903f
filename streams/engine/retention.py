"""When a matter is forgotten, so that state is bounded by what is open plus a retention.

A matter is forgotten once nothing has happened to it for the policy's retention, no alert on it is open, no deadline
of it lies ahead, and everything linked to it is as quiet; calls go by their handler's month, as they are sampled.
What was published of a matter stays published.  All matters are looked through at fixed moments of the clock, so that
what is forgotten is a function of facts, policy and clock too.
"""

from __future__ import annotations

from schemas.products import OPEN_STATUSES
from streams.facts.context import Context
from streams.facts.matters import CALL, FEED, THEME, Matter, StoredAlert

SWEEPS = 64
"""How often, in the length of one retention, all matters are looked through."""


class MatterRetention:
    """Says when to look for matters to forget, and which they are."""

    __slots__ = ("_context", "_interval", "_retention", "next_at")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._retention = context.book.forget_after
        self._interval = max(self._retention // SWEEPS, 1)
        self.next_at: int | None = None
        """The next moment (ms) to look; None while nothing is there to be forgotten."""

    def note(self, event_time: int) -> None:
        """Note that a snapshot of ``event_time`` takes effect: some day it may be forgotten."""
        at = self._look_at(event_time + self._retention)
        if self.next_at is None or at < self.next_at:
            self.next_at = at

    def schedule(self) -> None:
        """Set the next look to the first at which a matter may be old enough: a look before that would find none."""
        lasts = (
            last_event_time(matter) for matters in self._context.facts.matters.values() for matter in matters.values()
        )
        oldest = min((last for last in lasts if last is not None), default=None)
        self.next_at = None if oldest is None else self._look_at(oldest + self._retention)

    def _look_at(self, earliest: int) -> int:
        """Return the first whole multiple of the interval that lies ahead and is not before ``earliest``."""
        return -(-max(earliest, self._context.clock + 1) // self._interval) * self._interval

    def forgettable(self) -> list[Matter]:
        """Return the matters that may go now."""
        facts = self._context.facts
        going = {
            matter: [other for other in facts.neighbours(matter) if last_event_time(other) is not None]
            for kind, matters in facts.matters.items()
            if kind not in (CALL, THEME, FEED)
            for matter in matters.values()
            if self._is_quiet(matter)
        }
        # What stays keeps its neighbours, those theirs, and so on: whatever is still judged is judged on all there was.
        while staying := [matter for matter, others in going.items() if not all(map(going.__contains__, others))]:
            for matter in staying:
                del going[matter]
        return [*going, *self._forgettable_calls()]

    def _forgettable_calls(self) -> list[Matter]:
        """Return the calls of handlers' months that are quiet as a whole: without one of them, others would be chosen.

        A call that has not taken effect yet is of no month.
        """
        calls = self._context.facts.calls
        months = ([calls[ref] for ref in refs] for refs in self._context.facts.call_reviews.months())
        return [call for month in months if all(map(self._is_quiet, month)) for call in month]

    def _is_quiet(self, matter: Matter) -> bool:
        last = last_event_time(matter)
        if last is None or last + self._retention > self._context.clock:
            return False
        return not matter.wakes and not any(map(self._is_open, matter.alerts))

    def _is_open(self, stored: StoredAlert) -> bool:
        """Return whether an alert is open, or was before its last change, of which the clock has not read yet.

        Such an alert was published before a crash.  It kept its matter then until that change, and does so again.
        """
        alert, clock = stored.alert, self._context.clock
        return alert.status in OPEN_STATUSES or alert.raised_at <= clock < alert.updated_at


def last_event_time(matter: Matter) -> int | None:
    """Return the newest event_time (ms) of everything in effect on a matter, or None if nothing is.

    What has arrived but not taken effect is no fact yet: were it to keep a matter, the order of arrival would.
    """
    records = (matter.record, *matter.decisions.values())
    return max((record.newest.event_time for record in records if record.effective_count), default=None)
