"""Withdrawing what was published long ago: alerts, cases and suggestions of matters that are long forgotten.

The age is the message's own, by the wall clock since the broker took it, and never the stream clock's: whoever
replays old records publishes today.  A worker is the only one that writes its forces' keys, so what it does not know
any more nobody will change, and it looks once more at the moment of deleting.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from aiokafka.errors import KafkaError

from agents.kafka.reader import messages
from agents.observability.metrics import TOMBSTONED, Metrics
from agents.settings.clock import wall_clock
from agents.worker.faust_thread import NotAMemberError
from schemas.products import Alert, Candidate, Case
from schemas.refusals import BadRecordError
from streams.topology.messages import UnreadableError
from streams.topology.topics import ALERTS, CANDIDATES, CASES, Topic

if TYPE_CHECKING:
    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from agents.worker.monitors import Monitors
    from schemas.codec import Codec

_log: Final = structlog.get_logger("cdi.retention")
_TOPICS: Final = (ALERTS, CASES, CANDIDATES)
_FIRST_SECONDS: Final = 600.0
_TRIES: Final = 100
_BETWEEN_SECONDS: Final = 0.1
_AT_A_TIME: Final = 500
"""Keys deleted before others are let by."""


class Old(NamedTuple):
    """A message that is the newest under its key, and older than the period."""

    topic: Topic
    key: bytes
    record: Alert | Case | Candidate


class Retention:
    """Deletes now and then what is old enough, in the partitions that this worker owns."""

    def __init__(
        self, settings: Settings, forces: Monitors, producer: KafkaProducer, codec: Codec, metrics: Metrics, *,
        period: int, has_caught_up: Callable[[int], Awaitable[bool]], require_membership: Callable[[], Awaitable[None]],
        clock: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        """``period`` is in ms; ``has_caught_up`` says whether everything on a partition has been judged."""
        self._settings = settings
        self._forces = forces
        self._producer = producer
        self._codec = codec
        """Reads our own topics, whose messages may be larger than a source's."""
        self._metrics = metrics
        self._period = period
        self._has_caught_up = has_caught_up
        self._require_membership = require_membership
        self._clock = clock or wall_clock
        metrics.begin(TOMBSTONED, [topic.name for topic in _TOPICS])

    @property
    def wait_seconds(self) -> float:
        """How long until the next look; not the same for every worker, nor twice."""
        return self._settings.tombstone_seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret

    @property
    def first_wait_seconds(self) -> float:
        """How long until the first look: soon, but not while all workers start at once."""
        return min(self._settings.tombstone_seconds, _FIRST_SECONDS) * random.uniform(0.1, 1.0)  # noqa: S311 - no secret

    async def look(self) -> None:
        """Look through every partition once; what goes wrong is tried again next time."""
        for partition in sorted(self._forces.owned):
            try:
                await self._look_at(partition)
            except (UnreadableError, NotAMemberError, KafkaError, TimeoutError) as failure:
                _log.warning("not_tombstoned", partition=partition, failure=type(failure).__name__)

    async def _look_at(self, partition: int) -> None:
        """Withdraw what is old in a partition, once all that was sent to it has been judged."""
        if not await self._caught_up(partition):
            return
        limit = self._clock() - self._period
        loop = asyncio.get_running_loop()
        for topic in _TOPICS:
            old = await loop.run_in_executor(None, self._old, topic, partition, limit)
            gone = 0
            for start in range(0, len(old), _AT_A_TIME):
                gone += await self._withdraw(partition, old[start : start + _AT_A_TIME])
            if gone:
                self._metrics.count(TOMBSTONED, topic.name, by=gone)
                _log.info("tombstoned", topic=topic.name, partition=partition, messages=gone)

    async def _caught_up(self, partition: int) -> bool:
        """Wait a moment until nothing waits to be judged, or say that something does: it is tried again next time."""
        for _ in range(_TRIES):
            if await self._has_caught_up(partition):
                return True
            await asyncio.sleep(_BETWEEN_SECONDS)
        return False

    def _old(self, topic: Topic, partition: int, limit: int) -> list[Old]:
        """Read a partition to its end; return what is the newest under its key and was taken before ``limit`` (ms)."""
        found: dict[bytes, bytes] = {}
        for message in messages(self._settings, topic, [partition]):
            key, value = message.key or b"", message.value
            if value is not None and message.ingest_time < limit:
                found[key] = value
            else:
                found.pop(key, None)
        return [old for key, value in found.items() if (old := self._read(topic, key, value)) is not None]

    def _read(self, topic: Topic, key: bytes, value: bytes) -> Old | None:
        try:
            record = self._codec.decode(topic.name, value)
        except BadRecordError:
            return None
        return Old(topic, key, record) if isinstance(record, Alert | Case | Candidate) else None

    async def _withdraw(self, partition: int, old: list[Old]) -> int:
        """Delete what no monitor here knows; say how many that were."""
        await self._require_membership()
        if partition not in self._forces.owned:
            return 0
        # From here on nothing else runs until all is on its way: nobody publishes in between.
        gone = [each for each in old if self._is_forgotten(partition, each.record)]
        for each in gone:
            self._producer.put(self._settings.topic(each.topic), each.key, None, partition)
        await self._producer.delivered()
        return len(gone)

    def _is_forgotten(self, partition: int, record: Alert | Case | Candidate) -> bool:
        if self._settings.partition_of(record.force) != partition:
            return False
        monitor = self._forces.known(record.force)
        if isinstance(record, Case):
            return monitor is None or not monitor.knows(record.system, record.normalised_ref)
        return monitor is None or not monitor.knows(record.subject_system, record.subject_ref)
