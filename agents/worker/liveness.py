"""Whether the worker makes progress: noted on the event loop, read by any thread.

Kafka hears from a worker whose agent hangs as from any other, for its consumer has a thread of its own.  So the event
loop itself checks, every so often, what ought to move: what is acknowledged while messages are unread or in flight;
what is committed while something acknowledged is not; what is read back while state is recovered; the assignment while
a rebalance waits for others.  For each it notes when that last moved, or had no reason to.  A loop that is blocked
notes nothing, and every note grows old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.pipeline.listener import BatchListener

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.worker.faust_app import WorkerApp
    from agents.worker.faust_consumer import TurnTakingConsumer
    from agents.worker.pipeline.advance import Outcome

_log: Final = structlog.get_logger("cdi.liveness")

REBALANCE_SECONDS: Final = 300.0
"""How long a rebalance waits for a worker that is busy with a batch; so long it may keep all others waiting."""
_CHECKS_PER_STUCK_TIME: Final = 10
_LONGEST_PAUSE_SECONDS: Final = 1.5
"""Between two checks, so that /ready is true to a second or two."""


class _Progress:
    """A position that ought to move while there is work, and when it last moved or had no reason to."""

    def __init__(self, clock: ProcessClock) -> None:
        self._clock = clock
        self._position: object = None
        self.well_at = clock.stopwatch()

    def note(self, position: object, *, ought_to_move: bool) -> None:
        """Note where it is now."""
        if not ought_to_move or position != self._position:
            self.well_at = self._clock.stopwatch()
        self._position = position


class Liveness(BatchListener):
    """Notes what moves."""

    def __init__(
        self, settings: Settings, kafka_answers: Callable[[], Awaitable[bool]], clock: ProcessClock = SYSTEM_CLOCK
    ) -> None:
        """``kafka_answers`` asks Kafka by another way than the consumer."""
        self._stuck_seconds = settings.stuck_seconds
        self._unheard_seconds = settings.session_seconds
        self._kafka_answers = kafka_answers
        self._clock = clock
        self._acknowledging, self._committing, self._recovering, self._rebalancing = (
            _Progress(clock) for _ in range(4)
        )
        self._parts = 0
        """Parts of batches that were persisted."""
        self._asking: asyncio.Task[int] | None = None
        self._heard_at = float("-inf")
        """When the broker last answered, by the stopwatch."""

    @property
    def progressing(self) -> bool:
        """Whether nothing stands still for too long that ought to move."""
        oldest = min(
            self._acknowledging.well_at,
            self._committing.well_at,
            self._recovering.well_at,
            self._rebalancing.well_at + REBALANCE_SECONDS,
        )
        return self._clock.stopwatch() - oldest < self._stuck_seconds

    @property
    def broker_reachable(self) -> bool:
        """Whether the broker answered lately."""
        return self._clock.stopwatch() - self._heard_at < self._unheard_seconds

    def persisted(self, outcome: Outcome, entries: int) -> None:  # noqa: ARG002
        """Note that a part of a batch is done."""
        self._parts += 1

    def still_busy(self) -> None:
        """Note, from within work that keeps the event loop to itself for long, that it makes progress."""
        for progress in (self._acknowledging, self._committing, self._recovering, self._rebalancing):
            progress.well_at = self._clock.stopwatch()

    async def watch(self, app: WorkerApp) -> None:
        """Check an app every so often, until cancelled."""
        pause = min(self._stuck_seconds / _CHECKS_PER_STUCK_TIME, _LONGEST_PAUSE_SECONDS)
        while True:
            try:
                await self.check(app, pause)
            except Exception as failure:  # noqa: BLE001 - a check that fails is not a worker that hangs
                _log.warning("liveness_unknown", failure=type(failure).__name__)
            await asyncio.sleep(pause)

    async def check(self, app: WorkerApp, patience_seconds: float) -> None:
        """Check once, waiting so long for Kafka's answer."""
        consumer = app.own_consumer
        if consumer is None or app.should_stop:
            self.still_busy()
            return
        unread = None if app.rebalancing else await self._unread(consumer, patience_seconds)
        if unread is None and not await self._kafka_answers():
            self.still_busy()  # no fault of ours, and no restart would help
            return
        self._heard_at = self._clock.stopwatch()
        self._note(app, consumer, unread)

    def _note(self, app: WorkerApp, consumer: TurnTakingConsumer, unread: int | None) -> None:
        """Note every position.

        A consumer that ought to tell how much is unread, and does not, counts as behind.
        """
        rebalancing, recovery = app.rebalancing, app.recovery_position
        to_do = consumer.in_flight or (not rebalancing and (unread != 0 or consumer.behind))
        self._acknowledging.note(self._parts, ought_to_move=to_do)
        self._committing.note(consumer.committed, ought_to_move=consumer.uncommitted and not rebalancing)
        self._recovering.note(recovery, ought_to_move=recovery is not None)
        waits_for_others = rebalancing and not consumer.in_flight and recovery is None
        self._rebalancing.note(app.consumer_generation_id, ought_to_move=waits_for_others)

    async def _unread(self, consumer: TurnTakingConsumer, patience_seconds: float) -> int | None:
        """Ask how much there is to read, one question at a time; None where no answer comes in time."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(consumer.unread())
        done, _ = await asyncio.wait({self._asking}, timeout=patience_seconds)
        if not done:
            return None
        answered, self._asking = self._asking, None
        return None if answered.exception() else answered.result()
