"""Reads given partitions from given offsets; the only Kafka consumer besides Faust's.

librdkafka answers what topics there are and where they end; messages are fetched by aiokafka, as workers fetch theirs,
since it alone can be kept from decompressing more than fits into memory.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from agents.kafka.large_content import OversizedBatch
from agents.kafka.refusals import unreadable
from agents.settings.clock import stopwatch
from streams.topology.messages import Headers, Place, Span, TopicMessage, UnreadableError

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from agents.kafka.bounded_consumer import BoundedConsumer
    from agents.settings.settings import Settings

_log: Final = logging.getLogger("cdi.reader")

ANSWER_SECONDS: Final = 30.0
_AT_ONCE: Final = 10_000
_WAIT_SECONDS: Final = 0.1
_ELECTING: Final = frozenset(
    {
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError._TIMED_OUT,  # noqa: SLF001
    }
)
"""What the broker answers while a partition's leader is being chosen."""


class TopicReader:
    """Reads partitions as they are assigned; it belongs to no consumer group and commits nothing.

    Topics are named without the installation's prefix.  Messages of transactions that were aborted are left out.
    Every method raises UnreadableError where the broker refuses or does not answer within ``answer_seconds``.
    """

    def __init__(
        self,
        settings: Settings,
        purpose: str,
        *,
        offset_reset: Literal["error", "earliest", "latest"] = "error",
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Connect, without reading yet.

        ``purpose`` is the last part of the group id; ``offset_reset`` says where to read on where an assigned offset
        no longer exists.
        """
        self._settings = settings
        self._offset_reset = "none" if offset_reset == "error" else offset_reset
        self._answer_seconds = answer_seconds
        self._next: dict[Place, int] = {}
        self._at_end: set[Place] = set()
        self._errors: deque[UnreadableError] = deque()
        config = settings.client(
            group_id=f"{settings.group}-{purpose}",
            enable_auto_commit=False,
            isolation_level="read_committed",  # where a partition ends, too
        )
        self._fetcher: BoundedConsumer | None = None
        self._astray = False
        """Whether the fetcher may be elsewhere than behind what it handed out: it, or ``assign``, has failed."""
        with self._raising(settings.kafka):
            self._consumer = Consumer(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading."""
        if self._fetcher is not None:
            self._fetcher.close()
        self._consumer.close()

    def cluster_id(self) -> str:
        """Return the id of the cluster."""
        with self._raising(self._settings.kafka):
            return self._consumer.list_topics(timeout=self._answer_seconds).cluster_id or ""

    def topic_id(self, topic: str) -> str:
        """Return the broker's id of a topic; a topic that was deleted and made again has another."""
        name = self._name(topic)
        # In a variable: without one the client is collected before its answers are read.
        admin = AdminClient(self._settings.client())
        with self._raising(name):
            answers = admin.describe_topics(TopicCollection([name]), request_timeout=self._answer_seconds)
            return str(answers[name].result().topic_id)

    def spans(self, topic: str, partitions: Collection[int] | None = None) -> list[Span]:
        """Return where each partition begins and ends now, or only ``partitions``.

        Waits while a partition's leader is being chosen.
        """
        deadline = stopwatch() + self._answer_seconds
        while True:
            try:
                return self._spans_now(topic, partitions)
            except KafkaException as failure:
                error = failure.args[0]
                if error.code() not in _ELECTING or stopwatch() > deadline:
                    raise unreadable(self._name(topic), error) from None
                self._consumer.poll(_WAIT_SECONDS)

    def offset_at(self, topic: str, partition: int, moment: int) -> int | None:
        """Return the offset of the first message that the broker took at ``moment`` (ms) or later.

        None where there is none.
        """
        place = TopicPartition(self._name(topic), partition, max(0, moment))
        with self._raising(place.topic):
            (answer,) = self._consumer.offsets_for_times([place], timeout=self._answer_seconds)
        if answer.error is not None:
            raise unreadable(place.topic, answer.error)
        return answer.offset if answer.offset >= 0 else None

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Read these partitions from now on, each from its offset."""
        self._next = dict(offsets)
        self._at_end.clear()
        self._errors.clear()
        self._astray = True
        if self._fetcher is None:
            # Loaded only to read: most commands end sooner than it takes.
            from agents.kafka.bounded_consumer import BoundedConsumer  # noqa: PLC0415

            self._fetcher = BoundedConsumer(
                self._settings, offset_reset=self._offset_reset, answer_seconds=self._answer_seconds
            )
        self._seek(self._fetcher)

    @property
    def caught_up(self) -> bool:
        """Whether each assigned partition was read to an end at least once."""
        return self._at_end >= self._next.keys()

    @property
    def positions(self) -> Mapping[Place, int]:
        """Where each assigned partition is read on: behind what was returned of it, and any markers."""
        return self._next

    def poll(self, timeout_seconds: float = _WAIT_SECONDS, at_most: int = _AT_ONCE) -> list[TopicMessage]:
        """Return the next messages, each partition in its own order, within ``timeout_seconds``.

        An error loses no message: those read before it are returned first, and the next call raises.
        """
        messages: list[TopicMessage] = []
        if not self._errors and self._fetcher is not None:
            messages = self._fetched(self._fetcher, timeout_seconds, at_most)
        if self._errors and not messages:
            raise self._errors.popleft()
        return messages

    def read(self, spans: Collection[Span]) -> Iterator[TopicMessage]:
        """Go through all messages of these spans, each partition in its own order."""
        ends = {(span.topic, span.partition): span.end for span in spans if span.end > span.start}
        self.assign({(span.topic, span.partition): span.start for span in spans if span.end > span.start})
        unfinished = set(ends)
        deadline = stopwatch() + self._answer_seconds
        while unfinished:
            messages = self.poll()
            for message in messages:
                place = message.topic, message.partition
                if message.offset < ends[place]:
                    yield message
                if message.offset + 1 >= ends[place]:
                    unfinished.discard(place)
            unfinished -= self._at_end  # the last offsets may hold a transaction's mark, or nothing any more
            if messages:
                deadline = stopwatch() + self._answer_seconds
            elif stopwatch() > deadline:
                raise UnreadableError(
                    f"{self._name(min(unfinished)[0])}: no answer within {self._answer_seconds:.0f} s"
                )

    def lag(self, topics: Collection[str]) -> int:
        """Count the messages of these topics that are not read yet; raise where the broker is silent."""
        places = [place for place in self._next if place[0] in topics]
        with self._raising(self._settings.kafka):
            bounds = [(place, *self._offsets(*place)) for place in places]
        return sum(max(0, end - max(self._next[place], start)) for place, start, end in bounds)

    def _fetched(self, fetcher: BoundedConsumer, timeout_seconds: float, at_most: int) -> list[TopicMessage]:
        """Return the next messages, and keep the errors that came with them."""
        with self._raising(self._settings.kafka):
            notices = self._consumer.consume(at_most, timeout=0.0)  # connections that broke; it has nothing to read
        errors = [error for notice in notices if (error := notice.error()) is not None]
        self._errors += [unreadable(self._settings.kafka, error) for error in errors]
        try:
            if self._astray:
                self._seek(fetcher)
            records, failure = fetcher.fetch(timeout_seconds, at_most)
        except UnreadableError as nothing_read:
            records, failure = [], nothing_read
        messages = [self._message(record) for record in records]
        self._next |= {(message.topic, message.partition): message.offset + 1 for message in messages}
        for (name, number), end in fetcher.read_to_end.items():
            place = name.removeprefix(self._settings.prefix), number
            self._at_end.add(place)
            self._next[place] = max(self._next[place], end)  # transaction markers have offsets too
        if failure is not None:
            self._errors.append(failure)
            self._astray = True
        return messages

    def _seek(self, fetcher: BoundedConsumer) -> None:
        fetcher.assign({(self._name(topic), number): offset for (topic, number), offset in self._next.items()})
        self._astray = False

    def _message(self, record: ConsumerRecord[bytes, bytes]) -> TopicMessage:
        value = record.value
        if isinstance(value, OversizedBatch):
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _log.warning("batch_too_large", extra=place)
            value = b""  # no record is: whoever reads it refuses it as they refuse any other that is damaged
        topic = record.topic.removeprefix(self._settings.prefix)
        headers = cast("Headers", list(record.headers))
        return TopicMessage(topic, record.partition, record.offset, record.key, value, record.timestamp, headers)

    def _spans_now(self, topic: str, partitions: Collection[int] | None) -> list[Span]:
        name = self._name(topic)
        metadata = self._consumer.list_topics(name, timeout=self._answer_seconds).topics[name]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        return [
            Span(topic, number, *self._offsets(topic, number))
            for number in sorted(metadata.partitions)
            if partitions is None or number in partitions
        ]

    def _offsets(self, topic: str, partition: int) -> tuple[int, int]:
        """Return where a partition begins and ends."""
        place = TopicPartition(self._name(topic), partition)
        return self._consumer.get_watermark_offsets(place, timeout=self._answer_seconds, cached=False)

    def _name(self, topic: str) -> str:
        return f"{self._settings.prefix}{topic}"

    @contextmanager
    def _raising(self, name: str) -> Iterator[None]:
        try:
            yield
        except KafkaException as failure:
            raise unreadable(name, failure.args[0]) from None
