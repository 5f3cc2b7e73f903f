"""The consumer that lets a fetch and a seek take turns; with a broker played by the test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents.kafka.fetched_message import FIRST, Fetched
from agents.settings.settings import Settings
from agents.worker.assembly import assemble
from agents.worker.faust_consumer import TurnTakingConsumer
from agents.worker.faust_thread import PromptConsumerThread

SOURCE = TP("p.storm.incidents.v1", 0)
OTHER = TP("p.cis.crimes.v1", 0)
CHANGELOG = TP("p.cdi-state-changelog", 0)


class Broker:
    """Plays the consumer's thread: holds messages, and fetches only when the test lets it."""

    def __init__(self, committed: Mapping[TP, int | None], last: int) -> None:
        self.committed = dict(committed)
        self.last = last
        self.position = dict.fromkeys(committed, 0)
        self.fetched: list[set[TP]] = []
        self.sought: list[TP] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.fetching = asyncio.Event()
        self.markers = 0

    @property
    def positions(self) -> Mapping[TP, int]:
        """Where a fetch would read on: behind the markers that follow the last message."""
        at_end = {tp: position + self.markers for tp, position in self.position.items() if position > self.last}
        return self.position | at_end

    async def getmany(self, active: set[TP], _: float) -> dict[TP, list[Any]]:
        """Give two messages a partition, from where it stands."""
        self.fetched.append(set(active))
        self.fetching.set()
        await self.may_answer.wait()
        records = {}
        for tp in active:
            start = self.position[tp]
            self.position[tp] = min(start + 2, self.last + 1)
            records[tp] = [_record(tp, offset) for offset in range(start, self.position[tp])]
        return records

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Go back, where something was committed; aiokafka leaves the rest where it is."""
        self.position |= {tp: offset for tp, offset in self.committed.items() if offset}
        return self.committed

    async def seek_to_beginning(self, *tps: TP) -> None:
        self.sought += tps
        self.position |= dict.fromkeys(tps, 0)

    async def seek_wait(self, offsets: Mapping[TP, int]) -> None:
        self.position |= offsets


def _record(tp: TP, offset: int) -> Any:
    return SimpleNamespace(
        topic=tp.topic,
        partition=tp.partition,
        offset=offset,
        timestamp=1000,
        timestamp_type=1,
        headers=(),
        key=b"",
        value=b"",
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
    )


class Scene:
    """A consumer, the broker it talks to, and what it handed out."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.handed_out: list[tuple[TP, int, int]] = []
        self.broker = broker
        self.app = app = assemble(Settings(kafka="127.0.0.1:1", prefix="p.", data=folder)).app
        app.consumer_generation_id = 1
        consumer: Any = app.transport.create_consumer(
            self._take, on_partitions_revoked=_nothing, on_partitions_assigned=_nothing
        )
        assert isinstance(consumer, TurnTakingConsumer)
        consumer._thread = broker  # type: ignore[assignment]
        consumer._set_active_tps(set(broker.committed))
        consumer.pause_partitions(broker.committed)
        self.consumer = consumer
        self.take: Callable[[Fetched], Awaitable[None]] = _nothing

    async def _take(self, message: Any) -> None:
        await self.take(message)
        self.handed_out.append((message.tp, message.offset, message.after))

    def offsets(self) -> list[int]:
        return [offset for _, offset, _ in self.handed_out]


async def _nothing(*_: Any) -> None:
    return


def play(tmp_path: Path, part: Callable[[Scene], Awaitable[None]], committed: Mapping[TP, int | None]) -> Scene:
    """Play a scene with a broker that holds ten messages a partition."""

    async def run() -> Scene:
        scene = Scene(tmp_path, Broker(committed, last=9))
        await part(scene)
        return scene

    return asyncio.run(asyncio.wait_for(run(), 20))


async def resume(scene: Scene, tps: Iterable[TP] = (SOURCE,)) -> None:
    """Do what Faust does once the table is recovered."""
    scene.consumer.resume_partitions(tps)
    await scene.consumer.perform_seek()
    scene.consumer.resume_flow()


def test_a_seek_waits_for_the_fetch_under_way_and_undoes_it(tmp_path: Path) -> None:
    """Messages fetched before the seek do not count as read: everything from the committed offset is handed out."""

    async def part(scene: Scene) -> None:
        await resume(scene)
        scene.broker.may_answer.clear()
        fetch = asyncio.ensure_future(scene.consumer._fetch_once())
        await scene.broker.fetching.wait()
        seek = asyncio.ensure_future(scene.consumer.perform_seek())
        await asyncio.sleep(0)
        assert not seek.done()
        scene.consumer.stop_flow()
        scene.broker.may_answer.set()
        await asyncio.gather(fetch, seek)
        assert scene.handed_out == []
        await resume(scene)
        await scene.consumer._fetch_once()

    scene = play(tmp_path, part, {SOURCE: 4})
    assert scene.handed_out == [(SOURCE, 4, FIRST), (SOURCE, 5, 4)]


def test_a_partition_without_a_committed_offset_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Whatever was fetched of it before, for nobody: aiokafka would go on from there."""

    async def part(scene: Scene) -> None:
        scene.broker.position[SOURCE] = 7
        await resume(scene)
        await scene.consumer._fetch_once()

    scene = play(tmp_path, part, {SOURCE: None})
    assert scene.broker.sought == [SOURCE]
    assert scene.offsets() == [0, 1]


def test_sources_are_fetched_only_once_flow_resumes(tmp_path: Path) -> None:
    """Faust resumes their partitions before it seeks; changelogs are read meanwhile."""

    async def part(scene: Scene) -> None:
        scene.consumer.resume_partitions([CHANGELOG])
        await scene.consumer._fetch_once()
        scene.consumer.pause_partitions([CHANGELOG])
        scene.consumer.resume_partitions([SOURCE])
        await scene.consumer._fetch_once()
        await scene.consumer.perform_seek()
        scene.consumer.resume_flow()
        await scene.consumer._fetch_once()

    scene = play(tmp_path, part, {SOURCE: 4, CHANGELOG: None})
    assert scene.broker.fetched == [{CHANGELOG}, {SOURCE}]
    assert (SOURCE, 4, FIRST) in scene.handed_out


def test_nothing_is_asked_for_while_no_partition_is_active(tmp_path: Path) -> None:
    """An empty set would mean every partition to aiokafka, and what it then gave would be skipped."""

    async def part(scene: Scene) -> None:
        assert not await scene.consumer._fetch_once()

    assert play(tmp_path, part, {SOURCE: 4}).broker.fetched == []


def test_what_is_left_of_a_fetch_is_given_up_when_flow_is_suspended(tmp_path: Path) -> None:
    """A stream that takes no more during a rebalance does not keep the seek from its turn."""

    async def part(scene: Scene) -> None:
        stuck = asyncio.Event()

        async def take(message: Fetched) -> None:
            if message.offset == 5:
                stuck.set()
                await asyncio.Event().wait()

        scene.take = take
        await resume(scene)
        fetch = asyncio.ensure_future(scene.consumer._fetch_once())
        await stuck.wait()
        scene.consumer.stop_flow()
        await asyncio.gather(fetch, scene.consumer.perform_seek())
        scene.take = _nothing
        await resume(scene)
        await scene.consumer._fetch_once()

    assert play(tmp_path, part, {SOURCE: 4}).handed_out == [(SOURCE, 4, FIRST), (SOURCE, 4, FIRST), (SOURCE, 5, 4)]


def test_what_a_stream_raises_is_not_swallowed(tmp_path: Path) -> None:
    """A failure while handing out stops the consumer, and with it the worker."""

    async def part(scene: Scene) -> None:
        async def take(_: Fetched) -> None:
            raise KeyError("a bug")

        scene.take = take
        await resume(scene)
        with pytest.raises(KeyError):
            await scene.consumer._fetch_once()

    play(tmp_path, part, {SOURCE: 4})


def test_offsets_without_a_message_may_be_committed_over(tmp_path: Path) -> None:
    """A transaction's mark at offset 5: what is acknowledged around it can be committed, up to the end."""

    async def part(scene: Scene) -> None:
        await scene.consumer.perform_seek()
        await scene.consumer._hand_out({SOURCE: [_record(SOURCE, 4), _record(SOURCE, 6)]})
        scene.consumer._acked[SOURCE] = [4, 6]
        assert scene.consumer._new_offset(SOURCE) == 7

    assert play(tmp_path, part, {SOURCE: 4}).handed_out == [(SOURCE, 4, FIRST), (SOURCE, 6, 4)]


def test_a_message_not_yet_acknowledged_is_never_committed_over(tmp_path: Path) -> None:
    """What came before it may be committed; it and what follows may not."""

    async def part(scene: Scene) -> None:
        await scene.consumer.perform_seek()
        await scene.consumer._hand_out({SOURCE: [_record(SOURCE, offset) for offset in (4, 5, 6)]})
        scene.consumer._acked[SOURCE] = [4, 6]
        assert scene.consumer._new_offset(SOURCE) == 5

    play(tmp_path, part, {SOURCE: 4})


def test_waiting_for_the_batch_in_flight_ends_when_it_is_untracked(tmp_path: Path) -> None:
    """A batch given up to be read again holds up neither a rebalance nor the worker's end."""

    async def part(scene: Scene) -> None:
        message = scene.consumer._to_message(SOURCE, _record(SOURCE, 4))
        scene.consumer._unacked_messages.add(message)
        waiting = asyncio.ensure_future(scene.consumer.wait_empty())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        scene.consumer.untrack([message])
        await waiting

    play(tmp_path, part, {SOURCE: 4})


@pytest.mark.parametrize(
    ("error", "generation", "member"),
    [(0, 1, True), (27, 1, True), (25, 1, False), (22, 1, False), (82, 1, False), (0, 2, False)],
    ids=["a member", "a rebalance waits for us", "unknown", "an old generation", "fenced", "joined anew"],
)
def test_only_the_groups_coordinator_says_who_is_a_member(
    tmp_path: Path, error: int, generation: int, member: bool
) -> None:
    """Asked by a heartbeat of our own; what aiokafka believes may be seconds old."""

    async def send(_: object) -> object:
        return SimpleNamespace(error_code=error)

    async def part(scene: Scene) -> None:
        thread: Any = object.__new__(PromptConsumerThread)
        thread.app = scene.app
        coordinator = SimpleNamespace(group_id="g", generation=generation, member_id="m", _send_req=send)
        thread._consumer = SimpleNamespace(_coordinator=coordinator)
        assert await thread._is_member() is member

    play(tmp_path, part, {SOURCE: 4})


class Client:
    """An aiokafka consumer to which some partitions are assigned, or from which they were taken."""

    def __init__(self, generation: int, assigned: Iterable[TP], refusal: Exception | None = None) -> None:
        self._coordinator = SimpleNamespace(generation=generation)
        self._assigned = {TopicPartition(*tp) for tp in assigned}
        self._refusal = refusal
        self.committed: dict[TopicPartition, int] = {}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Commit as aiokafka does."""
        if not offsets:
            raise ValueError(offsets)
        if not self._assigned or not offsets.keys() <= self._assigned:
            raise IllegalStateError("not assigned")
        if self._refusal is not None:
            raise self._refusal
        self.committed |= offsets


def commit_all(client: Client) -> bool:
    """Commit the beginnings of two partitions as assigned in generation 7."""

    async def commit() -> bool:
        thread: Any = object.__new__(PromptConsumerThread)
        thread._consumer = client
        return bool(await thread._commit_all({SOURCE: 0, OTHER: 3}, 7))

    return asyncio.run(commit())


def test_beginnings_are_committed_together() -> None:
    """So that a seek to what is committed goes there."""
    client = Client(7, [SOURCE, OTHER])
    assert commit_all(client)
    assert client.committed == {TopicPartition(*SOURCE): 0, TopicPartition(*OTHER): 3}


@pytest.mark.parametrize(
    "client",
    [
        Client(7, []),
        Client(7, [SOURCE]),
        Client(8, [SOURCE, OTHER]),
        Client(7, [SOURCE, OTHER], CommitFailedError("already rebalanced")),
    ],
    ids=["taken away", "one taken away", "assigned anew", "refused by the group"],
)
def test_beginnings_are_not_committed_once_a_rebalance_is_under_way(client: Client) -> None:
    """Faust would leave out what is not assigned, and set back what others have read since."""
    assert not commit_all(client)
    assert client.committed == {}


def test_flow_that_resumes_without_the_seek_stops_the_worker(tmp_path: Path) -> None:
    """Faust carries on where a seek took too long; messages would be skipped, so nothing is fetched and it ends."""
    crashed: list[BaseException] = []

    async def part(scene: Scene) -> None:
        async def crash(reason: BaseException) -> None:
            crashed.append(reason)

        scene.consumer.crash = crash  # type: ignore[method-assign]
        scene.consumer.resume_partitions([SOURCE])
        scene.consumer.resume_flow()
        await scene.consumer._fetch_once()
        await asyncio.sleep(0)

    scene = play(tmp_path, part, {SOURCE: 4})
    assert scene.broker.fetched == []
    assert [type(reason).__name__ for reason in crashed] == ["NotSoughtError"]


def test_what_is_acknowledged_is_committed_with_the_markers_behind_it(tmp_path: Path) -> None:
    """No message comes for a transaction's markers, so nobody could acknowledge them; before that, nothing of them."""

    async def part(scene: Scene) -> None:
        scene.broker.markers = 2
        await resume(scene)
        await scene.consumer._fetch_once()
        assert scene.consumer._filter_committable_offsets([SOURCE]) == {}
        scene.consumer._committed_offset[SOURCE] = 10
        assert scene.consumer._filter_committable_offsets([SOURCE]) == {SOURCE: 12}
        assert scene.consumer.passed(SOURCE, 8) == 8
        assert scene.consumer.passed(SOURCE, 9) == 11

    scene = play(tmp_path, part, {SOURCE: 8})
    assert scene.offsets() == [8, 9]


def test_what_a_fetch_brought_in_vain_is_not_committed_during_the_recovery_that_follows(tmp_path: Path) -> None:
    """A rebalance begins while messages are fetched: they are given up, and the client stands behind them for now."""

    async def part(scene: Scene) -> None:
        await resume(scene, [SOURCE])
        scene.broker.may_answer.clear()
        fetch = asyncio.ensure_future(scene.consumer._fetch_once())
        await scene.broker.fetching.wait()
        scene.consumer.stop_flow()
        scene.consumer.pause_partitions([SOURCE])
        scene.broker.may_answer.set()
        await fetch
        scene.consumer.resume_partitions([CHANGELOG])
        scene.consumer.resume_flow()
        await scene.consumer._fetch_once()
        assert scene.broker.positions[SOURCE] == 6
        assert scene.consumer._filter_committable_offsets([SOURCE]) == {}
        scene.consumer.stop_flow()
        await resume(scene, [SOURCE])
        await scene.consumer._fetch_once()

    scene = play(tmp_path, part, {SOURCE: 4, CHANGELOG: 0})
    assert [offset for tp, offset, _ in scene.handed_out if tp == SOURCE] == [4, 5]


def test_a_partition_that_nobody_leads_is_asked_for_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for as fast as it is answered, thousands of times a second, it would keep broker and worker busy."""
    asked = [0]

    async def ask(*_: object) -> bool:
        asked[0] += 1
        return False

    client = SimpleNamespace(_client=SimpleNamespace(_metadata_update=ask))
    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_create_worker_consumer", lambda *_: client)
    thread: Any = object.__new__(PromptConsumerThread)

    async def go_on() -> None:
        consumer = thread._create_worker_consumer(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.35):
                while True:
                    await consumer._client._metadata_update("cluster", [])

    asyncio.run(go_on())
    assert 2 <= asked[0] <= 5
