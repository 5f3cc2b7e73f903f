"""The one place that reads the wall clock and the machine's stopwatch."""

from __future__ import annotations

import time


def wall_clock() -> int:
    """Tell the time: milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Seconds since some moment in the past."""
    return time.monotonic()
