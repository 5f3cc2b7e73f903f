"""A message that Faust's consumer fetched, with the offset of the one before it."""

from __future__ import annotations

from typing import Any, Final

from faust.types import TP, ConsumerMessage

from agents.kafka.large_content import OversizedBatch, cut
from streams.topology.correlation_headers import REQUEST_HEADER

FIRST: Final = -1
"""In place of the offset before the first message after a seek."""


class Fetched(ConsumerMessage):
    """A message that names its predecessor."""

    __slots__ = ("after",)

    after: int
    """Offset of the message handed out before it, from the same partition; :data:`FIRST` after a seek."""


def fetched(tp: TP, record: Any, generation: int, *, whole: bool) -> Fetched:  # noqa: ANN401
    """Make a message of aiokafka's record, of an assignment.

    Unless it must be ``whole``, nothing is kept that is too large to be of use, nor headers that nobody reads.
    """
    key, value, headers = record.key, record.value, record.headers
    if not whole:
        key, value = cut(key), value if isinstance(value, OversizedBatch) else cut(value)
        headers = tuple(header for header in headers if header[0] == REQUEST_HEADER)[:1]
    return Fetched(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp / 1000.0,
        record.timestamp_type,
        headers,
        key,
        value,
        record.checksum,
        record.serialized_key_size,
        record.serialized_value_size,
        tp,
        generation_id=generation,
    )
