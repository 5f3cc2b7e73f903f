"""Dead letters, read back: what could not be taken, where it stands, and why."""

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
    """Name a dead letter after the message it holds, so that one set aside twice is one: ``topic/partition/offset``."""
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def is_name(text: str) -> bool:
    """Whether a text is such a name."""
    return _NAME.fullmatch(text) is not None


def dead_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Go through the dead letters, each once, oldest first within a partition.  Raises UnreadableError."""
    codec = product_codec(settings)
    found: dict[bytes, DeadLetter] = {}
    for message in messages(settings, DEAD_LETTERS):
        key, value = message.key or b"", message.value
        if value is None:
            found.pop(key, None)
        elif key not in found:
            found[key] = codec.decode_as(DeadLetter, value)
    yield from found.values()


def dead_letter(settings: Settings, name: str) -> DeadLetter | None:
    """Find a dead letter by its name.  Raises UnreadableError."""
    return next((letter for letter in dead_letters(settings) if name_of(letter) == name), None)


def delete(settings: Settings, letters: Iterable[DeadLetter]) -> None:
    """Delete dead letters for good; return once the broker has it.  Raises NotDeliveredError."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS)
    for letter in letters:
        producer.put(settings.topic(DEAD_LETTERS), name_of(letter).encode(), None, letter.partition)
    producer.deliver()


def retry(settings: Settings, letter: DeadLetter, producer: FeedProducer) -> None:
    """Put the message a dead letter holds back on its topic as it was; whoever calls flushes the producer.

    It goes to the partition of the force its key names, which the message may have missed.
    """
    partition = letter.partition if letter.key is None else settings.partition_of(letter.key.decode(errors="replace"))
    producer.send_raw(letter.topic, letter.key, letter.value, partition)
