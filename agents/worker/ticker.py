"""Time as data: the wall clock is written to each partition without a backlog.

So a quiet force's obligations are breached in time too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from agents.kafka.producer import KafkaProducer
from agents.observability.metrics import LAG, Metrics
from agents.worker.pipeline.decode import DecodedMessage
from agents.worker.pipeline.listener import BatchListener
from schemas.codec import Codec
from schemas.products import Tick
from streams.topology.topics import SOURCES, TICKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.worker.broker_clock import BrokerClock
    from agents.worker.faust_app import WorkerApp
    from agents.worker.faust_tables import StateTable
    from agents.worker.pipeline.advance import Outcome
    from agents.worker.pipeline.decode import DecodedBatch

_log: Final = structlog.get_logger("cdi.ticker")


class WrittenTick(NamedTuple):
    """A tick of this worker's own."""

    tick: Tick
    machine: int
    """What the machine's clock showed when it was written (ms)."""


class Ticker(BatchListener):
    """Measures how far the worker is behind; where it is not, and live, writes a tick.

    A tick is written once everything on the partition's topics has been fetched, so it is read behind all of that.
    The next one waits until this one has been judged.
    """

    def __init__(
        self,
        settings: Settings,
        app: WorkerApp,
        table: StateTable,
        producer: KafkaProducer,
        codec: Codec,
        metrics: Metrics,
        clock: BrokerClock,
    ) -> None:
        self._live = settings.clock == "live"
        self._app = app
        self._table = table
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._clock = clock
        self._ticks = settings.topic(TICKS)
        self._sources = [settings.topic(topic) for topic in SOURCES]
        self._counts_from: Mapping[int, int] = {}
        """The offset from which a tick counts, by partition: older ones tell of a past that had not caught up."""
        self._pending: dict[int, WrittenTick] = {}
        """The tick of each partition that has not been judged yet."""
        self._writing = asyncio.Lock()

    def decoded(self, batch: DecodedBatch) -> None:
        """Note how late it is at the broker, and when it took the ticks that this worker wrote."""
        self._clock.see(max((message.ingest_time for message in batch.batch.messages), default=0))
        for result in batch.results:
            if isinstance(result, DecodedMessage) and isinstance(result.record, Tick):
                written = self._pending.get(result.message.partition)
                if written is not None and written.tick == result.record:
                    self._clock.note(written.machine, result.message.ingest_time)

    def persisted(self, outcome: Outcome, entries: int) -> None:  # noqa: ARG002
        """Let the next tick be written to each partition whose tick was judged, or refused."""
        refused = {message.partition for message, _ in outcome.refused if message.topic == TICKS.name}
        for partition in refused.union(outcome.ticks):
            self._pending.pop(partition, None)

    def counts(self, partition: int, offset: int) -> bool:
        """Return whether a tick moves time: live, and written since the partition was assigned."""
        return self._live and offset >= self._counts_from.get(partition, 0)

    async def begin(self, partitions: frozenset[int]) -> None:
        """Begin anew with the partitions that are ours now: ticks that are there already do not count."""
        async with self._writing:
            self._pending.clear()
            ends = await self._app.consumer.highwaters(*(TP(self._ticks, partition) for partition in partitions))
            self._counts_from = {tp.partition: end for tp, end in ends.items()}

    async def tick(self) -> None:
        """Measure the lag of every owned partition, and write the wall clock to those without any."""
        if self._app.rebalancing or not self._table.active_partitions:
            return
        async with self._writing:
            try:
                readable, ends = await self._readable(), await self._app.ends(self._source_partitions)
                lags = await self._lags(readable)
            except (TimeoutError, KafkaError) as failure:
                _log.warning("lag_unknown", failure=type(failure).__name__)
                return
            waiting = Counter(lags)
            for tp, end in ends.items():
                waiting[tp.partition] += max(0, end - readable[tp])  # what stands behind an open transaction
            self._metrics.replace(LAG, {(str(partition),): number for partition, number in waiting.items()})
            if self._live and not self._app.rebalancing:
                await self._write([partition for partition, lag in lags.items() if lag == 0])

    async def has_caught_up(self, partition: int) -> bool:
        """Return whether every message of a partition of ours has been fetched and judged."""
        if self._app.rebalancing or (await self._lags(await self._readable())).get(partition) != 0:
            return False
        return self._app.all_acknowledged

    async def _write(self, partitions: list[int]) -> None:
        due = [partition for partition in partitions if partition not in self._pending]
        for partition in due:
            machine = self._clock.machine()
            tick = Tick(partition=partition, wall=self._clock.correct(machine))
            self._producer.put(self._ticks, None, self._codec.encode(tick), partition)
            self._pending[partition] = WrittenTick(tick, machine)
        await self._producer.delivered()

    async def _readable(self) -> Mapping[TP, int]:
        return await self._app.consumer.highwaters(*self._source_partitions)

    async def _lags(self, ends: Mapping[TP, int]) -> Mapping[int, int]:
        """Count, by partition, the messages before these ends that are not fetched yet."""
        positions = await asyncio.gather(*(self._app.consumer.position(tp) for tp in ends))
        lags = dict.fromkeys(self._table.active_partitions, 0)
        for (tp, end), position in zip(ends.items(), positions, strict=True):
            lags[tp.partition] += max(0, end - (position or 0))
        return lags

    @property
    def _source_partitions(self) -> list[TP]:
        return [TP(topic, partition) for topic in self._sources for partition in self._table.active_partitions]
