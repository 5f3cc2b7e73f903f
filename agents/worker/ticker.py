"""Time as data: the wall clock written to each partition that has no backlog, so that a quiet stream breaches too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from agents.kafka.producer import KafkaProducer
from agents.observability.metrics import LAG, Metrics
from agents.settings.clock import wall_clock
from schemas.codec import Codec
from schemas.products import Tick
from streams.topology.topics import SOURCES, TICKS

if TYPE_CHECKING:
    import faust

    from agents.settings.settings import Settings
    from agents.worker.faust_tables import StateTable

_log: Final = structlog.get_logger("cdi.ticker")


class Ticker:
    """Looks how far the worker is behind; where it is not, and live, writes a tick.

    A tick is written once everything on the partition's topics has been fetched, so it is read behind all of that.
    The next one waits until this one has been judged.
    """

    def __init__(
        self,
        settings: Settings,
        app: faust.App,
        table: StateTable,
        producer: KafkaProducer,
        codec: Codec,
        metrics: Metrics,
    ) -> None:
        self._live = settings.clock == "live"
        self._app = app
        self._table = table
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._ticks = settings.topic(TICKS)
        self._sources = [settings.topic(topic) for topic in SOURCES]
        self._pending: set[int] = set()
        self._writing = asyncio.Lock()

    def judged(self, partition: int) -> None:
        """Let the next tick be written to a partition."""
        self._pending.discard(partition)

    async def offsets(self, partitions: frozenset[int]) -> dict[int, int]:
        """Say where each partition's ticks end now, none being on its way; ticks before are not to be judged."""
        async with self._writing:
            self._pending.clear()
            ends = await self._app.consumer.highwaters(*(TP(self._ticks, partition) for partition in partitions))
            return {tp.partition: end for tp, end in ends.items()}

    async def look(self) -> None:
        """Measure the lag of every owned partition, and write the wall clock to those without any."""
        if self._app.rebalancing or not self._table.active_partitions:
            return
        async with self._writing:
            try:
                lags = await self._lags()
            except (TimeoutError, KafkaError) as failure:
                _log.warning("lag_unknown", failure=type(failure).__name__)
                return
            self._metrics.replace(LAG, {(str(partition),): lag for partition, lag in lags.items()})
            if self._live and not self._app.rebalancing:
                await self._write([partition for partition, lag in lags.items() if lag == 0])

    async def is_behind(self, partition: int) -> bool:
        """Say whether a partition of ours has messages that were not fetched yet."""
        return self._app.rebalancing or (await self._lags()).get(partition) != 0

    async def _write(self, partitions: list[int]) -> None:
        due = [partition for partition in partitions if partition not in self._pending]
        for partition in due:
            tick = Tick(partition=partition, wall=wall_clock())
            self._producer.put(self._ticks, None, self._codec.encode(tick), partition)
        self._pending.update(due)
        await self._producer.delivered()

    async def _lags(self) -> Mapping[int, int]:
        consumer = self._app.consumer
        tps = [TP(topic, partition) for topic in self._sources for partition in self._table.active_partitions]
        ends = await consumer.highwaters(*tps)
        positions = await asyncio.gather(*(consumer.position(tp) for tp in tps))
        lags = dict.fromkeys(self._table.active_partitions, 0)
        for tp, position in zip(tps, positions, strict=True):
            lags[tp.partition] += max(0, ends[tp] - (position or 0))
        return lags
