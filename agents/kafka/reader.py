"""A topic read from its beginning to the end it has now: what whoever looks needs, without being a worker."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from agents.kafka.codecs import codec_of
from agents.settings.clock import stopwatch
from schemas.products import Product
from streams.topology.topics import LARGEST_MESSAGE_BYTES, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

P = TypeVar("P", bound=Product)

LARGEST_BYTES: Final = LARGEST_MESSAGE_BYTES
"""For a codec that reads our own topics, which may carry more than a source's message."""

_TIMEOUT_SECONDS: Final = 30.0
_AT_ONCE: Final = 10_000
_PASSING: Final = frozenset({
    KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError._TIMED_OUT,  # noqa: SLF001
})  # fmt: skip
"""What the broker answers while a leader is being chosen."""


class UnreadableError(RuntimeError):
    """A topic cannot be read to its end: it is missing, or the broker does not answer."""


def messages(settings: Settings, topic: Topic, partitions: Collection[int] | None = None) -> Iterator[Message]:
    """Go through every message of a topic up to the end it has now, each partition in its own order.

    ``partitions`` limits it to those.  Raises UnreadableError.
    """
    with _consumer(settings) as consumer:
        yield from _read(consumer, _spans(consumer, settings.topic(topic), partitions))


def length(settings: Settings, topic: Topic, partitions: Collection[int] | None = None) -> int:
    """Count the messages that :func:`messages` would go through now.  Raises UnreadableError."""
    with _consumer(settings) as consumer:
        return sum(span.end - span.start for span in _spans(consumer, settings.topic(topic), partitions))


class _Span(NamedTuple):
    """A partition from where it begins to where it ends now."""

    topic: str
    partition: int
    start: int
    end: int


@contextmanager
def _consumer(settings: Settings) -> Iterator[Consumer]:
    consumer = Consumer(
        settings.client(
            group_id=f"{settings.group}-view", enable_auto_commit=False, auto_offset_reset="error",
            enable_partition_eof=True,
        )
    )  # fmt: skip
    try:
        yield consumer
    finally:
        consumer.close()


def _read(consumer: Consumer, spans: Collection[_Span]) -> Iterator[Message]:
    ends = {(span.topic, span.partition): span.end for span in spans if span.end > span.start}
    consumer.assign([TopicPartition(*span[:3]) for span in spans if span.end > span.start])
    unfinished = set(ends)
    deadline = stopwatch() + _TIMEOUT_SECONDS
    while unfinished:
        batch = consumer.consume(_AT_ONCE, timeout=1.0)
        if batch:
            deadline = stopwatch() + _TIMEOUT_SECONDS
        elif stopwatch() > deadline:
            raise UnreadableError(f"{min(unfinished)[0]}: no answer within {_TIMEOUT_SECONDS:.0f} s")
        for message in batch:
            place, offset = (message.topic() or "", message.partition() or 0), message.offset() or 0
            if (error := message.error()) is not None:
                if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                    raise UnreadableError(f"{place[0]}: {error.str()}")
                unfinished.discard(place)
            elif offset < ends[place]:
                yield message
                if offset + 1 == ends[place]:
                    unfinished.discard(place)


def end_of(settings: Settings, topic: Topic, partition: int) -> int:
    """Say where a partition ends now.  Raises UnreadableError."""
    with _consumer(settings) as consumer:
        (span,) = _spans(consumer, settings.topic(topic), [partition])
        return span.end


def follow(settings: Settings, topic: Topic, partition: int, start: int, patience_seconds: float) -> Iterator[Message]:
    """Go through a partition's messages from an offset on, those that are still to come too, while patience lasts.

    Raises UnreadableError.
    """
    name, deadline = settings.topic(topic), stopwatch() + patience_seconds
    with _consumer(settings) as consumer:
        consumer.assign([TopicPartition(name, partition, start)])
        while (left := deadline - stopwatch()) > 0:
            message = consumer.poll(min(left, 1.0))
            if message is None:
                continue
            if (error := message.error()) is None:
                yield message
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                raise UnreadableError(f"{name}: {error.str()}")


def latest(settings: Settings, topic: Topic) -> dict[bytes, bytes]:
    """Read a compacted topic: the newest value under each key, without those deleted.  Raises UnreadableError."""
    found: dict[bytes, bytes] = {}
    for message in messages(settings, topic):
        key, value = message.key(), message.value()
        if key is None:
            continue
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return found


def latest_records(settings: Settings, topic: Topic, record_type: type[P]) -> dict[str, P]:
    """Read a compacted topic as records, by key.  Raises UnreadableError, BadRecordError."""
    codec = codec_of(settings, max_bytes=LARGEST_BYTES)
    return {key.decode(): codec.decode_as(record_type, value) for key, value in latest(settings, topic).items()}


def _spans(consumer: Consumer, name: str, partitions: Collection[int] | None) -> list[_Span]:
    """Say where each partition begins and ends now; a topic made a moment ago may take a moment to answer."""
    deadline = stopwatch() + _TIMEOUT_SECONDS
    while True:
        try:
            return _spans_now(consumer, name, partitions)
        except KafkaException as failure:
            error = failure.args[0]
            if error.code() not in _PASSING or stopwatch() > deadline:
                raise UnreadableError(f"{name}: {error.str()}") from None
            consumer.poll(0.1)


def _spans_now(consumer: Consumer, name: str, partitions: Collection[int] | None) -> list[_Span]:
    metadata = consumer.list_topics(name, timeout=_TIMEOUT_SECONDS).topics[name]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    return [
        _Span(name, number, *consumer.get_watermark_offsets(TopicPartition(name, number), timeout=_TIMEOUT_SECONDS))
        for number in metadata.partitions
        if partitions is None or number in partitions
    ]
