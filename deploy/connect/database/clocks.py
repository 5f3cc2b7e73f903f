"""The database's clock beside ours: where one is set, watermarks bound less than they did.

Put back, it gives rows smaller watermarks than those that were read.  Put forward, as after a machine was suspended, it
makes transactions look older than they are: a row that was on its way then may come for an overlap yet.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import structlog

STEP_MS: Final = 1_000
"""By how much the clocks may drift apart from look to look before one of them is taken to have been set."""
_log: Final = structlog.get_logger("cdi.connect.database")


class ClockReading(NamedTuple):
    """What both clocks showed when a look began, and what follows from it."""

    database: int
    """The database's (ms)."""
    ours: int
    put_back: int = 0
    """By how much the database's clock was put back since the look before (ms)."""
    held_until: int = 0
    """Until when by our clock (ms) no more than ``held_at`` is taken for settled, since a clock was put forward."""
    held_at: int = 0

    def settled(self, overlap: int) -> int:
        """Return through when (ms, by the database's clock) every row is visible to a look that begins now."""
        settled = self.database - overlap
        return min(settled, self.held_at) if self.ours < self.held_until else settled

    def after(self, before: ClockReading | None, overlap: int) -> ClockReading:
        """Return the reading with what follows from the one of the look before."""
        if before is None:
            return self
        ahead = (self.database - before.database) - (self.ours - before.ours)
        if abs(ahead) > STEP_MS:
            _log.warning("database_clock_set", seconds=ahead // 1000)
        reading = self._replace(held_until=before.held_until, held_at=before.held_at)
        if ahead < -STEP_MS:
            return reading._replace(put_back=-ahead)
        if ahead <= STEP_MS:
            return reading
        held_at = self.database - ahead - overlap
        if self.ours < before.held_until:
            held_at = min(held_at, before.held_at)
        return reading._replace(held_until=self.ours + overlap, held_at=held_at)
