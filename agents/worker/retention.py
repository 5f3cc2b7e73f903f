"""Tombstoning what was published long ago of matters that the state has forgotten.

That is alerts, cases and suggestions.  The age is the message's own, by the broker's clock since it took it: not by the
machine's, which may be days fast, and never by the stream clock: whoever replays old records publishes today.  A worker
alone writes its forces' keys, so nobody changes a message whose matter its monitor no longer knows; the monitor is
asked again at the moment of deleting.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from aiokafka.errors import KafkaError

from agents.kafka.codecs import product_codec
from agents.kafka.reader import messages
from agents.observability.metrics import TOMBSTONED, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.faust_thread import NotAMemberError
from schemas.products import Alert, Candidate, Case
from schemas.refusals import BadRecordError
from streams.topology.messages import UnreadableError
from streams.topology.topics import ALERTS, CANDIDATES, CASES, Topic

if TYPE_CHECKING:
    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from agents.worker.faust_app import WorkerApp
    from agents.worker.monitors import Monitors
    from agents.worker.ticker import Ticker

_log: Final = structlog.get_logger("cdi.retention")
_TOPICS: Final = (ALERTS, CASES, CANDIDATES)
_LONGEST_FIRST_WAIT_SECONDS: Final = 600.0
_CATCH_UP_SECONDS: Final = 10.0
_ASK_EVERY_SECONDS: Final = 0.1
_KEYS_AT_A_TIME: Final = 500
"""Keys deleted before batches are let by."""


class ExpiredMessage(NamedTuple):
    """A message that is the newest under its key, and older than the period."""

    topic: Topic
    key: bytes
    record: Alert | Case | Candidate


class Retention:
    """Deletes, every so often, what has expired in the partitions that this worker owns."""

    def __init__(
        self,
        settings: Settings,
        app: WorkerApp,
        monitors: Monitors,
        ticker: Ticker,
        producer: KafkaProducer,
        metrics: Metrics,
        period: int,
        *,
        broker_time: Callable[[], int | None],
        catch_up_seconds: float = _CATCH_UP_SECONDS,
        clock: ProcessClock = SYSTEM_CLOCK,
    ) -> None:
        """``period`` is in ms: how long what is published stays at least.

        ``broker_time`` gives what the broker's clock shows at least (ms), or None where that is not known.
        """
        self._broker_time = broker_time
        self._settings = settings
        self._app = app
        self._monitors = monitors
        self._ticker = ticker
        self._producer = producer
        self._codec = product_codec(settings, asks=False)
        self._metrics = metrics
        self._period = period
        self._catch_up_seconds = catch_up_seconds
        self._clock = clock
        metrics.begin(TOMBSTONED, [topic.name for topic in _TOPICS])

    @property
    def wait_seconds(self) -> float:
        """How long until the next run; not the same for every worker, nor twice."""
        return self._settings.tombstone_seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret

    @property
    def first_wait_seconds(self) -> float:
        """How long until the first run: soon, but not while all workers start at once."""
        longest = min(self._settings.tombstone_seconds, _LONGEST_FIRST_WAIT_SECONDS)
        return longest * random.uniform(0.1, 1.0)  # noqa: S311 - no secret

    async def run(self) -> None:
        """Go through every partition once; what fails is tried again at the next run."""
        for partition in sorted(self._monitors.owned):
            try:
                await self._tombstone_expired(partition)
            except (UnreadableError, NotAMemberError, KafkaError, TimeoutError) as failure:
                _log.warning("not_tombstoned", partition=partition, failure=type(failure).__name__)

    async def _tombstone_expired(self, partition: int) -> None:
        """Delete what has expired in a partition, once everything that was sent to it has been judged."""
        now = self._broker_time()
        if now is None or not await self._caught_up(partition):
            return
        limit = now - self._period
        loop = asyncio.get_running_loop()
        for topic in _TOPICS:
            expired = await loop.run_in_executor(None, self._expired, topic, partition, limit)
            count = 0
            for start in range(0, len(expired), _KEYS_AT_A_TIME):
                count += await self._tombstone(partition, expired[start : start + _KEYS_AT_A_TIME])
            if count:
                self._metrics.count(TOMBSTONED, topic.name, by=count)
                _log.info("tombstoned", topic=topic.name, partition=partition, messages=count)

    async def _caught_up(self, partition: int) -> bool:
        """Wait a while until nothing waits to be judged; return whether it came to that."""
        until = self._clock.stopwatch() + self._catch_up_seconds
        while not await self._ticker.has_caught_up(partition):
            if self._clock.stopwatch() > until:
                return False
            await asyncio.sleep(_ASK_EVERY_SECONDS)
        return True

    def _expired(self, topic: Topic, partition: int, limit: int) -> list[ExpiredMessage]:
        """Return each key's newest message of a partition if the broker took it before ``limit`` (ms)."""
        values: dict[bytes, bytes] = {}
        for message in messages(self._settings, topic, [partition]):
            key, value = message.key or b"", message.value
            if value is not None and message.ingest_time < limit:
                values[key] = value
            else:
                values.pop(key, None)
        return [expired for key, value in values.items() if (expired := self._read(topic, key, value)) is not None]

    def _read(self, topic: Topic, key: bytes, value: bytes) -> ExpiredMessage | None:
        try:
            record = self._codec.decode(topic.name, value)
        except BadRecordError:
            return None
        return ExpiredMessage(topic, key, record) if isinstance(record, Alert | Case | Candidate) else None

    async def _tombstone(self, partition: int, expired: list[ExpiredMessage]) -> int:
        """Delete what no monitor here knows, and count it."""
        await self._app.require_membership()
        if partition not in self._monitors.owned:
            return 0
        # From here on nothing else runs until all is on its way: nobody publishes in between.
        forgotten = [message for message in expired if self._is_forgotten(partition, message.record)]
        for message in forgotten:
            self._producer.put(self._settings.topic(message.topic), message.key, None, partition)
        await self._producer.delivered()
        return len(forgotten)

    def _is_forgotten(self, partition: int, record: Alert | Case | Candidate) -> bool:
        if self._settings.partition_of(record.force) != partition:
            return False
        monitor = self._monitors.find(record.force)
        if isinstance(record, Case):
            return monitor is None or not monitor.knows(record.system, record.normalised_ref)
        return monitor is None or not monitor.knows(record.subject_system, record.subject_ref)
