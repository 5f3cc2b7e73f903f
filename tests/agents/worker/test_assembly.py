"""A worker as it is put together, and what of Faust's inside it leans on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import faust
import pytest
from faust import streams
from faust.events import Event
from faust.types import TP

from agents.kafka.writer_release import WriterRelease
from agents.settings.clock import ProcessClock
from agents.settings.settings import Settings
from agents.topics.state_entries import size_header
from agents.worker.assembly import Assembly, assemble
from agents.worker.faust_app import RawSchema, WorkerApp
from agents.worker.faust_consumer import TurnTakingConsumer
from agents.worker.faust_tables import StateTable, state_table
from agents.worker.rates import RateTable
from streams.topology.topics import INTAKE, RATE_CHANGELOGS, STATE_CHANGELOG


@pytest.fixture
def assembly(tmp_path: Any) -> Assembly:
    """Return a worker put together and not started; nobody answers at its broker's address."""
    return assemble(Settings(kafka="127.0.0.1:1", prefix="p.", data=tmp_path, partitions=4, worker="w1"))


def test_there_is_one_agent_over_every_topic_that_is_read(assembly: Assembly) -> None:
    """Two agents of a name would replace one another silently, two channels would race: there is exactly one."""
    (agent,) = assembly.app.agents.values()
    assert agent.concurrency == 1
    assert set(agent.channel.topics) == {f"p.{topic.name}" for topic in INTAKE}


def test_the_changelogs_of_the_tables_are_those_made_beforehand(assembly: Assembly) -> None:
    """Their names, their partitions and their raw bytes are ours, not Faust's defaults."""
    tables = list(assembly.app.tables.values())
    assert [type(table) for table in tables] == [StateTable, *[RateTable] * len(RATE_CHANGELOGS)]
    for table, topic in zip(tables, [STATE_CHANGELOG, *RATE_CHANGELOGS.values()], strict=True):
        assert table.changelog_topic_name == f"p.{topic.name}"
        assert (table.key_serializer, table.value_serializer) == ("raw", "raw")
        assert table.partitions == 4
    assert assembly.app.tables.changelog_topics == {table.changelog_topic_name for table in tables}


def test_faust_is_set_as_the_traps_demand(assembly: Assembly) -> None:
    """At least once, no standby, no web server, no topic made on the way, batches finished before a hand-over."""
    conf: Any = assembly.app.conf
    assert conf.processing_guarantee.value == "at_least_once"
    assert conf.table_standby_replicas == 0
    assert not conf.web_enabled
    assert not conf.topic_allow_declare
    assert conf.topic_disable_leader
    assert conf.stream_wait_empty
    assert conf.consumer_group_instance_id.startswith("w1-")
    assert conf.consumer_auto_offset_reset == "earliest"
    assert conf.broker_session_timeout <= conf.broker_request_timeout


def test_a_worker_that_reads_other_topics_is_another_member(tmp_path: Any) -> None:
    """Kafka gives a member that comes again what it had: after an upgrade it would never be given a new topic."""
    settings = Settings(kafka="127.0.0.1:1", data=tmp_path, worker="w1")
    before = assemble(settings).app.conf.consumer_group_instance_id
    assert assemble(settings).app.conf.consumer_group_instance_id == before
    assert WorkerApp(settings, topics=INTAKE[:-1]).conf.consumer_group_instance_id != before
    assert assemble(settings.model_copy(update={"worker": None})).app.conf.consumer_group_instance_id is None


def test_the_consumer_is_the_one_that_takes_turns(assembly: Assembly) -> None:
    """With Faust's own, messages are lost between the broker and the stream."""
    assert assembly.app.transport.Consumer is TurnTakingConsumer


def test_a_worker_is_not_ready_before_its_state_is(tmp_path: Any) -> None:
    """Neither before the first recovery, nor while a rebalance is under way, nor while Kafka says nothing."""
    time = [1000.0]
    clock = ProcessClock(stopwatch=lambda: time[0])
    assembly = assemble(Settings(kafka="127.0.0.1:1", data=tmp_path), clock=clock)
    consumer = SimpleNamespace(
        in_flight=False, behind=False, uncommitted=False, committed=0, unread=AsyncMock(return_value=0)
    )
    app: Any = SimpleNamespace(
        own_consumer=consumer, should_stop=False, rebalancing=False, recovery_position=None, consumer_generation_id=1
    )
    asyncio.run(assembly.liveness.check(app, 1.0))
    ready = [assembly.ready]
    assembly.recovery.recovered = True
    ready.append(assembly.ready)
    assembly.app.rebalancing = True
    ready.append(assembly.ready)
    assembly.app.rebalancing = False
    time[0] += 3600
    ready.append(assembly.ready)
    assert ready == [False, True, False, False]


@pytest.mark.parametrize("value", [None, b"", b"\xff not avro"])
def test_faust_decodes_nothing(value: bytes | None) -> None:
    """Keys and values come out as they went in, so nothing can raise before our own code sees the message."""
    schema: Any = RawSchema()
    message = SimpleNamespace(key=value, value=value)
    assert schema.loads_key(None, message) is value
    assert schema.loads_value(None, message) is value


class RecordingProducer:
    """A producer that keeps what is put."""

    def __init__(self) -> None:
        self.messages: list[tuple[Any, ...]] = []

    def put(self, *message: Any) -> None:
        self.messages.append(message)


def an_event(app: faust.App, partition: int) -> Any:
    """Return an event as a stream would hand it out."""
    message = SimpleNamespace(
        partition=partition, topic="p.storm.incidents.v1", tp=TP("p.storm.incidents.v1", partition)
    )
    untyped: Any = message
    return Event(app, b"", b"", None, untyped)


def test_entries_go_to_the_changelog_partition_of_their_event(
    tmp_path: Any, assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust asks its current event which partition is meant; within a batch there is none, so the table sets it."""
    settings = Settings(kafka="127.0.0.1:1", prefix="p.", data=tmp_path, partitions=4)
    headers = next(iter(assembly.app.tables.values())).headers
    recorder = RecordingProducer()
    producer: Any = recorder
    app = WorkerApp(settings)
    table = state_table(app, settings, producer, headers)
    monkeypatch.setattr(type(table), "_verify_source_topic_partitions", lambda *_: None)

    async def write() -> None:
        event = an_event(app, 3)
        assert streams.current_event() is None
        table.write(event, [(b"LEICS\0a", b"1"), (b"LEICS\0b", b"2")])
        table.write(event, [(b"LEICS\0a", None), (b"LEICS\0never", None)])
        assert streams.current_event() is None

    asyncio.run(write())
    name = f"p.{STATE_CHANGELOG.name}"
    assert recorder.messages == [
        (name, b"LEICS\0a", b"1", 3, [*(headers or ()), size_header(1)]),
        (name, b"LEICS\0b", b"2", 3, [*(headers or ()), size_header(2)]),
        (name, b"LEICS\0a", None, 3, [*(headers or ()), size_header(1)]),
    ]
    assert dict(table.data) == {b"LEICS\0b": b"2"}
    assert WriterRelease.from_headers(table.headers or ()) == WriterRelease.current("builtin-1")


def test_faust_still_refuses_a_write_outside_an_event(assembly: Assembly) -> None:
    """The pin of why the current event is set by hand: if Faust changes this, the table can be simpler."""
    table = next(iter(assembly.app.tables.values()))

    async def write() -> None:
        table[b"LEICS\0a"] = b"1"

    with pytest.raises(TypeError, match="outside of stream iteration"):
        asyncio.run(write())


def test_entries_of_lost_partitions_are_forgotten(assembly: Assembly) -> None:
    """Faust's memory store keeps them, and a partition that came back would bring back what was deleted meanwhile."""
    table = next(iter(assembly.app.tables.values()))
    table.data.data.update({b"A\0x": b"1", b"B\0x": b"2"})
    table.drop_except(frozenset({1}), {b"A\0x": 0, b"B\0x": 1}.__getitem__)
    assert dict(table.data) == {b"B\0x": b"2"}
