"""Batches taken straight from the queue on which Faust puts events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from agents.settings.settings import Settings
from agents.worker.batches import MOST_BATCH_BYTES, MOST_WAITING_BYTES, Room, batches
from agents.worker.faust_app import WorkerApp


class Numbered(int):
    """An event that is known by a number."""

    message = SimpleNamespace(key=b"LEICS", value=None)


class Large(Numbered):
    """An event of a large message."""

    message = SimpleNamespace(key=b"LEICS", value=bytes(MOST_BATCH_BYTES // 2))


class Taking:
    """An app that tracks every event but those it is told to let go."""

    def __init__(self, let_go: Iterable[int] = ()) -> None:
        self.let_go = set(let_go)
        self.room = Room()

    def track(self, events: list[int]) -> list[int]:
        """Give those that are taken."""
        return [event for event in events if event not in self.let_go]


def taken(
    put: Iterable[int],
    *,
    most: int,
    batches_expected: int,
    app: Taking | None = None,
    later: Iterable[int] = (),
    within: float = 0.01,
    kind: type[Numbered] = Numbered,
) -> list[list[int]]:
    """Return the batches of what is on the queue, and of what is put there once a batch waits, until Faust stops."""

    async def take() -> list[list[int]]:
        queue: Any = ThrowableQueue(100, flow_control=FlowControlEvent(initially_suspended=False))
        for event in put:
            queue.force_put_nowait(kind(event))
        untyped: Any = app or Taking()
        collected: list[Any] = []

        async def agent() -> None:
            async for batch in batches(untyped, queue, most, within):
                collected.append(batch)  # noqa: PERF401 - what was collected stays when it is stopped

        running = asyncio.ensure_future(agent())
        while queue.qsize():  # noqa: ASYNC110 - whatever is there is taken before the rest comes
            await asyncio.sleep(0)
        for event in later:
            queue.force_put_nowait(kind(event))
        while queue.qsize() or len(collected) < batches_expected:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await queue.throw(StopAsyncIteration())
        await running
        return collected

    return asyncio.run(take())


def test_a_batch_is_no_larger_than_it_may_be_and_nothing_is_lost() -> None:
    """What is over is the next batch, in order."""
    assert taken(range(7), most=3, batches_expected=3) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_batch_waits_to_fill() -> None:
    """What comes while it waits is of it; once full it waits no longer, however long it might."""
    assert taken([0], later=[1, 2], most=3, batches_expected=1, within=3600) == [[0, 1, 2]]


def test_what_is_let_go_is_handed_to_nobody() -> None:
    """Nor is a batch of which nothing is left."""
    assert taken(range(4), most=2, batches_expected=1, app=Taking(let_go=[0, 2, 3])) == [[1]]


def test_a_batch_of_large_messages_has_fewer() -> None:
    """Two thousand of a megabyte each would be two gigabytes."""
    assert taken(range(5), most=100, batches_expected=3, kind=Large) == [[0, 1], [2, 3], [4]]


def test_the_consumer_waits_where_what_waits_is_large() -> None:
    """Until a batch has taken it, or Faust has dropped it; one message always has room, however large."""

    async def wait() -> None:
        room, queue = Room(), ThrowableQueue[Any](100, flow_control=FlowControlEvent(initially_suspended=False))
        room.queue = queue
        await room.wait_for(10 * MOST_WAITING_BYTES)
        queue.force_put_nowait(Large(1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(room.wait_for(1), 0.1)
        queue.get_nowait()
        await asyncio.wait_for(room.wait_for(MOST_WAITING_BYTES), 1)
        queue.force_put_nowait(Large(2))
        events: Any = [Large(2), Large(2)]
        room.leave(events)
        await asyncio.wait_for(room.wait_for(MOST_BATCH_BYTES), 1)

    asyncio.run(wait())


class AppWithConsumer(WorkerApp):
    """A worker's app whose consumer writes down what it is to wait for."""

    waits_for: list[Any]

    @property
    def own_consumer(self) -> Any:
        """The consumer that writes it down."""
        return SimpleNamespace(track=self.waits_for.extend)


@pytest.fixture
def app(tmp_path: Path) -> AppWithConsumer:
    """Return an app in its second assignment, with messages flowing."""
    app = AppWithConsumer(Settings(kafka="127.0.0.1:1", data=tmp_path, worker="w1"))
    app.waits_for = []
    app.consumer_generation_id = 2
    app.flow_control.resume()
    return app


def event(generation: int) -> Any:
    """Return an event of an assignment."""
    return SimpleNamespace(message=SimpleNamespace(generation_id=generation))


def test_what_is_of_an_older_assignment_is_let_go(app: AppWithConsumer) -> None:
    """It is read again by whoever owns it now; the rest a rebalance waits for."""
    old, new = event(1), event(2)
    assert app.track([old, new]) == [new]
    assert app.waits_for == [new.message]


def test_nothing_is_taken_while_a_rebalance_is_under_way(app: AppWithConsumer) -> None:
    """Flow is suspended from the moment partitions are revoked: what is taken then would be judged twice."""
    app.flow_control.suspend()
    assert app.track([event(2)]) == []
    assert app.waits_for == []
