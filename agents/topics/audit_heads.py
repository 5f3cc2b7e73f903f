"""Where an audit chain ends: in the log, and in its writer's own note of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from agents.kafka.codecs import codec_of
from agents.kafka.reader import LARGEST_BYTES, UnreadableError
from agents.settings.files import write_whole
from schemas.codec import Codec
from schemas.products import AuditEntry, ChainHead
from schemas.refusals import BadRecordError
from streams.topology.topics import AUDIT_LOG

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 15.0
_STEP: Final = 500
"""Messages looked through at a time, from the end backwards."""


class HeadFile:
    """A writer's note of its own newest entry, on one cluster: what the log must still hold."""

    def __init__(self, folder: Path, writer: str, place: str) -> None:
        self._path = folder / f"{writer}-{hashlib.sha256(place.encode()).hexdigest()[:12]}.head"

    def read(self) -> ChainHead | None:
        """The head noted last; None where there is none, or none that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=ChainHead)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, head: ChainHead) -> None:
        """Note a head, whole or not at all."""
        write_whole(self._path, [msgspec.json.encode(head)])


def last_entry(settings: Settings, writer: str, partition: int) -> tuple[AuditEntry | None, str]:
    """Find a writer's newest entry, from the partition's end backwards, and the cluster's id.  Raises UnreadableError.

    Of two under the greatest number (a fork), the later: the chain goes on somewhere, and the verification names it.
    """
    consumer = Consumer(
        settings.client(
            group_id=f"{settings.group}-audit", enable_auto_commit=False, auto_offset_reset="error",
            enable_partition_eof=True,
        )
    )  # fmt: skip
    name, codec = settings.topic(AUDIT_LOG), codec_of(settings, max_bytes=LARGEST_BYTES)
    try:
        metadata = consumer.list_topics(name, timeout=_TIMEOUT_SECONDS)
        if metadata.topics[name].error is not None:
            raise UnreadableError(f"{name}: {metadata.topics[name].error.str()}")
        low, high = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=_TIMEOUT_SECONDS)
        end = high
        while end > low:
            start = max(low, end - _STEP)
            found = _last_between(consumer, codec, TopicPartition(name, partition, start), end, writer)
            if found is not None:
                return found, metadata.cluster_id or ""
            end = start
    except KafkaException as failure:
        raise UnreadableError(f"{name}: {failure.args[0].str()}") from None
    finally:
        consumer.close()
    return None, metadata.cluster_id or ""


def _last_between(consumer: Consumer, codec: Codec, start: TopicPartition, end: int, writer: str) -> AuditEntry | None:
    """Read a stretch of a partition, and return the writer's last entry in it."""
    found: AuditEntry | None = None
    consumer.assign([start])
    offset = start.offset
    while offset < end:
        message = consumer.poll(_TIMEOUT_SECONDS)
        if message is None:
            raise UnreadableError(f"{start.topic}: no answer within {_TIMEOUT_SECONDS:.0f} s")
        if (error := message.error()) is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                break
            raise UnreadableError(f"{start.topic}: {error.str()}")
        at = message.offset() or 0
        offset = at + 1
        if message.key() == writer.encode() and at < end:
            try:
                entry = codec.decode_as(AuditEntry, message.value() or b"")
            except BadRecordError:
                continue
            found = entry if found is None or entry.number >= found.number else found
    return found
