"""Read a force's records from the source topics, as a worker would apply them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.kafka.codecs import codec_of
from agents.kafka.reader import length, messages
from agents.settings.clock import wall_clock
from agents.topics.erasures import erasures
from schemas.admission import require_key, require_not_ahead
from schemas.records import Score, Snapshot
from schemas.refusals import BadRecordError
from streams.engine.erasure import SYSTEM_BY_KIND, ErasedNames, name_of
from streams.policy.calendar import HOUR
from streams.topology.messages import TopicMessage
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec
    from schemas.records import Heartbeat

OnProgress = Callable[[float], None]
"""Called with how much of a phase is done, from 0 to 1."""
_MESSAGES_PER_PROGRESS = 1000


@dataclass(slots=True)
class ForceRecords:
    """The snapshots of one force on the source topics."""

    snapshots: list[Snapshot] = field(default_factory=list)
    refused: int = 0
    """How many messages could not be used."""
    read_at: int = field(default_factory=wall_clock)
    """When reading began (ms)."""

    @property
    def newest(self) -> int | None:
        """The newest event_time (ms) among them; scores, which change no alert, left out."""
        snapshots = (snapshot for snapshot in self.snapshots if not isinstance(snapshot, Score))
        return max((snapshot.event_time for snapshot in snapshots), default=None)


def read_force_records(settings: Settings, force: str, far_future: int, on_progress: OnProgress) -> ForceRecords:
    """Read a force's partition of every source topic, and keep what a worker applies.

    Raises UnreadableError.
    """
    records, codec, partition = ForceRecords(), codec_of(settings), (settings.partition_of(force),)
    erased = ErasedNames()
    for request in erasures(settings, codec):
        if request.erasure.force == force:
            erased.add(map(name_of, request.erasure.subjects), request.erased_at)
    total = sum(length(settings, topic, partition) for topic in SOURCES)
    done = 0
    for topic in SOURCES:
        for message in messages(settings, topic, partition):
            done += 1
            if done % _MESSAGES_PER_PROGRESS == 0:
                on_progress(min(1.0, done / total))
            if message.key == force.encode():
                _add(records, codec, topic.name, message, far_future, erased)
    on_progress(1.0)
    return records


def _add(
    records: ForceRecords, codec: Codec, topic: str, message: TopicMessage, far_future: int, erased: ErasedNames
) -> None:
    try:
        record = codec.decode(topic, message.value or b"")
        _admit(record, message, far_future)  # type: ignore[arg-type]  # a source topic carries nothing else
    except BadRecordError:
        records.refused += 1
    else:
        if isinstance(record, Snapshot) and not erased.covers(record, message.ingest_time):
            records.snapshots.append(record)


def _admit(record: Snapshot | Heartbeat, message: TopicMessage, far_future: int) -> None:
    require_key(record, message.key)
    require_not_ahead(record, message.ingest_time, far_future)


def erased_since(settings: Settings, force: str, since: int) -> set[tuple[str, str]]:
    """Return what was erased since a moment (ms), or up to an hour before, as (system, normalised ref)."""
    return {
        (SYSTEM_BY_KIND[kind], ref)
        for request in erasures(settings, codec_of(settings))
        if request.erasure.force == force and request.erased_at >= since - HOUR
        for kind, ref in map(name_of, request.erasure.subjects)
    }
