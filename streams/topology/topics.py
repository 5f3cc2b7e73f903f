"""Every topic, as data: its records, key and retention, and the partition of a force's messages.

All that one force's systems say lands in one partition of every topic, so a correlation is a local look-up and one
worker owns a force.  That holds only while every topic has the same number of partitions and every producer agrees on
the hash: Java's murmur2 over the UTF-8 of the force, unless a force map names the partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import msgspec

from schemas import products
from schemas.records import PEOPLES_RECORDS, POSSIBLE_FEEDS, SOURCE_RECORDS, Heartbeat, Score
from streams.policy.calendar import DAY, HOUR
from streams.topology.rates import WINDOWS

Cleanup = Literal["delete", "compact", "compact,delete"]

FOREVER: Final = -1
_COMPACTED_WITHIN_MS: Final = 7 * DAY
_DELETIONS_SEEN_FOR_MS: Final = 14 * DAY
_MIB: Final = 1_048_576
_LARGEST_VIEW_BYTES: Final = 16 * _MIB
LARGEST_MESSAGE_BYTES: Final = 64 * _MIB
"""The largest message of any topic: the changelog's, where a record with all its snapshots is one message."""

DEFAULT_PARTITIONS: Final = 6
"""Of every topic; it cannot change once messages are there, since a force would move to another partition."""

GROUP: Final = "cdi"
"""The consumer group of the workers; also the first part of the name of every table's changelog."""

STATE_TABLE: Final = "state"
"""The workers' table of what they know: entries named by record, keys and values raw bytes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it must be on the broker; names are without the installation's prefix."""

    name: str
    records: tuple[type[msgspec.Struct], ...]
    """The record types it carries; empty for a changelog, which carries raw state."""
    key: str
    """What a message's key says, in words."""
    cleanup: Cleanup = "delete"
    retention_ms: int = FOREVER
    """How long a message is kept, by its LogAppendTime; -1 for ever.  Means nothing where only keys are compacted."""
    max_message_bytes: int = _MIB
    segment_ms: int | None = None
    """After how long the broker begins another file, since it compacts and deletes whole closed ones only; None leaves
    it to the broker."""

    compacted_within_ms: int | None = None
    """After how long at most the broker compacts what is written, so that what was deleted is gone from its disks; None
    leaves it to the broker.  Deletions themselves stay for a while, for readers that were away."""

    @property
    def config(self) -> Mapping[str, str]:
        """The broker's settings for the topic, by their Kafka names.

        LogAppendTime everywhere: were event times the messages' own, retention would eat a replay of old records.
        """
        config = {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.max_message_bytes),
        }
        if self.segment_ms is not None:
            config["segment.ms"] = str(self.segment_ms)
        if self.compacted_within_ms is not None:
            config["max.compaction.lag.ms"] = str(self.compacted_within_ms)
            config["delete.retention.ms"] = str(_DELETIONS_SEEN_FOR_MS)
        return config


def _view(record: type[products.Product], key: str) -> Topic:
    """Return a compacted topic: only the newest message under a key counts, and it may be large."""
    return Topic(
        record.TOPIC,
        (record,),
        key,
        cleanup="compact",
        max_message_bytes=_LARGEST_VIEW_BYTES,
        compacted_within_ms=_COMPACTED_WITHIN_MS,
    )


SOURCES: Final = tuple(
    Topic(record.TOPIC, (record,) if record in PEOPLES_RECORDS else (record, Heartbeat), key="force")
    for record in SOURCE_RECORDS
)
"""The feeds, and what people and their models say of records: what the workers read besides ticks."""

JUDGEMENTS: Final = tuple(
    topic for topic in SOURCES if topic.records[0] in PEOPLES_RECORDS and topic.records[0] is not Score
)
"""What people say of records: the board and the command line write it for them."""

ERASURES: Final = Topic(products.Erasure.TOPIC, (products.Erasure,), key="force")
"""Erasures: kept as long as the sources, so that reading those again brings nothing back."""
ALERTS: Final = _view(products.Alert, "alert_id")
CASES: Final = _view(products.Case, "force and subject")
CLOCKS: Final = _view(products.ForceClock, "force")
CANDIDATES: Final = _view(products.Candidate, "alert_id")
REVIEWS: Final = _view(products.Review, "force and subject")
ACTIONS: Final = Topic(products.AlertAction.TOPIC, (products.AlertAction,), key="force")
TICKS: Final = Topic(products.Tick.TOPIC, (products.Tick,), key="none", retention_ms=DAY)
AUDIT_LOG: Final = Topic(products.AuditEntry.TOPIC, (products.AuditEntry,), key="writer")
DEAD_LETTERS: Final = Topic(
    products.DeadLetter.TOPIC,
    (products.DeadLetter,),
    key="topic/partition/offset of the message",
    cleanup="compact,delete",  # so that one can be deleted before its time
    max_message_bytes=2 * _MIB,  # the whole message, and why it was refused
    compacted_within_ms=_COMPACTED_WITHIN_MS,
)
STATE_CHANGELOG: Final = Topic(
    f"{GROUP}-{STATE_TABLE}-changelog",
    (),
    key="force and record",
    cleanup="compact",
    max_message_bytes=LARGEST_MESSAGE_BYTES,
    compacted_within_ms=_COMPACTED_WITHIN_MS,
)
RATE_CHANGELOGS: Final = {
    window: Topic(
        f"{GROUP}-{window.table}-changelog",
        (),
        key="what is counted and its window",
        cleanup="compact,delete",
        retention_ms=window.changelog_ms,
        segment_ms=HOUR // 2,
    )
    for window in WINDOWS
}

TOPICS: Final = (
    *SOURCES,
    ERASURES,
    ALERTS,
    CASES,
    CLOCKS,
    CANDIDATES,
    REVIEWS,
    ACTIONS,
    TICKS,
    AUDIT_LOG,
    DEAD_LETTERS,
    STATE_CHANGELOG,
    *RATE_CHANGELOGS.values(),
)
"""Every topic an installation has."""

INTAKE: Final = (*SOURCES, ERASURES, TICKS)
"""What the workers read."""

FEED_TOPICS: Final = frozenset(POSSIBLE_FEEDS)


def prefixed(prefix: str, topic: Topic) -> str:
    """Name the topic has on the broker of an installation with this prefix."""
    return f"{prefix}{topic.name}"


@lru_cache(maxsize=4096)
def murmur2(data: bytes) -> int:
    """Return a key's hash as Kafka's Java clients compute it: unsigned MurmurHash2, seed 0x9747b28c."""
    mask, mixer = 0xFFFFFFFF, 0x5BD1E995
    length = len(data)
    h = 0x9747B28C ^ length
    whole = length & ~3
    for start in range(0, whole, 4):
        k = int.from_bytes(data[start : start + 4], "little") * mixer & mask
        k = (k ^ k >> 24) * mixer & mask
        h = h * mixer & mask ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * mixer & mask
    h = (h ^ h >> 13) * mixer & mask
    return h ^ h >> 15


def partition_for(force: str, partitions: int, force_map: Mapping[str, int] | None = None) -> int:
    """Return the partition of a force's messages in every topic: the map's, else by murmur2."""
    if force_map and force in force_map:
        return force_map[force]
    return (murmur2(force.encode()) & 0x7FFFFFFF) % partitions
