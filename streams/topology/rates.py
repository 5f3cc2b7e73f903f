"""Live rates, as data: what was counted in each minute, hour and day (UTC) of its arrival.

For whoever watches the monitor at work, and for nothing else: no rule reads them.  What is read again after a crash or
a rebalance is counted again, and what is older than the windows that are kept is not counted at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from streams.policy.calendar import DAY, HOUR, MINUTE

EVENTS: Final = "events"
ALERTS: Final = "alerts"

RateKey = tuple[str, ...]
"""The force, the kind of what is counted, and what it is told apart by: the feed, or rule and status."""


@dataclass(frozen=True, slots=True)
class RateWindow:
    """One length of window; each begins where the one before ends, counted from the epoch."""

    name: str
    size_ms: int
    kept_ms: int
    """How long after its end a window is still known."""
    changelog_ms: int
    """How long the changelog keeps an entry: longer than the window is known, or a worker could not read it back."""

    @property
    def table(self) -> str:
        """Name of its table."""
        return f"rates-{self.name}"

    def start(self, moment: int) -> int:
        """Return when the window that a moment (ms) lies in began."""
        return moment - moment % self.size_ms


WINDOWS: Final = (
    RateWindow("minute", MINUTE, kept_ms=15 * MINUTE, changelog_ms=HOUR),
    RateWindow("hour", HOUR, kept_ms=3 * HOUR, changelog_ms=12 * HOUR),
    RateWindow("day", DAY, kept_ms=3 * DAY, changelog_ms=7 * DAY),
)


def events_key(force: str, feed: str) -> RateKey:
    """Return the key of a feed's records and heartbeats."""
    return (force, EVENTS, feed)


def alerts_key(force: str, rule: str, status: str) -> RateKey:
    """Return the key of changes of a rule's alerts to a status."""
    return (force, ALERTS, rule, status)


def by_window(window: RateWindow, counts: Iterable[tuple[RateKey, int, int]]) -> Mapping[tuple[RateKey, int], int]:
    """Return what was counted (key, moment in ms, number) added up by key and start of its window."""
    added: Counter[tuple[RateKey, int]] = Counter()
    for key, moment, number in counts:
        added[key, window.start(moment)] += number
    return added
