"""What a monitor keeps through a restart, as table entries: one for each record, each alert, and the clock.

Keys are ``force NUL kind NUL name``.  Records and alerts are kept in the wire format, so that a newer program reads
what an older one wrote by the same schema evolution as on the topics.  Entries are written records first, then
alerts, the clock last: whatever part of that a crash leaves behind, replaying the source topics leads to the same end.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias, cast

import msgspec

from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert
from schemas.records import Snapshot
from streams.completeness import Completeness
from streams.facts import Facts
from streams.history import Record
from streams.matters import FEED, KINDS, Kind, Matter

_CODEC = Codec()
_KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class SavedRecord(msgspec.Struct, frozen=True):
    """Every snapshot kept of one record."""

    snapshots: tuple[Snapshot, ...]


class SavedAlert(NamedTuple):
    """An alert as it was last published, and where it belongs."""

    kind: Kind
    alert: Alert

    def matter(self, facts: Facts) -> Matter:
        """Return the matter that the alert is about."""
        ref = self.alert.subject_ref
        return facts.matter(self.kind, ref if self.kind is FEED else normalise(ref))


class SavedClock(msgspec.Struct, frozen=True):
    """The clock of a force and what its feeds have vouched for."""

    clock: int | None
    newest: dict[str, int]
    vouched: dict[str, dict[str, int]]
    heard_at: dict[str, int]
    watched_since: int = 0

    def fill(self, completeness: Completeness) -> None:
        """Give a fresh account of completeness what was saved."""
        completeness.newest.update(self.newest)
        completeness.vouched.update(self.vouched)
        completeness.heard_at.update(self.heard_at)
        completeness.watched_since = self.watched_since


Entry: TypeAlias = SavedRecord | SavedAlert | SavedClock


def record_key(force: str, topic: str, name: str) -> bytes:
    """Return the key under which a record is kept."""
    return f"{force}\0r\0{topic}\0{name}".encode()


def record_value(record: Record[Any]) -> bytes | None:
    """Return what is kept of a record, or None if it has no snapshot left."""
    if not record.versions:
        return None
    return msgspec.msgpack.encode([_CODEC.encode(snapshot) for snapshot in record.versions])


def alert_key(force: str, kind: Kind, alert: Alert) -> bytes:
    """Return the key under which an alert on a matter of ``kind`` is kept."""
    return f"{force}\0a\0{kind.name}\0{alert.alert_id}".encode()


def alert_value(alert: Alert) -> bytes:
    """Return what is kept of an alert: all of it."""
    return _CODEC.encode(alert)


def clock_key(force: str) -> bytes:
    """Return the key under which a force's clock is kept."""
    return f"{force}\0c".encode()


def clock_value(clock: int | None, completeness: Completeness) -> bytes:
    """Return what is kept of a force's clock."""
    return msgspec.msgpack.encode(
        SavedClock(clock, completeness.newest, completeness.vouched, completeness.heard_at, completeness.watched_since)
    )


def read(key: bytes, value: bytes) -> Entry:
    """Read one entry of the table."""
    _force, kind, *name = key.decode().split("\0")
    match kind:
        case "r":
            frames = msgspec.msgpack.decode(value, type=list[bytes])
            topic = name[0]
            return SavedRecord(tuple(cast("Snapshot", _CODEC.decode(topic, frame)) for frame in frames))
        case "a":
            return SavedAlert(_KIND_BY_NAME[name[0]], cast("Alert", _CODEC.decode(Alert.TOPIC, value)))
        case _:
            return msgspec.msgpack.decode(value, type=SavedClock)
