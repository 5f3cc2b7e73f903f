"""Reads given partitions from given offsets; the only Kafka consumer besides Faust's."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from agents.settings.clock import stopwatch
from streams.topology.messages import Headers, Place, Span, TopicMessage, Unreadable, UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings

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
_REASONS: Final[Mapping[int, Unreadable]] = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "MISSING",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "FORBIDDEN",
}


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
        **client: str | float | bool,
    ) -> None:
        """Connect, without reading yet.

        ``purpose`` is the last part of the group id; ``offset_reset`` says where to read on where an assigned offset
        no longer exists; ``client`` are further settings of librdkafka (dots spelled ``_``).
        """
        self._settings = settings
        self._answer_seconds = answer_seconds
        self._next: dict[Place, int] = {}
        self._at_end: set[Place] = set()
        self._errors: deque[UnreadableError] = deque()
        config = settings.client(
            group_id=f"{settings.group}-{purpose}",
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            auto_offset_reset=offset_reset,
            isolation_level="read_committed",
            enable_partition_eof=True,
            **client,
        )
        with self._raising(settings.kafka):
            self._consumer = Consumer(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading."""
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
                    raise _unreadable(self._name(topic), error) from None
                self._consumer.poll(_WAIT_SECONDS)

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Read these partitions from now on, each from its offset."""
        self._next = dict(offsets)
        self._at_end.clear()
        self._errors.clear()
        self._consumer.assign([TopicPartition(self._name(topic), n, at) for (topic, n), at in offsets.items()])

    @property
    def caught_up(self) -> bool:
        """Whether each assigned partition was read to an end at least once."""
        return self._at_end >= self._next.keys()

    def poll(self, timeout_seconds: float = _WAIT_SECONDS, at_most: int = _AT_ONCE) -> list[TopicMessage]:
        """Return the next messages, each partition in its own order, within ``timeout_seconds``.

        An error loses no message: those read before it are returned first, and the next call raises.
        """
        messages: list[TopicMessage] = []
        if not self._errors:
            with self._raising(self._settings.kafka):
                for message in self._consumer.consume(at_most, timeout=timeout_seconds):
                    self._take(message, messages)
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
            if places:
                self._offsets(*places[0], cached=False)
            bounds = [(place, *self._offsets(*place, cached=True)) for place in places]
        return sum(max(0, end - max(self._next[place], start)) for place, start, end in bounds)

    def _take(self, message: Message, messages: list[TopicMessage]) -> None:
        topic = (message.topic() or "").removeprefix(self._settings.prefix)
        partition, offset = message.partition() or 0, message.offset() or 0
        if (error := message.error()) is None:
            self._next[topic, partition] = offset + 1
            place = topic, partition, offset
            headers = cast("Headers", message.headers() or [])
            messages.append(TopicMessage(*place, message.key(), message.value(), message.timestamp()[1], headers))
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
            self._at_end.add((topic, partition))
            self._next[topic, partition] = max(
                self._next.get((topic, partition), 0), offset
            )  # transaction markers have offsets too
        else:
            self._errors.append(_unreadable(self._name(topic), error))

    def _spans_now(self, topic: str, partitions: Collection[int] | None) -> list[Span]:
        name = self._name(topic)
        metadata = self._consumer.list_topics(name, timeout=self._answer_seconds).topics[name]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        return [
            Span(topic, number, *self._offsets(topic, number, cached=False))
            for number in sorted(metadata.partitions)
            if partitions is None or number in partitions
        ]

    def _offsets(self, topic: str, partition: int, *, cached: bool) -> tuple[int, int]:
        """Return where a partition begins and ends; ``cached``, as of the newest fetch."""
        place = TopicPartition(self._name(topic), partition)
        return self._consumer.get_watermark_offsets(place, timeout=self._answer_seconds, cached=cached)

    def _name(self, topic: str) -> str:
        return f"{self._settings.prefix}{topic}"

    @contextmanager
    def _raising(self, name: str) -> Iterator[None]:
        try:
            yield
        except KafkaException as failure:
            raise _unreadable(name, failure.args[0]) from None


def _unreadable(name: str, error: KafkaError) -> UnreadableError:
    return UnreadableError(f"{name}: {error.str()}", _REASONS.get(error.code(), "UNAVAILABLE"))
