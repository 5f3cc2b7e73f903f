"""The stream clock let go in steps, so that one long run does not keep everything else waiting."""

from __future__ import annotations

from typing import Final

from agents.settings.clock import stopwatch
from streams.engine.monitor import Monitor
from streams.policy.calendar import DAY, MINUTE

PART_SECONDS: Final = 1.0
"""How long a part of a run may take before what follows from it is sent and kept."""

_FIRST_STEP_MS: Final = DAY
_SHORTEST_STEP_MS: Final = MINUTE
_QUICK_SECONDS: Final = 0.02
_SLOW_SECONDS: Final = 0.1


def advance(monitor: Monitor, until: float) -> bool:
    """Let a force's clock run as far as its feeds are complete, or until the stopwatch shows ``until``.

    Returns whether it got there.  The clock passes through the same moments in the same order however many steps
    that takes; a step is longer where little happens.
    """
    gate = monitor.completeness.gate()
    step = _FIRST_STEP_MS
    while gate is not None and (monitor.clock is None or monitor.clock < gate):
        started_at = stopwatch()
        if started_at > until:
            return False
        target = min(gate, 0) if monitor.clock is None else min(gate, monitor.clock + step)
        monitor.advance(target)
        seconds = stopwatch() - started_at
        if seconds < _QUICK_SECONDS:
            step *= 2
        elif seconds > _SLOW_SECONDS:
            step = max(_SHORTEST_STEP_MS, step // 2)
    return True
