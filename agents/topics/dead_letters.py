"""List, retry and delete dead letters, which :mod:`agents.worker.pipeline.publish` writes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import product_codec
from agents.kafka.large_content import KEPT_BYTES, CutContent, cut
from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import SkippedMessages, messages
from schemas.products import DeadLetter
from schemas.quantities import counted
from schemas.refusals import BadRecordError
from streams.topology.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.topics.feeds import FeedProducer
    from streams.topology.messages import TopicMessage

_DELIVER_WITHIN_SECONDS: Final = 10.0
_DIGEST_LETTERS: Final = 12
_NAME: Final = re.compile(rf".+/[0-9]+/([0-9]+|[a-z-]+-[0-9a-f]{{{_DIGEST_LETTERS}}})")


class TruncatedError(RuntimeError):
    """A dead letter holds no more than the beginning of its message, so the message cannot be sent again."""


def letter_of(message: TopicMessage, error: BadRecordError) -> DeadLetter:
    """Return the dead letter of a message: its key and value, or their beginnings, and the refusal.

    A message may be much larger than it was on the wire, and larger than what the dead letters' topic takes.
    """
    key, key_length, key_sha256 = _beginning(message.key)
    value, value_length, value_sha256 = _beginning(message.value)
    return DeadLetter(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        ingest_time=message.ingest_time,
        key=key,
        value=value,
        reason=error.reason,
        detail=error.detail,
        key_length=key_length,
        key_sha256=key_sha256,
        value_length=value_length,
        value_sha256=value_sha256,
    )


def _beginning(content: bytes | None) -> tuple[bytes | None, int | None, str | None]:
    """Return what a letter holds of a key or a value, and of a larger one its length and SHA-256."""
    content = content if isinstance(content, CutContent) else cut(content, KEPT_BYTES)
    if isinstance(content, CutContent):
        return bytes(content), content.whole_length, content.whole_sha256
    return None if content is None else bytes(content), None, None


def truncation(letter: DeadLetter) -> str | None:
    """Return, as a sentence, how little of its message a dead letter holds; None where it holds all."""
    lengths = {"key": (letter.key, letter.key_length), "value": (letter.value, letter.value_length)}
    cut = [
        f"the first {len(beginning or b''):,} of the {counted(length, 'byte')} of its {what}"
        for what, (beginning, length) in lengths.items()
        if length is not None
    ]
    return f"{name_of(letter)} holds {' and '.join(cut)}" if cut else None


def name_of(letter: DeadLetter) -> str:
    """Return the name of a dead letter: ``topic/partition/offset`` of the message in it.

    What cannot be judged may have come long before: it is named by the rule and a digest of its event_id instead.
    """
    if letter.rule is None:
        return f"{letter.topic}/{letter.partition}/{letter.offset}"
    digest = hashlib.sha256((letter.event_id or "").encode(errors="surrogatepass")).hexdigest()
    return f"{letter.topic}/{letter.partition}/{letter.rule}-{digest[:_DIGEST_LETTERS]}"


def is_name(text: str) -> bool:
    """Return whether a text is the name of a dead letter."""
    return _NAME.fullmatch(text) is not None


def dead_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Go through the dead letters, each once, a partition's oldest first.  Raises UnreadableError.

    Messages that are none are skipped, and logged.
    """
    codec, skipped = product_codec(settings), SkippedMessages(settings, DEAD_LETTERS)
    letters: dict[bytes, DeadLetter] = {}
    for message in messages(settings, DEAD_LETTERS):
        key, value = message.key or b"", message.value
        if value is None:
            letters.pop(key, None)
        elif key not in letters:  # a crash before the commit writes it twice
            try:
                letters[key] = codec.decode_as(DeadLetter, value)
            except BadRecordError as refusal:
                skipped.add(message, refusal.reason)
    skipped.log()
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

    It goes to the partition of the force that its key names, which may not be the one it came from.  Raises
    TruncatedError.
    """
    if (cut := truncation(letter)) is not None:
        raise TruncatedError(f"{cut}: have its source send it again")
    partition = letter.partition if letter.key is None else settings.partition_of(letter.key.decode(errors="replace"))
    producer.send_raw(letter.topic, letter.key, letter.value, partition)
