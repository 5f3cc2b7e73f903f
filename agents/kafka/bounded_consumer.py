"""aiokafka's consumer in a thread of its own, for readers that wait.

librdkafka decompresses a batch whole, whatever comes of it: it has no setting that bounds gzip, LZ4 or snappy, and it
never gets past a batch of zstd that is beyond ``receive.message.max.bytes``.  Nor may the broker be asked to bound them
(``compression.type`` of a topic): it then decompresses such a batch itself, and ends for want of memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import BrokerResponseError, KafkaConnectionError
from aiokafka.errors import KafkaError as FetchError
from confluent_kafka import KafkaError

from agents.kafka.bounded_records import bound_fetches
from agents.kafka.metadata_pace import pace_metadata
from agents.kafka.refusals import unreadable
from streams.topology.messages import Place, UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings

T = TypeVar("T")

_ENOUGH_BYTES: Final = 32 << 20
"""No further partition is decompressed for one answer once it holds so much."""
_BROKER_WAIT_MS: Final = 100
_RETRY_MS: Final = 500
_FETCH_BYTES: Final = 1 << 20
_ANSWER_BYTES: Final = 8 << 20
"""The most that the broker answers at once: over a slow line it takes longer, and must come in time."""
_CLOSE_SECONDS: Final = 5.0
_TIMED_OUT: Final = KafkaError._TIMED_OUT  # noqa: SLF001 - librdkafka's own names
_TRANSPORT: Final = KafkaError._TRANSPORT  # noqa: SLF001


class FetchedRecords(NamedTuple):
    """What one fetch brought."""

    records: list[ConsumerRecord]
    failure: UnreadableError | None
    """Of a partition whose turn came after those records."""


class BoundedConsumer:
    """Reads assigned partitions, and decompresses no more at a time than fits into memory.

    Messages of transactions that were aborted are left out.  ``assign`` and ``fetch`` raise UnreadableError.
    """

    def __init__(self, settings: Settings, *, offset_reset: str, answer_seconds: float) -> None:
        """Connect with the first ``assign``; ``offset_reset`` is ``earliest``, ``latest`` or ``none``."""
        self._answer_seconds = answer_seconds
        self._servers = settings.kafka
        self._connect_seconds = answer_seconds * len(settings.kafka.split(","))
        """One server after another is asked, and each may be silent."""
        self._options = {
            "bootstrap_servers": settings.kafka,
            "client_id": settings.group,
            "enable_auto_commit": False,
            "auto_offset_reset": offset_reset,
            "isolation_level": "read_committed",
            "fetch_max_wait_ms": _BROKER_WAIT_MS,
            "fetch_max_bytes": _ANSWER_BYTES,
            "max_partition_fetch_bytes": _FETCH_BYTES,
            "request_timeout_ms": int(answer_seconds * 1000),
            "retry_backoff_ms": _RETRY_MS,
            **settings.security.aiokafka(),
        }
        self._consumer: AIOKafkaConsumer | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fetcher", daemon=True)
        self._thread.start()

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Read these partitions from now on, each from its offset; topics are named as on the broker."""
        self._wait(self._assign({TopicPartition(*place): at for place, at in offsets.items()}), self._connect_seconds)

    def fetch(self, timeout_seconds: float, at_most: int) -> FetchedRecords:
        """Return the next records, each partition in its own order."""
        return self._wait(self._fetch(timeout_seconds, at_most), timeout_seconds + self._answer_seconds)

    @property
    def read_to_end(self) -> Mapping[Place, int]:
        """The end of each partition that is read as far as the broker had it, behind any markers."""
        # Not asked by aiokafka's own position(), which waits where there is none.
        subscription = None if self._consumer is None else self._consumer._subscription.subscription  # noqa: SLF001
        assignment = None if subscription is None else subscription.assignment
        states = {} if assignment is None else {tp: assignment.state_value(tp) for tp in assignment.tps}
        return {
            (tp.topic, tp.partition): state.position
            for tp, state in states.items()
            if state.has_valid_position and state.lso is not None and state.position >= state.lso
        }

    def close(self) -> None:
        """Disconnect."""
        asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).add_done_callback(self._stop)
        self._thread.join(_CLOSE_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    async def _disconnect(self) -> None:
        if self._consumer is not None:
            with contextlib.suppress(asyncio.CancelledError):  # where it is between two tries to fetch
                await self._consumer.stop()
        unfinished = asyncio.all_tasks() - {asyncio.current_task()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _assign(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self._consumer is None:
            bound_fetches()
            consumer = AIOKafkaConsumer(**self._options)
            pace_metadata(consumer._client)  # noqa: SLF001
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        self._consumer.assign(list(offsets))
        for partition, offset in offsets.items():
            self._consumer.seek(partition, offset)

    async def _fetch(self, timeout_seconds: float, at_most: int) -> FetchedRecords:
        consumer, records = self._consumer, list[ConsumerRecord]()
        if consumer is None or not consumer.assignment():
            await asyncio.sleep(timeout_seconds)
            return FetchedRecords(records, None)
        if consumer._fetcher.error_future.done():  # noqa: SLF001
            await self._give_up(consumer)
        # One by itself shows that there are any.  Then a partition at a time: each may hold a batch as large as may be.
        for batch in (await consumer.getmany(timeout_ms=int(timeout_seconds * 1000), max_records=1)).values():
            records += batch
        if not records:
            return FetchedRecords(records, None)
        first = TopicPartition(records[0].topic, records[0].partition)
        size = _size(records)
        for partition in sorted(consumer.assignment(), key=lambda partition: partition != first):
            if len(records) >= at_most or size >= _ENOUGH_BYTES:
                break
            try:
                batches = await consumer.getmany(partition, timeout_ms=0, max_records=at_most - len(records))
            except FetchError as failure:
                return FetchedRecords(records, self._unreadable(failure))
            for batch in batches.values():
                records += batch
                size += _size(batch)
        return FetchedRecords(records, None)

    async def _give_up(self, consumer: AIOKafkaConsumer) -> NoReturn:
        """Raise, and have the next ``assign`` connect anew.

        The client has met something it does not expect, and would fetch nothing for ever.
        """
        self._consumer = None
        with contextlib.suppress(FetchError):
            await consumer.stop()
        await consumer._client.close()  # noqa: SLF001 - not reached by what stop() raised
        raise KafkaConnectionError

    def _wait(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        waiting: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(seconds)
        except TimeoutError:
            waiting.cancel()
            raise unreadable(self._servers, KafkaError(_TIMED_OUT)) from None
        except FetchError as failure:
            raise self._unreadable(failure) from None

    def _unreadable(self, failure: FetchError) -> UnreadableError:
        """Say in librdkafka's words, which every other answer has, what aiokafka was refused."""
        if not isinstance(failure, BrokerResponseError):
            return unreadable(self._servers, KafkaError(_TRANSPORT))
        subject = next(iter(failure.args), None)  # a topic, or a place and its offset
        place = next(iter(subject), None) if isinstance(subject, dict) else subject
        return unreadable(getattr(place, "topic", None) or str(place or self._servers), KafkaError(failure.errno))

    def _stop(self, _: Future[None]) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def _size(records: list[ConsumerRecord]) -> int:
    return sum(len(record.key or b"") + len(record.value or b"") for record in records)
