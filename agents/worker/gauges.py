"""Looking, now and then, at the monitors themselves: the figures that no single message changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.metrics import (
    CLOCK,
    COMPLETE_THROUGH,
    COUNTED,
    HEARD,
    LATENESS_LIMIT,
    OBLIGATIONS,
    PENDING,
    SILENCE_LIMIT,
    Metrics,
)
from agents.settings.clock import stopwatch
from agents.worker.monitors import Monitors
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

if TYPE_CHECKING:
    from agents.worker.rates import Rates

_log: Final = structlog.get_logger("cdi.gauges")

EVERY_SECONDS: Final = 15.0
_AT_A_TIME_SECONDS: Final = 0.02
"""How long a count may keep the messages waiting before it lets them by."""

COUNTABLE: Final = ("duplicate", "event_id_conflict", "behind_clock", "erased")
"""What a monitor counts."""

ByForce = dict[tuple[str, ...], float]


class Gauges:
    """States for every force of this worker, and for no other, how its clock, feeds and obligations stand."""

    def __init__(self, forces: Monitors, metrics: Metrics, book: PolicyBook, rates: Rates | None = None) -> None:
        self._forces = forces
        self._metrics = metrics
        self._book = book
        self._rates = rates

    async def look(self) -> None:
        """Look once; what goes wrong here is worth a line in the log, and no more."""
        try:
            await self._look()
        except Exception as failure:  # noqa: BLE001 - figures must not stop a worker that judges
            _log.warning("gauges_failed", failure=type(failure).__name__)

    async def _look(self) -> None:
        if self._rates is not None:
            self._rates.show(self._metrics, self._forces.owned)
        monitors = dict(self._monitors())
        put = self._metrics.replace
        put(CLOCK, {(force,): each.clock / 1000 for force, each in monitors.items() if each.clock is not None})
        put(PENDING, {(force,): each.pending for force, each in monitors.items()})
        self._look_at_feeds(monitors)
        self._metrics.begin(COUNTED, monitors, COUNTABLE)
        obligations: ByForce = {}
        for force, each in monitors.items():
            count = each.open_obligations()
            await _in_turns(count.steps())
            obligations |= {(force, rule, left): number for (rule, left), number in count.counted.items()}
        put(OBLIGATIONS, obligations)

    def _monitors(self) -> Iterator[tuple[str, Monitor]]:
        for partition in self._forces.owned:
            yield from self._forces.of_partition(partition)

    def _look_at_feeds(self, monitors: dict[str, Monitor]) -> None:
        through: ByForce = {}
        heard: ByForce = {}
        silence: ByForce = {}
        lateness: ByForce = {}
        for force, monitor in monitors.items():
            complete = monitor.completeness
            moments = {feed.topic: feed.complete_through for feed in complete.states()}
            through |= {(force, feed): at / 1000 for feed, at in moments.items() if at is not None}
            if monitor.mode == "STREAM":
                continue
            for feed in complete.named:
                limit = self._book.silence_interval(feed)
                heard[force, feed] = complete.last_heard(feed) / 1000
                silence[force, feed] = limit / 1000
                lateness[force, feed] = (limit + self._book.allowed_lateness(feed)) / 1000
        for measure, values in (
            (COMPLETE_THROUGH, through), (HEARD, heard), (SILENCE_LIMIT, silence), (LATENESS_LIMIT, lateness),
        ):  # fmt: skip
            self._metrics.replace(measure, values)


async def _in_turns(steps: Iterable[None]) -> None:
    """Take all steps, and let others by every so often."""
    since = stopwatch()
    for _ in steps:
        if stopwatch() - since > _AT_A_TIME_SECONDS:
            await asyncio.sleep(0)
            since = stopwatch()
