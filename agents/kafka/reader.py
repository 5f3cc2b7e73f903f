"""A whole topic read from its beginning to the end it has now."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeVar

from agents.kafka.codecs import product_codec
from agents.kafka.topic_reader import TopicReader
from agents.settings.clock import stopwatch
from schemas.products import Product
from schemas.refusals import BadRecordError
from streams.topology.messages import Place, TopicMessage

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec
    from streams.topology.topics import Topic

P = TypeVar("P", bound=Product)
_log: Final = logging.getLogger("cdi.reader")

_PURPOSE: Final = "view"
_SEARCH_FACTOR: Final = 100
"""How many times as many messages are searched, from a partition's end backwards, where there was none."""


def messages(settings: Settings, topic: Topic, partitions: Collection[int] | None = None) -> Iterator[TopicMessage]:
    """Go through every message of a topic up to the end it has now, each partition in its own order.

    ``partitions`` limits it to those.  Raises UnreadableError.
    """
    with TopicReader(settings, _PURPOSE) as reader:
        yield from reader.read(reader.spans(topic.name, partitions))


def length(settings: Settings, topic: Topic, partitions: Collection[int] | None = None) -> int:
    """Count the messages that :func:`messages` would go through now.  Raises UnreadableError."""
    with TopicReader(settings, _PURPOSE) as reader:
        return sum(span.end - span.start for span in reader.spans(topic.name, partitions))


def end_offset(settings: Settings, topic: Topic, partition: int) -> int:
    """Return the offset that the next message of a partition will have.  Raises UnreadableError."""
    with TopicReader(settings, _PURPOSE) as reader:
        (span,) = reader.spans(topic.name, [partition])
        return span.end


def starts_late(settings: Settings, topic: Topic, partition: int) -> bool:
    """Return whether a partition's first messages are gone.  Raises UnreadableError."""
    with TopicReader(settings, _PURPOSE) as reader:
        (span,) = reader.spans(topic.name, [partition])
        return span.start > 0


def follow(
    settings: Settings, topic: Topic, partition: int, start: int, patience_seconds: float
) -> Iterator[TopicMessage]:
    """Go through a partition's messages from an offset on, waiting ``patience_seconds`` for new ones.

    Raises UnreadableError.
    """
    deadline = stopwatch() + patience_seconds
    with TopicReader(settings, _PURPOSE) as reader:
        reader.assign({(topic.name, partition): start})
        while stopwatch() < deadline:
            yield from reader.poll()


def newest_messages(settings: Settings, topics: Iterable[Topic]) -> dict[Place, TopicMessage]:
    """Return the newest message of each partition that has any.

    Each partition is searched from its end backwards: its last offsets may be transaction markers, or have gone.
    Raises UnreadableError.
    """
    newest: dict[Place, TopicMessage] = {}
    with TopicReader(settings, _PURPOSE, offset_reset="latest") as reader:
        spans = [span for topic in topics for span in reader.spans(topic.name) if span.end > span.start]
        step = 1
        while spans:
            tails = [span._replace(start=max(span.start, span.end - step)) for span in spans]
            newest |= {(message.topic, message.partition): message for message in reader.read(tails)}
            missed = zip(spans, tails, strict=True)
            spans = [
                span._replace(end=tail.start)
                for span, tail in missed
                if (span.topic, span.partition) not in newest and tail.start > span.start
            ]
            step *= _SEARCH_FACTOR
    return newest


class SkippedMessages:
    """Counts the messages of a topic that cannot be read: they may not end what reads it."""

    def __init__(self, settings: Settings, topic: Topic) -> None:
        self._topic = settings.topic(topic)
        self.count = 0
        self.first = ""
        """Where the first one stands: ``partition/offset``."""
        self.reason = ""
        """Why the first one was refused."""

    def add(self, message: TopicMessage, reason: str) -> None:
        """Count a message."""
        if not self.count:
            self.first, self.reason = f"{message.partition}/{message.offset}", reason
        self.count += 1

    def log(self) -> None:
        """Log in one line how many there were, and where the first stands; nothing where there were none."""
        if self.count:
            fields = {"topic": self._topic, "skipped": self.count, "first": self.first, "reason": self.reason}
            _log.warning("messages_unreadable", extra=fields)


def latest(settings: Settings, topic: Topic) -> dict[bytes, bytes]:
    """Return the newest value under each key that is not deleted.  Raises UnreadableError."""
    values: dict[bytes, bytes] = {}
    for message in messages(settings, topic):
        if message.key is None:
            continue
        if message.value is None:
            values.pop(message.key, None)
        else:
            values[message.key] = message.value
    return values


def latest_records(
    settings: Settings,
    topic: Topic,
    record_type: type[P],
    skipped: SkippedMessages | None = None,
    *,
    partitions: Collection[int] | None = None,
) -> dict[str, P]:
    """Return the newest record under each key.  Raises UnreadableError.

    Messages that cannot be read are skipped: what stood under their keys before still stands.  They are counted in
    ``skipped``, or logged.  ``partitions`` limits it to those.
    """
    codec, skipped, logs = product_codec(settings), skipped or SkippedMessages(settings, topic), skipped is None
    newest: dict[bytes, TopicMessage] = {}
    for message in messages(settings, topic, partitions):
        if message.key is None:
            skipped.add(message, "WRONG_KEY")
        else:
            newest[message.key] = message
    records: dict[str, P] = {}
    refused: set[bytes] = set()
    for key, message in newest.items():
        if message.value is None:
            continue
        try:
            records[key.decode()] = codec.decode_as(record_type, message.value)
        except (BadRecordError, UnicodeDecodeError):
            refused.add(key)
    if refused:  # seldom: only then is each message of such a key looked at
        for message in messages(settings, topic, partitions):
            if message.key in refused:
                _replace(records, codec, record_type, message, skipped)
    if logs:
        skipped.log()
    return records


def _replace(
    records: dict[str, P], codec: Codec, record_type: type[P], message: TopicMessage, skipped: SkippedMessages
) -> None:
    """Put what a message says in the place of what was said before under its key, if it can be read."""
    try:
        key = (message.key or b"").decode()
        if message.value is None:
            records.pop(key, None)
        else:
            records[key] = codec.decode_as(record_type, message.value)
    except BadRecordError as refusal:
        skipped.add(message, refusal.reason)
    except UnicodeDecodeError:
        skipped.add(message, "WRONG_KEY")
