"""Whether a worker makes progress: it says so when it hangs, and not when it is idle, busy or without its broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agents.settings.clock import ProcessClock
from agents.settings.settings import Settings
from agents.worker.liveness import REBALANCE_SECONDS, Liveness
from agents.worker.pipeline.advance import Outcome
from agents.worker.pipeline.receive import InputBatch

STUCK = 120.0


class Scene:
    """A worker as its liveness check sees it, and a stopwatch that the test turns."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.consumer = SimpleNamespace(
            in_flight=False, behind=False, uncommitted=False, committed=0, unread=self._unread
        )
        self.app: Any = SimpleNamespace(
            own_consumer=self.consumer,
            should_stop=False,
            rebalancing=False,
            recovery_position=None,
            consumer_generation_id=1,
        )
        self.unread: int | Exception | None = 0
        self.kafka_answers = True
        settings = Settings(stuck_seconds=STUCK, session_seconds=15.0)
        self.liveness = Liveness(settings, self._answers, ProcessClock(stopwatch=lambda: self.time))

    async def _unread(self) -> int:
        if self.unread is None:
            await asyncio.Event().wait()
        if isinstance(self.unread, Exception):
            raise self.unread
        return self.unread or 0

    async def _answers(self) -> bool:
        return self.kafka_answers

    def part_done(self) -> None:
        """Have a part of a batch be persisted."""
        self.liveness.persisted(Outcome(InputBatch((), ())), 0)

    def passes(self, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> bool:
        """Let time pass with a check every second; return whether the worker is live in the end."""

        async def pass_() -> None:
            for _ in range(round(seconds)):
                self.time += 1
                meanwhile()
                await self.liveness.check(self.app, 0.001)

        asyncio.run(pass_())
        return self.liveness.progressing


@pytest.fixture
def scene() -> Scene:
    """Return an idle worker."""
    return Scene()


def test_an_idle_worker_is_live(scene: Scene) -> None:
    """Where there is nothing to do, nothing need move."""
    assert scene.passes(10 * STUCK)
    assert scene.liveness.broker_reachable


@pytest.mark.parametrize("what", ["in_flight", "behind", "unread"])
def test_messages_that_wait_while_nothing_is_acknowledged_are_a_hang(scene: Scene, what: str) -> None:
    """Whether they were fetched or not: it is one second from live to not live, and a part done makes it live again."""
    setattr(scene if what == "unread" else scene.consumer, what, 3)
    assert scene.passes(STUCK)
    assert not scene.passes(1)
    scene.part_done()
    assert scene.passes(1)


def test_a_long_batch_that_gets_on_part_by_part_is_live(scene: Scene) -> None:
    """Years under the stream clock are one batch: each part of it is progress."""
    scene.consumer.in_flight = True
    assert scene.passes(5 * STUCK, scene.part_done)


def test_what_is_acknowledged_and_never_committed_is_a_hang(scene: Scene) -> None:
    """A restart would read it all again."""
    scene.consumer.uncommitted = True
    assert not scene.passes(STUCK + 1, scene.part_done)


def test_what_is_committed_bit_by_bit_is_not(scene: Scene) -> None:
    """Under load there is always something acknowledged since the last commit."""
    scene.consumer.uncommitted = scene.consumer.in_flight = True

    def commit() -> None:
        scene.part_done()
        scene.consumer.committed += 1

    assert scene.passes(5 * STUCK, commit)


def test_a_loop_that_no_longer_looks_is_a_hang(scene: Scene) -> None:
    """Blocked, it cannot say so itself, idle or not."""
    scene.passes(1)
    scene.time += STUCK - 0.5
    assert scene.liveness.progressing
    scene.time += 1
    assert not scene.liveness.progressing


def test_long_work_that_says_it_is_busy_is_no_hang(scene: Scene) -> None:
    """Monitors are rebuilt in one go, which keeps the loop to itself."""
    scene.passes(1)
    for _ in range(10):
        scene.time += STUCK - 1
        scene.liveness.still_busy()
    assert scene.liveness.progressing


def test_a_kafka_that_does_not_answer_is_no_fault_of_the_worker(scene: Scene) -> None:
    """No restart would help: it stays live, whatever waits, and is not ready."""
    scene.consumer.in_flight = scene.consumer.uncommitted = True
    scene.passes(1)
    scene.unread, scene.kafka_answers = None, False
    assert scene.passes(2 * STUCK)
    assert not scene.liveness.broker_reachable


@pytest.mark.parametrize("unread", [None, RuntimeError("IllegalState")])
def test_a_consumer_that_does_not_answer_while_kafka_does_is_a_hang(scene: Scene, unread: Exception | None) -> None:
    """Nobody knows what waits then, and nothing is taken."""
    scene.unread = unread
    assert not scene.passes(STUCK + 1)


def test_a_recovery_must_read(scene: Scene) -> None:
    """It has its own measure of progress: how far the changelogs are read back."""
    scene.app.rebalancing = True
    scene.app.recovery_position = 0

    def read() -> None:
        scene.app.recovery_position += 1

    assert scene.passes(5 * STUCK, read)
    assert not scene.passes(STUCK)


def test_a_rebalance_may_wait_for_other_workers_and_not_for_ever(scene: Scene) -> None:
    """One that is busy with a batch keeps all others waiting, for as long as the group lets it."""
    scene.passes(1)
    scene.app.rebalancing = True
    scene.unread = 5
    assert scene.passes(REBALANCE_SECONDS + STUCK - 1)
    assert not scene.passes(2)


def test_a_batch_in_flight_must_get_on_during_a_rebalance_too(scene: Scene) -> None:
    """The rebalance waits for it."""
    scene.app.rebalancing = scene.consumer.in_flight = True
    assert not scene.passes(STUCK + 1)


def test_nothing_is_expected_of_a_worker_that_starts_or_stops(scene: Scene) -> None:
    """It has no consumer yet, or is being torn down."""
    scene.consumer.in_flight = True
    scene.app.own_consumer = None
    assert scene.passes(2 * STUCK)
    scene.app.own_consumer, scene.app.should_stop = scene.consumer, True
    assert scene.passes(2 * STUCK)
