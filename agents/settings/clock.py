"""The time as a process reads it; no other module asks the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


def wall_clock() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Return the seconds since some moment in the past; they never go back."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class ProcessClock:
    """The wall clock and the stopwatch that a part of the worker reads; a test gives it others."""

    wall: Callable[[], int] = wall_clock
    """Milliseconds since the epoch."""
    stopwatch: Callable[[], float] = stopwatch
    """Seconds since some moment in the past; they never go back."""


SYSTEM_CLOCK: Final = ProcessClock()
"""The machine's own."""
