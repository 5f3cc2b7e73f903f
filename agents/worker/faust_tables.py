"""The worker's tables: Faust holds them in memory, our producer writes their changelogs."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import faust
import structlog
from faust import streams
from faust.types import TP, EventT
from faust.types.tables import KT, VT

from agents.topics.state_entries import force_of, is_foreign, is_whole, size_header
from streams.topology.topics import STATE_CHANGELOG, STATE_TABLE, Topic

if TYPE_CHECKING:
    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from streams.engine.persistence.record_entries import StateWrite
    from streams.topology.messages import Headers

_log: Final = structlog.get_logger("cdi.recovery")


@dataclass(frozen=True, slots=True)
class _Sent:
    """The partition of a changelog message, in the form in which Faust's table asks for it."""

    partition: int

    @property
    def message(self) -> _Sent:
        return self


def changelog(app: faust.App, settings: Settings, topic: Topic) -> Any:  # noqa: ANN401
    """Describe a table's changelog topic to Faust: raw bytes, and made beforehand, so never declared."""
    return app.topic(
        settings.topic(topic),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        partitions=settings.partitions,
        acks=False,
        maxsize=131_072,
        allow_empty=True,
        compacting=True,
    )


class ChangelogTable(faust.Table[KT, VT]):
    """A Faust table whose changelog the worker's producer writes.

    One wait then covers all that a batch has changed.  Faust's own way puts each entry on a queue that a commit may
    overtake, and costs ten times as much.
    """

    active_partitions: frozenset[int] = frozenset()
    """The partitions whose entries are complete here since the last recovery."""

    def __init__(
        self,
        app: faust.App,
        *,
        producer: KafkaProducer,
        headers: Headers | None = None,
        **kwargs: Any,  # noqa: ANN401 - Faust's own
    ) -> None:
        """``headers`` stand in each changelog message: who wrote it."""
        super().__init__(app, **kwargs)
        self.headers = headers
        self._producer = producer

    def send_changelog(self, partition: int | None, key: Any, value: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """Send an entry to a partition of the changelog; None deletes it."""
        if partition is None:
            message = "a table entry without a partition"
            raise TypeError(message)
        headers = self._headers_in(partition)
        self._producer.put(self.changelog_topic_name, self.raw_key(key), self.raw_value(value), partition, headers)
        return _Sent(partition)

    def _headers_in(self, partition: int) -> Headers | None:  # noqa: ARG002 - the state's own
        """Return the headers of the next message of a partition."""
        return self.headers

    def raw_key(self, key: Any) -> bytes:  # noqa: ANN401
        """Return a key as the changelog has it."""
        raw: bytes = key
        return raw

    def raw_value(self, value: Any) -> bytes | None:  # noqa: ANN401
        """Return a value as the changelog has it."""
        raw: bytes | None = value
        return raw

    @contextmanager
    def on_behalf_of(self, event: EventT[Any]) -> Iterator[None]:
        """Let entries be written that follow from ``event``, into the changelog partition of its number.

        Faust lets a table be written only while its stream hands out an event, which it does not within a batch.
        """
        before = streams.current_event()
        streams._current_event.set(weakref.ref(event))  # noqa: SLF001 - pinned by a test
        try:
            yield
        finally:
            streams._current_event.set(None if before is None else weakref.ref(before))  # noqa: SLF001

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Note which partitions are complete here, before the recovery's own callbacks are called."""
        self.active_partitions = frozenset(tp.partition for tp in active_tps)
        await super().on_recovery_completed(active_tps, standby_tps)

    def drop_except(self, partitions: frozenset[int], partition_of_key: Callable[[Any], int]) -> None:
        """Drop the entries of every other partition: Faust's memory store keeps those of revoked ones."""
        stale = [key for key in self.data if partition_of_key(key) not in partitions]
        for key in stale:
            self.data.data.pop(key, None)


class StateTable(ChangelogTable[bytes, bytes]):
    """The state of the monitors: an entry for each record and alert, raw bytes under raw bytes."""

    def __init__(self, app: faust.App, *, partition_of: Callable[[str], int], **kwargs: Any) -> None:  # noqa: ANN401
        """``partition_of`` gives a force's partition: entries that stand elsewhere are none of ours."""
        super().__init__(app, **kwargs)
        self._partition_of = partition_of
        self._sizes: Counter[int] = Counter()
        """How many entries each partition has."""
        self._newest_headers: dict[int, tuple[Any, ...]] = {}
        """The headers of the newest message that was read of each partition; of our own none is needed."""

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Take entries from the changelog; skip, and log, those that no release can have written."""
        ours: list[EventT[Any]] = []
        foreign: list[EventT[Any]] = []
        for event in batch:
            message = event.message
            is_ours = not is_foreign(message.key, message.partition, self._partition_of)
            (ours if is_ours else foreign).append(event)
        for event in ours:
            self._newest_headers[event.message.partition] = tuple(event.message.headers or ())
        for event in foreign:
            place = {"partition": event.message.partition, "offset": event.message.offset}
            _log.warning("foreign_state_skipped", topic=event.message.topic, **place)
        super().apply_changelog_batch(ours)

    def count_entries(self) -> None:
        """Count the entries of each partition once those of other partitions are dropped."""
        self._sizes = Counter(map(self._partition_of_key, self.data))

    def is_empty(self, partition: int) -> bool:
        """Return whether a partition has no entries."""
        return not self._sizes[partition]

    def is_whole(self, partition: int) -> bool:
        """Return whether a partition has as many entries as its newest message says."""
        return is_whole(self._sizes[partition], self._newest_headers.get(partition, ()))

    def write(self, event: EventT[Any], entries: Iterable[StateWrite]) -> None:
        """Write entries that follow from ``event``, in their order; None deletes one."""
        partition = event.message.partition
        self._newest_headers.pop(partition, None)
        with self.on_behalf_of(event):
            for key, value in entries:
                if value is not None:
                    self._sizes[partition] += key not in self.data
                    self[key] = value
                elif key in self.data:
                    self._sizes[partition] -= 1
                    del self[key]

    async def replace(
        self, partition: int, entries: Mapping[bytes, bytes], before_whole: Callable[[], Awaitable[None]]
    ) -> None:
        """Put ``entries`` in the place of all that a partition has; ``before_whole`` is awaited at last.

        Until that is done every message says that the partition is not whole, and so does the table: whoever recovers
        it next begins this anew.
        """
        doomed = [key for key in self.data if self._partition_of_key(key) == partition and key not in entries]
        writes: list[StateWrite] = [*((key, None) for key in doomed), *entries.items()]
        self._newest_headers[partition] = (size_header(None),)
        for key in doomed:
            self.data.data.pop(key, None)
        self.data.data.update(entries)
        self._put(partition, writes, None)
        await self._producer.delivered()
        await before_whole()
        self._put(partition, writes[-1:], len(entries))
        await self._producer.delivered()
        self._sizes[partition] = len(entries)
        self._newest_headers.pop(partition, None)

    def _put(self, partition: int, writes: Iterable[StateWrite], entries: int | None) -> None:
        headers = [*(self.headers or ()), size_header(entries)]
        for key, value in writes:
            self._producer.put(self.changelog_topic_name, key, value, partition, headers)

    def _headers_in(self, partition: int) -> Headers:
        return [*(self.headers or ()), size_header(self._sizes[partition])]

    def _partition_of_key(self, key: bytes) -> int:
        return self._partition_of(force_of(key))


def state_table(app: faust.App, settings: Settings, producer: KafkaProducer, headers: Headers) -> StateTable:
    """Make the app's state table."""
    table = StateTable(
        app,
        producer=producer,
        headers=headers,
        partition_of=settings.partition_of,
        name=STATE_TABLE,
        key_type=bytes,
        value_type=bytes,
        partitions=settings.partitions,
        changelog_topic=changelog(app, settings, STATE_CHANGELOG),
        beacon=app.tables.beacon,
    )
    app.tables.add(table)
    return table
