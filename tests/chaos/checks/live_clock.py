"""A live force's clock, once a host whose clock is right ticks for it: it shows the time."""

from __future__ import annotations

from tests.chaos.findings import Verdict
from tests.streams.world import MINUTE


def is_right(clock: int | None, wall: int) -> bool:
    """Return whether a live clock (ms) shows the time."""
    return abs((clock or 0) - wall) < MINUTE


def check_live_clock(clock: int | None, wall: int, days_wrong: int, verdict: Verdict) -> None:
    """Compare a live clock with the time, after a host whose clock was so many days wrong."""
    verdict.compared["live clocks"] += 1
    if not is_right(clock, wall):
        ahead = None if clock is None else clock - wall
        verdict.find("DIFFERENT", "a live clock after a wrong host's", days_wrong=days_wrong, ahead_ms=ahead)
