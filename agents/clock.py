"""The one place that reads the wall clock and the machine's stopwatch."""

from __future__ import annotations

import time


def wall_clock() -> int:
    """Tell the time: milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Seconds since some moment in the past, counting those the machine spent suspended where it can tell.

    A worker that was suspended no longer owns what it owned before, so the time must not stand still meanwhile.
    """
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)
