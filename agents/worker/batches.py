"""Collecting events into batches, straight from the channel's queue.

Faust's own way takes each message through the event loop once.  As there, events of an older assignment are left out,
since they are read again; those of a batch must be acknowledged or untracked before a rebalance goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faust.types import EventT
    from mode.utils.queues import ThrowableQueue

    from agents.worker.faust_app import WorkerApp


async def batches(
    app: WorkerApp, queue: ThrowableQueue[EventT[Any]], most: int, within_seconds: float
) -> AsyncIterator[list[EventT[Any]]]:
    """Yield batches of at most ``most`` events until Faust stops; each waits ``within_seconds`` to fill."""
    while True:
        events: list[EventT[Any]] = []
        try:
            events.append(await queue.get())
            async with asyncio.timeout(within_seconds):
                while len(events) < most:
                    events.append(queue.get_nowait() if queue.qsize() else await queue.get())
        except TimeoutError:
            pass  # a batch that is not full in time is processed all the same
        except StopAsyncIteration:  # Faust puts it into the queue when the stream ends
            return
        if tracked := app.track(events):
            yield tracked
