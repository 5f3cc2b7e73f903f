"""List, retry and delete dead letters, which :mod:`agents.worker.pipeline.publish` writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import product_codec
from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from schemas.products import DeadLetter
from streams.topology.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.topics.feeds import FeedProducer

_DELIVER_WITHIN_SECONDS: Final = 10.0
_NAME: Final = re.compile(r"(.+)/([0-9]+)/([0-9]+)")


def name_of(letter: DeadLetter) -> str:
    """Return the name of the message in a dead letter: ``topic/partition/offset``."""
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def is_name(text: str) -> bool:
    """Return whether a text is the name of a dead letter."""
    return _NAME.fullmatch(text) is not None


def dead_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Go through the dead letters, each once, a partition's oldest first.  Raises UnreadableError."""
    codec = product_codec(settings)
    letters: dict[bytes, DeadLetter] = {}
    for message in messages(settings, DEAD_LETTERS):
        key, value = message.key or b"", message.value
        if value is None:
            letters.pop(key, None)
        elif key not in letters:  # a crash before the commit writes it twice
            letters[key] = codec.decode_as(DeadLetter, value)
    yield from letters.values()


def dead_letter(settings: Settings, name: str) -> DeadLetter | None:
    """Return a dead letter by its name.  Raises UnreadableError."""
    return next((letter for letter in dead_letters(settings) if name_of(letter) == name), None)


def delete(settings: Settings, letters: Iterable[DeadLetter]) -> None:
    """Delete dead letters; return once the broker has the tombstones.  Raises NotDeliveredError."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS)
    for letter in letters:
        producer.put(settings.topic(DEAD_LETTERS), name_of(letter).encode(), None, letter.partition)
    producer.deliver()


def retry(settings: Settings, letter: DeadLetter, producer: FeedProducer) -> None:
    """Send the message in a dead letter to its topic again, unchanged; the caller flushes.

    It goes to the partition of the force that its key names, which may not be the one it came from.
    """
    partition = letter.partition if letter.key is None else settings.partition_of(letter.key.decode(errors="replace"))
    producer.send_raw(letter.topic, letter.key, letter.value, partition)
