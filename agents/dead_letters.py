"""Dead letters, read back: what could not be taken, where it stands, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from agents.codecs import codec_of
from agents.views import LARGEST_BYTES, messages
from schemas.products import DeadLetter
from streams.topology import DEAD_LETTERS

if TYPE_CHECKING:
    from agents.feeding import FeedProducer
    from agents.settings import Settings

_NAME: Final = re.compile(r"(.+)/([0-9]+)/([0-9]+)")


def name_of(letter: DeadLetter) -> str:
    """Name a dead letter after the message it holds, so that one set aside twice is one: ``topic/partition/offset``."""
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def is_name(text: str) -> bool:
    """Whether a text is such a name."""
    return _NAME.fullmatch(text) is not None


def dead_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Go through the dead letters, each once, oldest first within a partition.  Raises UnreadableError."""
    codec = codec_of(settings, max_bytes=LARGEST_BYTES)
    seen: set[str] = set()
    for message in messages(settings, DEAD_LETTERS):
        value = message.value()
        if value is None:
            continue
        letter = codec.decode_as(DeadLetter, value)
        if (name := name_of(letter)) not in seen:
            seen.add(name)
            yield letter


def dead_letter(settings: Settings, name: str) -> DeadLetter | None:
    """Find a dead letter by its name.  Raises UnreadableError."""
    return next((letter for letter in dead_letters(settings) if name_of(letter) == name), None)


def retry(settings: Settings, letter: DeadLetter, producer: FeedProducer) -> None:
    """Put the message a dead letter holds back on its topic as it was; whoever calls flushes the producer.

    It goes to the partition of the force its key names, which the message may have missed.
    """
    partition = letter.partition if letter.key is None else settings.partition_of(letter.key.decode(errors="replace"))
    producer.send_raw(letter.topic, letter.key, letter.value, partition)
