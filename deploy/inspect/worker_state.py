"""Read the workers' monitors back from the state that they keep on the broker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agents.topics.state_entries import force_of, restore_entries, state_entries
from streams.engine.clocks import clock_for
from streams.engine.monitor import Monitor

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_POLL_SECONDS = 0.5


def monitors_of_workers(settings: Settings, book: PolicyBook) -> dict[str, Monitor]:
    """Return the workers' monitors by force.  Raises UnreadableError."""
    entries = state_entries(settings)
    clock = clock_for(settings.clock)
    monitors = {force: Monitor(force, book, clock=clock) for force in dict.fromkeys(map(force_of, entries))}
    for monitor in monitors.values():
        restore_entries(monitor, entries)
    return monitors


def monitors_at(settings: Settings, book: PolicyBook, clock: int, patience: float) -> dict[str, Monitor]:
    """Return the workers' monitors once all have reached ``clock`` (ms), or after ``patience`` (s)."""
    give_up_at = time.monotonic() + patience
    while True:
        monitors = monitors_of_workers(settings, book)
        if monitors and all(monitor.clock is not None and monitor.clock >= clock for monitor in monitors.values()):
            return monitors
        if time.monotonic() > give_up_at:
            return monitors
        time.sleep(_POLL_SECONDS)
