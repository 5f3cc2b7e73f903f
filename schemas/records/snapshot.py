"""The envelope with which every source record begins, and the word of a feed that it is complete."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from schemas.vocabularies import Int64, Millis, Word

READ_AS_FALSE: Final = frozenset(
    {"reporter_informed", "fcr_oversight", "officer_dispatched", "victim_present", "form_attached"}
)
"""Fields that say what somebody did or saw: None, where the source says neither, is read as False."""

SET_BY_READERS: Final = frozenset({"offence_class_unknown"})
"""Fields that say how a record was read, and that no source system holds."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The envelope: the fields with which every source record begins."""

    TOPIC: ClassVar[str]
    IDENTITY: ClassVar[tuple[str, ...]]
    """The fields that say which record this is a snapshot of."""

    event_id: str
    force: Word
    source: Word
    event_time: Millis
    revision: Int64 = 0


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source's statement that all snapshots of event_time up to ``complete_through`` are delivered.

    It travels on the feed's own topic and partition, behind the data it speaks for.
    """

    force: Word
    source: Word
    complete_through: Millis
