"""Peers of the worker, for ``make bench``: the same rule core over the same topics, carried another way.

    python -m tests.bench.peers plain|stock

``plain`` is a bare consumer loop without Faust, and keeps no promise: it neither reads its state back nor minds a
rebalance.  So it bounds what a worker could reach.  ``stock`` is Faust as its tutorial has it, an event at a time over
its own transport, and shows what ours adds to it.  Both write all that the worker writes, but for its rates, and are
stopped by SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import faust
from confluent_kafka import Consumer
from faust.types import StreamT

from agents.kafka.codecs import codec_of
from agents.kafka.producer import KafkaProducer
from agents.settings.settings import Settings
from agents.worker.faust_app import RawSchema
from agents.worker.monitors import Monitors
from agents.worker.pipeline.admit import Admission
from agents.worker.pipeline.advance import Advancer, ForceChanges
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.decode import DecodedBatch, Decoder
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.topology.messages import TopicMessage
from streams.topology.topics import ALERTS, CANDIDATES, CASES, CLOCKS, INTAKE, STATE_CHANGELOG, STATE_TABLE, Topic

DELIVER_WITHIN_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 0.05


class Core:
    """The pure part of a worker, as both carry it."""

    def __init__(self, settings: Settings) -> None:
        book = PolicyBook.built_in()
        self._codec = codec_of(settings)
        monitors = Monitors(lambda force: Monitor(force, book), settings.partition_of)
        monitors.rebuild([], range(settings.partitions))
        self._monitors = monitors
        self._decoder = Decoder(self._codec)
        self._admission = Admission(monitors.partition_of, book.far_future, lambda *_: False)
        self._applier = Applier(monitors)
        self._advancer = Advancer(monitors)
        self._names = {settings.topic(topic): topic.name for topic in INTAKE}

    @property
    def topics(self) -> list[str]:
        """What is read."""
        return [*self._names]

    async def decode(self, messages: list[TopicMessage]) -> DecodedBatch:
        """Decode a batch whose topics are named as the broker names them."""
        named = [message._replace(topic=self._names[message.topic]) for message in messages]
        return await self._decoder.decode(InputBatch(named, ()))

    def judge(self, decoded: DecodedBatch) -> Iterator[Sequence[ForceChanges]]:
        """Judge a batch, and tell what follows, part by part."""
        applied = self._applier.apply(self._admission.admit(decoded))
        for outcome in self._advancer.advance(applied, self._monitors.vouched()):
            yield outcome.changes

    def messages(self, force: str, changes: Changes) -> Iterator[tuple[Topic, bytes, bytes | None]]:
        """Yield what others read of a force's changes, by topic and key."""
        encode: Codec = self._codec
        for alert in changes.alerts:
            yield ALERTS, alert.alert_id.encode(), encode.encode(alert)
        for topic, records in ((CASES, changes.cases), (CANDIDATES, changes.candidates)):
            for key, record in records.items():
                yield topic, key, None if record is None else encode.encode(record)
        if changes.clock is not None:
            yield CLOCKS, force.encode(), encode.encode(changes.clock)


def plain(settings: Settings) -> None:
    """Consume, judge, send, keep, commit, a batch at a time."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    core, producer = Core(settings), KafkaProducer(settings.client(), deliver_within_seconds=DELIVER_WITHIN_SECONDS)
    consumer = Consumer(
        settings.client(group_id=settings.group, enable_auto_commit=False, auto_offset_reset="earliest")
    )
    consumer.subscribe(core.topics)
    while not stopped:
        batch = consumer.consume(settings.batch_messages, timeout=WAIT_SECONDS)
        messages = [
            TopicMessage(
                message.topic() or "",
                message.partition() or 0,
                message.offset() or 0,
                message.key(),
                message.value(),
                message.timestamp()[1],
            )
            for message in batch
            if message.error() is None
        ]
        if not messages:
            continue
        for changes in core.judge(asyncio.run(core.decode(messages))):
            for partition, force, changed in changes:
                for topic, key, value in core.messages(force, changed):
                    producer.put(settings.topic(topic), key, value, partition)
            producer.deliver()
            for partition, _, changed in changes:
                for key, value in changed.state:
                    producer.put(settings.topic(STATE_CHANGELOG), key, value, partition)
            producer.deliver()
        consumer.commit(asynchronous=True)
    consumer.close()


def stock(settings: Settings) -> None:
    """Run a Faust app as its tutorial has it: one agent, one table, one event at a time."""
    core = Core(settings)
    app = faust.App(
        settings.group,
        broker=f"kafka://{settings.kafka}",
        store="memory://",
        topic_partitions=settings.partitions,
        key_serializer="raw",
        value_serializer="raw",
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
    )
    source = app.topic(*core.topics, schema=RawSchema())
    sinks = {topic: app.topic(settings.topic(topic)) for topic in (ALERTS, CASES, CANDIDATES, CLOCKS)}
    state: Any = app.Table(STATE_TABLE, key_type=bytes, value_type=bytes, partitions=settings.partitions)

    @app.agent(source, name="intake")
    async def intake(stream: StreamT[Any]) -> None:
        async for event in stream.events():
            message = event.message
            received = TopicMessage(
                message.topic,
                message.partition,
                message.offset,
                message.key,
                message.value,
                round(message.timestamp * 1000),
            )
            for changes in core.judge(await core.decode([received])):
                for partition, force, changed in changes:
                    for topic, key, value in core.messages(force, changed):
                        await sinks[topic].send(key=key, value=value, partition=partition)
                    for key, value in changed.state:
                        if value is not None:
                            state[key] = value
                        elif key in state:
                            del state[key]

    faust.Worker(app, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    {"plain": plain, "stock": stock}[sys.argv[1]](Settings())
