"""Collecting events into batches, straight from the channel's queue.

Faust's own way takes each message through the event loop once.  As there, events of an older assignment are left out,
since they are read again; those of a batch must be acknowledged or untracked before a rebalance goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from faust.types import EventT, Message
    from mode.utils.queues import ThrowableQueue

    from agents.worker.faust_app import WorkerApp


MOST_WAITING_BYTES: Final = 32 * 1024 * 1024
"""How much may wait between the consumer and the batch in hand; a message more goes beyond it."""
MOST_BATCH_BYTES: Final = 16 * 1024 * 1024
_PAUSE_SECONDS: Final = 0.02


def size_of(message: Message) -> int:
    """Return how many bytes a message holds."""
    return len(message.key or b"") + len(message.value or b"")


class Room:
    """Lets the consumer hand out no more than fits into memory.

    The queue of messages is bounded by their number alone.
    """

    def __init__(self) -> None:
        self.queue: ThrowableQueue[EventT[Any]] | None = None
        """The queue on which messages wait to be processed, once there is one."""
        self._waiting = 0

    async def wait_for(self, size: int) -> None:
        """Wait until there is room for so many bytes, and take it.  An empty queue always has room."""
        while self._is_full(size):  # noqa: ASYNC110 - the queue may be emptied by Faust, which tells nobody
            await asyncio.sleep(_PAUSE_SECONDS)
        if self.queue is None or not self.queue.qsize():
            self._waiting = 0  # what waited may have been dropped with an assignment
        self._waiting += size

    def _is_full(self, size: int) -> bool:
        return bool(self.queue is not None and self.queue.qsize() and self._waiting + size > MOST_WAITING_BYTES)

    def leave(self, events: Iterable[EventT[Any]]) -> None:
        """Give back the room of events that wait no longer."""
        self._waiting -= sum(size_of(event.message) for event in events)


async def batches(
    app: WorkerApp, queue: ThrowableQueue[EventT[Any]], most: int, within_seconds: float
) -> AsyncIterator[list[EventT[Any]]]:
    """Yield batches of at most ``most`` events until Faust stops; each waits ``within_seconds`` to fill.

    A batch of large messages has fewer.
    """
    while True:
        events: list[EventT[Any]] = []
        try:
            events.append(await queue.get())
            async with asyncio.timeout(within_seconds):
                size = size_of(events[0].message)
                while len(events) < most and size < MOST_BATCH_BYTES:
                    events.append(queue.get_nowait() if queue.qsize() else await queue.get())
                    size += size_of(events[-1].message)
        except TimeoutError:
            pass  # a batch that is not full in time is processed all the same
        except StopAsyncIteration:  # Faust puts it into the queue when the stream ends
            return
        app.room.leave(events)
        if tracked := app.track(events):
            yield tracked
