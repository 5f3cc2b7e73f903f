"""Decoding: bytes become records; what cannot be read goes on as a refusal, not as an exception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from agents.kafka.large_content import CutContent, OversizedBatch
from schemas.codec import MAX_BYTES
from schemas.refusals import BadRecordError

if TYPE_CHECKING:
    from agents.kafka.schema_cache import SchemaSource
    from agents.worker.pipeline.receive import InputBatch
    from schemas.codec import Codec
    from schemas.shapes import Record
    from streams.topology.messages import TopicMessage


class DecodedMessage(NamedTuple):
    """A message that could be read."""

    message: TopicMessage
    record: Record


class RefusedMessage(NamedTuple):
    """A message that is set aside, and why."""

    message: TopicMessage
    error: BadRecordError


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """One result for each message of a batch, in the same order."""

    batch: InputBatch
    results: Sequence[DecodedMessage | RefusedMessage]
    unknown_classes: int
    """How many offence classes were read as OTHER."""


class Decoder:
    """Reads messages by the schemas of this program, and by those of a registry where there is one."""

    def __init__(self, codec: Codec, source: SchemaSource | None = None) -> None:
        """``source`` finds schemas that ``codec`` does not know yet."""
        self._codec = codec
        self._source = source

    async def decode(self, batch: InputBatch) -> DecodedBatch:
        """Read every message of a batch; schemas that are new are looked up first, without blocking the loop."""
        if self._source is not None:
            await self._source.learn_ahead(self._codec, (message.value for message in batch.messages))
        results = [self._read(message) for message in batch.messages]
        unknown_classes = self._codec.unknown_classes.total()
        self._codec.unknown_classes.clear()
        return DecodedBatch(batch, results, unknown_classes)

    def _read(self, message: TopicMessage) -> DecodedMessage | RefusedMessage:
        try:
            _require_whole(message.value)
            if not message.value:
                raise BadRecordError("EMPTY_VALUE", "a message without a value: source topics keep no tombstones")  # noqa: TRY301
            return DecodedMessage(message, self._codec.decode(message.topic, message.value))
        except BadRecordError as error:
            return RefusedMessage(message, error)


def _require_whole(value: bytes | None) -> None:
    """Refuse what was not handed out whole, since it is too large."""
    if isinstance(value, OversizedBatch):
        raise BadRecordError("TOO_LARGE", value.detail)
    if isinstance(value, CutContent):
        raise BadRecordError("TOO_LARGE", f"{value.whole_length} bytes, more than {MAX_BYTES}")
