"""A recovery that another assignment of partitions overtakes goes no further; no Kafka."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from agents.observability.metrics import Metrics
from agents.settings.settings import Settings
from agents.worker.faust_consumer import NotSoughtError
from agents.worker.monitors import Monitors
from agents.worker.recovery import Recovery, StateTopic


class Worker:
    """What a recovery works on; looking for lost state takes until the test has it answered."""

    def __init__(self, folder: Any) -> None:
        self.app = SimpleNamespace(rebalancing_count=1, consumer_generation_id=1, committed=self._committed)
        self.app.commit_beginnings = self._commit_beginnings
        self.app.require_membership = self._nothing
        self.answers: list[asyncio.Future[dict[Any, int]]] = []
        self.begun: list[Any] = []
        self.committed: list[int] = []
        self.crashed: list[BaseException] = []
        self.failure: Exception | None = None
        table: Any = SimpleNamespace(
            active_partitions=frozenset({0}),
            data={},
            drop_except=lambda *_: None,
            count_entries=lambda: None,
            is_empty=lambda _: True,
            replace=self._replace,
        )
        settings, untyped = Settings(data=folder).model_copy(update={"session_seconds": 0.5}), table
        app: Any = self.app
        self.state_topic = StateTopic(settings, app, untyped)
        ticker: Any = SimpleNamespace(begin=self._begin)
        crash: Any = SimpleNamespace(stop_worker=self._stop_worker)
        monitors = Monitors(lambda _: pytest.fail("there is no force"), lambda _: 0)
        self.recovery = Recovery(
            untyped, self.state_topic, monitors, ticker, self._erasures, lambda: None, crash, Metrics()
        )

    async def _committed(self, tps: Any) -> dict[Any, int]:
        answer: asyncio.Future[dict[Any, int]] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return dict.fromkeys(tps, (await answer).get("all", 0))

    async def _replace(self, _: int, __: Any, before_whole: Any) -> None:
        await before_whole()

    async def _commit_beginnings(self, _: Any, generation: int) -> None:
        self.committed.append(generation)
        if self.failure is not None:
            raise self.failure

    async def _nothing(self) -> None:
        return None

    async def _begin(self, partitions: Any) -> None:
        self.begun.append(partitions)

    async def _erasures(self) -> tuple[()]:
        return ()

    async def _stop_worker(self, failure: BaseException) -> None:
        self.crashed.append(failure)


async def until(happened: list[Any], times: int) -> None:
    """Wait until something has happened so many times."""
    while len(happened) < times:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)


@pytest.fixture
def worker(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Return a worker whose state was lost."""
    monkeypatch.setattr("agents.worker.recovery.has_records", lambda *_: True)
    monkeypatch.setattr("agents.worker.recovery.latest_records", lambda *_, **__: {})
    return Worker(tmp_path)


def test_offsets_are_set_back_by_the_recovery_of_the_present_assignment_alone(worker: Worker) -> None:
    """Faust begins another recovery without ending the one before, which has yet to look whether state was lost."""

    async def play() -> None:
        overtaken = asyncio.ensure_future(worker.recovery.run())
        await until(worker.answers, 1)
        worker.app.rebalancing_count, worker.app.consumer_generation_id = 2, 2
        present = asyncio.ensure_future(worker.recovery.run())
        await until(worker.answers, 2)
        worker.answers[1].set_result({})
        await present
        if not worker.answers[0].done():
            worker.answers[0].set_result({"all": 5})
        await asyncio.gather(overtaken, return_exceptions=True)

    asyncio.run(asyncio.wait_for(play(), 5))
    assert worker.committed == []
    assert worker.begun == [{0}]
    assert worker.recovery.recovered
    assert worker.crashed == []


def test_a_rebalance_in_the_middle_sets_nothing_back(worker: Worker) -> None:
    """The recovery after it has not begun yet."""

    async def play() -> None:
        overtaken = asyncio.ensure_future(worker.recovery.run())
        await until(worker.answers, 1)
        worker.answers[0].set_result({"all": 5})
        worker.app.rebalancing_count = 2
        await overtaken

    asyncio.run(asyncio.wait_for(play(), 5))
    assert worker.committed == []
    assert not worker.recovery.recovered
    assert worker.crashed == []


@pytest.mark.parametrize("rebalances", [True, False])
def test_beginnings_that_cannot_be_committed_stop_the_worker_unless_a_rebalance_follows(
    worker: Worker, *, rebalances: bool
) -> None:
    """The group may know of it before the worker does."""
    worker.failure = NotSoughtError("not committed")

    async def play() -> None:
        recovery = asyncio.ensure_future(worker.recovery.run())
        for number in (0, 1):
            await until(worker.answers, number + 1)
            worker.answers[number].set_result({"all": 5})
        await until(worker.committed, 1)
        worker.app.rebalancing_count += rebalances
        await recovery

    asyncio.run(asyncio.wait_for(play(), 5))
    assert not worker.recovery.recovered
    assert [type(failure) for failure in worker.crashed] == ([] if rebalances else [NotSoughtError])
