"""Whether the worker makes progress: noted on the event loop, judged by whoever asks, from any thread.

Kafka hears from a worker whose agent hangs as from any other, for its consumer has a thread of its own.  So the loop
itself looks, every so often, at what ought to move: what is acknowledged while messages are unread or in hand, what is
committed while something acknowledged is not, what is read back while state is recovered.  For each it notes when it
last moved, or was seen to have nothing to do.  A loop that is blocked notes nothing, and all of it grows old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog

from agents.settings.clock import stopwatch

if TYPE_CHECKING:
    from agents.worker.faust_consumer import CarefulApp, TurnTakingConsumer

_log: Final = structlog.get_logger("cdi.liveness")

REBALANCE_SECONDS: Final = 300.0
"""How long a rebalance waits for a worker that is busy with a batch; so long it may keep all others waiting."""
_LOOKS_PER_PATIENCE: Final = 10
_LONGEST_WAIT_SECONDS: Final = 1.5
"""Between two looks, so that /ready is true to a second or two."""


class _Mark:
    """Something that moves while there is a reason to, and when it was last seen to be all right."""

    def __init__(self) -> None:
        self._at: object = None
        self.seen_at = stopwatch()

    def note(self, at: object, *, ought_to_move: bool) -> None:
        """Note where it is now."""
        if not ought_to_move or at != self._at:
            self.seen_at = stopwatch()
        self._at = at


class Liveness:
    """Notes what moves."""

    def __init__(
        self,
        app: CarefulApp,
        *,
        stuck_seconds: float,
        unheard_seconds: float,
        kafka_answers: Callable[[], Awaitable[bool]],
    ) -> None:
        """Take the limits, in seconds, and another way to ask Kafka than the consumer's.

        ``stuck_seconds`` is how long anything may stand still that ought to move; ``unheard_seconds``, how long Kafka
        may say nothing before we are not ready.
        """
        self._app = app
        self._stuck = stuck_seconds
        self._unheard = unheard_seconds
        self._kafka_answers = kafka_answers
        self._acknowledging, self._committing, self._recovering, self._rebalancing = (_Mark() for _ in range(4))
        self._parts = 0
        self._asking: asyncio.Task[int] | None = None
        self.heard_at = float("-inf")
        """When the broker last said how much there is to read, by the stopwatch."""

    @property
    def progressing(self) -> bool:
        """Whether nothing stands still for too long that ought to move."""
        oldest = min(
            self._acknowledging.seen_at,
            self._committing.seen_at,
            self._recovering.seen_at,
            self._rebalancing.seen_at + REBALANCE_SECONDS,
        )
        return stopwatch() - oldest < self._stuck

    @property
    def broker_reachable(self) -> bool:
        """Whether the broker answered lately."""
        return stopwatch() - self.heard_at < self._unheard

    def part_done(self) -> None:
        """Note that a part of a batch is judged, sent and kept."""
        self._parts += 1

    def still_busy(self) -> None:
        """Note, from within work that keeps the loop to itself for long, that it gets on."""
        for mark in (self._acknowledging, self._committing, self._recovering, self._rebalancing):
            mark.seen_at = stopwatch()

    async def watch(self) -> None:
        """Look every so often, until cancelled."""
        pause = min(self._stuck / _LOOKS_PER_PATIENCE, _LONGEST_WAIT_SECONDS)
        while True:
            try:
                await self.look(pause)
            except Exception as failure:  # noqa: BLE001 - to be told apart from a worker that hangs
                _log.warning("liveness_unknown", failure=type(failure).__name__)
            await asyncio.sleep(pause)

    async def look(self, patience: float) -> None:
        """Look once, waiting so long (s) for Kafka's answer."""
        consumer = self._app.own_consumer
        if consumer is None or self._app.should_stop:
            self.still_busy()
            return
        unread = None if self._app.rebalancing else await self._unread(consumer, patience)
        if unread is None and not await self._kafka_answers():
            self.still_busy()  # no fault of ours, and no restart would help
            return
        self.heard_at = stopwatch()
        self._note(consumer, unread)

    def _note(self, consumer: TurnTakingConsumer, unread: int | None) -> None:
        """Note where all is; a consumer that does not say how much is unread, and ought to, counts as behind."""
        rebalancing, read_back = self._app.rebalancing, self._app.read_back
        to_do = consumer.in_hand or (not rebalancing and (unread != 0 or consumer.behind))
        self._acknowledging.note(self._parts, ought_to_move=to_do)
        self._committing.note(consumer.committed, ought_to_move=consumer.uncommitted and not rebalancing)
        self._recovering.note(read_back, ought_to_move=read_back is not None)
        waits_for_others = rebalancing and not consumer.in_hand and read_back is None
        self._rebalancing.note(self._app.consumer_generation_id, ought_to_move=waits_for_others)

    async def _unread(self, consumer: TurnTakingConsumer, patience: float) -> int | None:
        """Ask how much there is to read; None where the answer does not come in time.  It is asked once at a time."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(consumer.unread())
        done, _ = await asyncio.wait({self._asking}, timeout=patience)
        if not done:
            return None
        asked, self._asking = self._asking, None
        return None if asked.exception() else asked.result()
