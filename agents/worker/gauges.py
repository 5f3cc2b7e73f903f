"""The gauges that no single message changes: read, every so often, from the monitors themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.metrics import (
    CLOCK,
    COMPLETE_THROUGH,
    FIELD_PROBABLY_LACKING,
    FIELD_RECORDS,
    FIELD_STATED,
    LAST_MESSAGE,
    LATENESS_LIMIT,
    OBLIGATIONS,
    PENDING,
    REVIEWS_EXPECTED,
    REVIEWS_OLDEST,
    REVIEWS_WAITING,
    RULES_UNJUDGED,
    SILENCE_LIMIT,
    SNAPSHOT_ANOMALIES,
    Metrics,
)
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.monitors import Monitors
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.reports.field_fill import FieldFill, window_start
from streams.reports.unjudged import unjudged_rules
from streams.reviews.waiting import WaitingReviews

if TYPE_CHECKING:
    from agents.worker.rates import Rates

_log: Final = structlog.get_logger("cdi.gauges")

REFRESH_SECONDS: Final = 15.0
COUNTING_SHARE: Final = 0.001
"""The part of the time that may be spent on counting fields, or reviews: that looks at every record."""
_TURN_SECONDS: Final = 0.02
"""How long a count may keep the messages waiting before it lets them by."""

COUNTABLE: Final = ("duplicate", "event_id_conflict", "behind_clock", "erased", "forgotten", "time_corrected")
"""What a monitor counts."""

ByForce = dict[tuple[str, ...], float]


class Gauges:
    """Shows the clock, feeds and obligations of every force of this worker, and of no other."""

    def __init__(
        self,
        monitors: Monitors,
        metrics: Metrics,
        book: PolicyBook,
        rates: Rates | None = None,
        clock: ProcessClock = SYSTEM_CLOCK,
    ) -> None:
        self._monitors = monitors
        self._metrics = metrics
        self._book = book
        self._rates = rates
        self._clock = clock
        self._counted: dict[str, tuple[Monitor, float]] = {}
        """By force, whose fields were counted, and when (s) they are to be counted anew."""
        self._waiting: dict[str, tuple[Monitor, float, WaitingReviews]] = {}
        """By force, whose reviews were counted, when (s) they are to be counted anew, and what was counted."""

    async def refresh(self) -> None:
        """Set every gauge once; what fails here costs a line in the log, and no more."""
        try:
            await self._refresh()
        except Exception as failure:  # noqa: BLE001 - gauges must not stop a worker that judges
            _log.warning("gauges_failed", failure=type(failure).__name__)

    async def _refresh(self) -> None:
        owned = self._monitors.owned
        if self._rates is not None:
            self._rates.refresh(self._metrics, owned)
        monitors = dict(named for partition in owned for named in self._monitors.of_partition(partition))
        clocks = {force: monitor.clock for force, monitor in monitors.items()}
        replace = self._metrics.replace
        replace(CLOCK, {(force,): clock / 1000 for force, clock in clocks.items() if clock is not None})
        replace(PENDING, {(force,): monitor.pending for force, monitor in monitors.items()})
        self._refresh_feeds(monitors)
        self._refresh_unjudged(monitors)
        self._metrics.begin(SNAPSHOT_ANOMALIES, monitors, COUNTABLE)
        obligations: ByForce = {}
        for force, monitor in monitors.items():
            count = monitor.open_obligations()
            await self._in_turns(count.steps())
            obligations |= {(force, rule, left): number for (rule, left), number in count.counts.items()}
        replace(OBLIGATIONS, obligations)
        self._counted = {force: counted for force, counted in self._counted.items() if force in monitors}
        for force, monitor in monitors.items():
            await self._count_fields(force, monitor)
        self._refresh_fields(monitors)
        self._waiting = {force: counted for force, counted in self._waiting.items() if force in monitors}
        for force, monitor in monitors.items():
            await self._count_reviews(force, monitor)
        self._refresh_reviews()

    def _refresh_feeds(self, monitors: Mapping[str, Monitor]) -> None:
        through: ByForce = {}
        last_heard: ByForce = {}
        silence: ByForce = {}
        lateness: ByForce = {}
        for force, monitor in monitors.items():
            complete = monitor.completeness
            moments = {feed.topic: feed.complete_through for feed in complete.states()}
            through |= {(force, feed): at / 1000 for feed, at in moments.items() if at is not None}
            if monitor.mode == "STREAM":
                continue
            wall = self._clock.wall()
            for feed in complete.named:
                heard_at, complete_through = complete.last_heard(feed), moments.get(feed)
                as_of = heard_at if complete_through is None else complete_through
                last_heard[force, feed] = heard_at / 1000
                silence[force, feed] = (self._book.silent_after(force, feed, heard_at, wall) - heard_at) / 1000
                lateness[force, feed] = (self._book.late_after(force, feed, as_of, wall) - as_of) / 1000
        for metric, values in (
            (COMPLETE_THROUGH, through),
            (LAST_MESSAGE, last_heard),
            (SILENCE_LIMIT, silence),
            (LATENESS_LIMIT, lateness),
        ):
            self._metrics.replace(metric, values)

    def _refresh_unjudged(self, monitors: Mapping[str, Monitor]) -> None:
        moment = self._clock.wall()
        unjudged = [
            entry
            for force, monitor in monitors.items()
            for entry in unjudged_rules(self._book, force, monitor.completeness.named, moment)
        ]
        self._metrics.replace(
            RULES_UNJUDGED,
            {
                (entry.force, entry.rule_id, entry.cause, " ".join((entry.feed, *entry.lacking)).strip()): 1
                for entry in unjudged
            },
        )

    async def _count_fields(self, force: str, monitor: Monitor) -> None:
        """Count anew how often a force's fields are stated, where that is due; its next clock shows it."""
        counted, due_at = self._counted.get(force, (None, 0.0))
        began_at = self._clock.stopwatch()
        if monitor.clock is None or (counted is monitor and began_at < due_at):
            return
        fill = FieldFill(monitor.context.facts, window_start(monitor.clock))
        await self._in_turns(fill.steps())
        monitor.completeness.field_counts = fill.counts
        ended_at = self._clock.stopwatch()
        self._counted[force] = (monitor, ended_at + (ended_at - began_at) / COUNTING_SHARE)

    async def _count_reviews(self, force: str, monitor: Monitor) -> None:
        """Count anew what waits in a force's review queue, where that is due."""
        counted = self._waiting.get(force)
        began_at = self._clock.stopwatch()
        if monitor.clock is None or (counted is not None and counted[0] is monitor and began_at < counted[1]):
            return
        waiting = monitor.waiting_reviews()
        await self._in_turns(waiting.steps())
        ended_at = self._clock.stopwatch()
        self._waiting[force] = (monitor, ended_at + (ended_at - began_at) / COUNTING_SHARE, waiting)

    def _refresh_reviews(self) -> None:
        waiting: ByForce = {}
        expected: ByForce = {}
        oldest: ByForce = {}
        for force, (_, _, counted) in self._waiting.items():
            waiting |= {(force, system): number for system, number in counted.by_system.items()}
            expected |= {(force, "first"): counted.expected.first, (force, "all"): counted.expected.waiting}
            if counted.oldest is not None:
                oldest[(force,)] = counted.oldest / 1000
        self._metrics.replace(REVIEWS_WAITING, waiting)
        self._metrics.replace(REVIEWS_EXPECTED, expected)
        self._metrics.replace(REVIEWS_OLDEST, oldest)

    def _refresh_fields(self, monitors: Mapping[str, Monitor]) -> None:
        records: ByForce = {}
        stated: ByForce = {}
        lacking: ByForce = {}
        for force, monitor in monitors.items():
            policy = self._book.at(monitor.clock or 0)
            for feed, counts in monitor.completeness.field_counts.items():
                records[force, feed] = counts.records
                stated |= {(force, feed, name): number for name, number in counts.stated.items()}
                lacking |= dict.fromkeys(
                    ((force, feed, name) for name in counts.probably_lacking(policy.lacked(force, feed))), 1
                )
        for metric, values in ((FIELD_RECORDS, records), (FIELD_STATED, stated), (FIELD_PROBABLY_LACKING, lacking)):
            self._metrics.replace(metric, values)

    async def _in_turns(self, steps: Iterable[None]) -> None:
        """Take all steps, and let batches by every so often."""
        since = self._clock.stopwatch()
        for _ in steps:
            if self._clock.stopwatch() - since > _TURN_SECONDS:
                await asyncio.sleep(0)
                since = self._clock.stopwatch()
