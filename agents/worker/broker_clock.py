"""The wall clock of the broker, as far as this worker's own differs from it.

Records are dated by the broker (LogAppendTime).  A worker whose machine is fast or slow would let obligations fall due
too early or too late, so what it writes as the time of day is the broker's, once the two differ by more than a little.
"""

from __future__ import annotations

from typing import Final

import structlog

from agents.observability.metrics import CLOCK_DIFFERENCE, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock

_log: Final = structlog.get_logger("cdi.ticker")

_SECOND: Final = 1000
MOST_DIFFERENCE_MS: Final = 10 * _SECOND
"""By how much the clocks may differ before anything is done about it; a slow delivery looks like a slow clock."""


class BrokerClock:
    """Corrects the machine's clock by what the broker's was when it took a message of ours."""

    def __init__(self, metrics: Metrics, clock: ProcessClock = SYSTEM_CLOCK) -> None:
        self._metrics = metrics
        self._clock = clock
        self._ahead = 0
        self._seen: tuple[int, float] | None = None
        """The newest ingest_time (ms) of any message, and what the stopwatch showed when it was read."""

    def machine(self) -> int:
        """Return the machine's own time (ms)."""
        return self._clock.wall()

    def correct(self, machine: int) -> int:
        """Return what the broker's clock shows when the machine's shows ``machine`` (ms)."""
        return machine - self._ahead if self._differs else machine

    def see(self, ingest_time: int) -> None:
        """Note that the broker has taken a message at ``ingest_time`` (ms)."""
        at_least = self.at_least()
        if at_least is None or ingest_time > at_least:
            self._seen = ingest_time, self._clock.stopwatch()

    def at_least(self) -> int | None:
        """Return what the broker's clock shows at least (ms), or None where no message was read yet.

        The machine's own is not asked: what follows from the age of a message must not come early where it is fast.
        """
        if self._seen is None:
            return None
        ingest_time, seen_at = self._seen
        return ingest_time + int((self._clock.stopwatch() - seen_at) * _SECOND)

    def note(self, written_at: int, ingest_time: int) -> None:
        """Note by how much the machine is ahead: when it wrote a message, and when the broker took it (ms)."""
        differed = self._differs
        self._ahead = written_at - ingest_time
        self._metrics.set(CLOCK_DIFFERENCE, self._ahead / _SECOND)
        if self._differs and not differed:
            _log.warning("clock_differs", seconds_ahead=round(self._ahead / _SECOND, 1), goes_by="the broker's clock")
        elif differed and not self._differs:
            _log.info("clock_agrees", seconds_ahead=round(self._ahead / _SECOND, 1))

    @property
    def _differs(self) -> bool:
        return abs(self._ahead) > MOST_DIFFERENCE_MS
