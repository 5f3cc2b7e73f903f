"""The newest entry of an audit chain: as the log has it, and as its writer noted it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from agents.kafka.codecs import product_codec
from agents.kafka.topic_reader import TopicReader
from schemas.products import AuditEntry, ChainHead
from schemas.refusals import BadRecordError
from streams.topology.messages import Span
from streams.topology.topics import AUDIT_LOG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.settings.settings import Settings
    from schemas.codec import Codec
    from streams.topology.messages import TopicMessage

_ANSWER_SECONDS: Final = 15.0
_STEP: Final = 500
"""Messages searched at a time, from the end backwards."""


class HeadFile:
    """A writer's own note of its newest entry on one cluster: what the log must still hold."""

    def __init__(self, folder: Path, writer: str, place: str) -> None:
        self._path = folder / f"{writer}-{hashlib.sha256(place.encode()).hexdigest()[:12]}.head"

    def read(self) -> ChainHead | None:
        """Return the head that was noted last; None where there is none, or none that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=ChainHead)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, head: ChainHead) -> None:
        """Note a head, whole or not at all."""
        fresh = self._path.with_suffix(".fresh")
        fresh.write_bytes(msgspec.json.encode(head))
        fresh.replace(self._path)


def last_entry(settings: Settings, writer: str, partition: int) -> tuple[AuditEntry | None, str]:
    """Return a writer's newest entry, and the cluster's id.  Raises UnreadableError.

    The partition is searched from its end backwards.  Of two entries under the greatest number (a fork) it is the
    later: the chain goes on there, and the verification names the fork.
    """
    codec = product_codec(settings)
    with TopicReader(settings, "audit", answer_seconds=_ANSWER_SECONDS) as reader:
        cluster = reader.cluster_id()
        (whole,) = reader.spans(AUDIT_LOG.name, [partition])
        end = whole.end
        while end > whole.start:
            start = max(whole.start, end - _STEP)
            entry = _newest(codec, reader.read([Span(AUDIT_LOG.name, partition, start, end)]), writer)
            if entry is not None:
                return entry, cluster
            end = start
    return None, cluster


def _newest(codec: Codec, messages: Iterable[TopicMessage], writer: str) -> AuditEntry | None:
    newest: AuditEntry | None = None
    for message in messages:
        if message.key != writer.encode():
            continue
        try:
            entry = codec.decode_as(AuditEntry, message.value or b"")
        except BadRecordError:
            continue
        newest = entry if newest is None or entry.number >= newest.number else newest
    return newest
