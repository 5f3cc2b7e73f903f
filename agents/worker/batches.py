"""Batches straight from the channel's queue: Faust's own way takes each message through the event loop once.

Otherwise the same: what is of an older assignment is let go, since it is read again; what is handed on must be
acknowledged, or forgotten, before a rebalance goes on.
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
    app: WorkerApp, queue: ThrowableQueue[EventT[Any]], most: int, within: float
) -> AsyncIterator[list[EventT[Any]]]:
    """Give what comes, at most so many at a time, until Faust stops; a batch waits so long (s) to fill."""
    while True:
        events: list[EventT[Any]] = []
        try:
            events.append(await queue.get())
            async with asyncio.timeout(within):
                while len(events) < most:
                    events.append(queue.get_nowait() if queue.qsize() else await queue.get())
        except TimeoutError:
            pass  # then it is as full as it is
        except StopAsyncIteration:  # thrown into the queue
            return
        if taken := app.track(events):
            yield taken
