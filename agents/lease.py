"""Whether this process may still write what it owned: not after it was suspended for as long as its session lasts."""

from __future__ import annotations

import threading
from typing import Final

from agents.clock import stopwatch

_BEAT_SECONDS: Final = 0.5


class LeaseLostError(RuntimeError):
    """The process stood still so long that another worker may own its partitions by now."""


class Lease:
    """Notices that the whole process was suspended (a paused machine, SIGSTOP).

    A worker that wakes up after its session ended goes on where it stopped, before it hears that its partitions are
    another's: what it then wrote would overwrite newer state.  A thread's beat tells such a gap from a long
    computation, during which the consumer's own thread keeps the session alive.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._beat_at = stopwatch()
        self._lost = False
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to beat."""
        self._beat_at = stopwatch()
        threading.Thread(target=self._beat, name="lease", daemon=True).start()

    def stop(self) -> None:
        """End the beat."""
        self._stopped.set()

    def require(self) -> None:
        """Raise LeaseLostError if the process stood still for too long, at any time since the start."""
        self._look()
        if self._lost:
            raise LeaseLostError(f"suspended for more than {self._seconds} s")

    def _look(self) -> None:
        if stopwatch() - self._beat_at > self._seconds:
            self._lost = True

    def _beat(self) -> None:
        while not self._stopped.wait(_BEAT_SECONDS):
            self._look()
            self._beat_at = stopwatch()
