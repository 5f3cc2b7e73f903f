"""Requests to erase records: sent to the workers, and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from schemas.admission import require_key, require_subjects, require_text
from schemas.products import Erasure
from schemas.refusals import BadRecordError
from streams.topology.topics import ERASURES

if TYPE_CHECKING:
    from agents.kafka.schema_cache import SchemaSource
    from agents.settings.settings import Settings
    from schemas.codec import Codec

_DELIVER_WITHIN_SECONDS = 10.0


class ErasureRequest(NamedTuple):
    """An erasure that somebody requested."""

    erasure: Erasure
    erased_at: int
    """When the broker took it (LogAppendTime, ms); it covers what was taken until then."""


def erasures(settings: Settings, codec: Codec, source: SchemaSource | None = None) -> Iterator[ErasureRequest]:
    """Go through every erasure that was ever requested.

    Those that cannot be read are left out: the workers write them to the dead letters.  Raises UnreadableError.
    """
    for message in messages(settings, ERASURES):
        value = message.value or b""
        if source is not None:
            source.learn(codec, [value])
        try:
            erasure = codec.decode_as(Erasure, value)
            require_key(erasure, message.key)
            require_subjects(erasure)
        except BadRecordError:
            continue
        if settings.partition_of(erasure.force) == message.partition:
            yield ErasureRequest(erasure, message.ingest_time)


async def read_erasures_async(settings: Settings, codec: Codec, source: SchemaSource | None) -> list[ErasureRequest]:
    """Read every erasure in another thread.  Raises UnreadableError."""
    return await asyncio.get_running_loop().run_in_executor(None, lambda: list(erasures(settings, codec, source)))


def request_erasure(settings: Settings, codec: Codec, erasure: Erasure) -> None:
    """Send an erasure to its force's worker; return once the broker has it.

    Raises NotDeliveredError, and BadRecordError where workers would refuse it.
    """
    require_subjects(erasure)
    require_text(erasure)
    producer = KafkaProducer(settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS)
    force = erasure.force
    producer.put(settings.topic(ERASURES), force.encode(), codec.encode(erasure), settings.partition_of(force))
    producer.deliver()
