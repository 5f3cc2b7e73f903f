"""The state of a monitor as table entries: one for each record, alert and erasure, and the clock.

Keys are ``force NUL kind NUL name``.  Records and alerts are kept as rows of values under the id of the schema that
names their columns, so that a newer program reads what an older one wrote, fields it does not know left out and new
ones at their defaults; packing rows takes a tenth of the time that Avro takes here.  Entries are written records
first, then alerts, then the clock, last what was erased: whatever part of that a crash leaves behind, replaying the
source topics leads to the same end.  Each entry says which format it is in (:mod:`streams.engine.state_format`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from schemas.avro import ID_BY_SUBJECT, NEWEST_ID, SCHEMA_TEXT_BY_ID
from schemas.identifiers import normalise
from schemas.products import Alert
from schemas.records import RECORD_BY_TOPIC, Snapshot
from streams.engine.state_format import NewerStateError, migrated, stamped
from streams.facts.completeness import Completeness
from streams.facts.facts import Facts
from streams.facts.matters import FEED, KINDS, Kind, Matter
from streams.facts.record import Record

_COLUMNS = {
    number: tuple(field["name"] for field in msgspec.json.decode(text)["fields"])
    for number, text in SCHEMA_TEXT_BY_ID.items()
}
T = TypeVar("T", bound=msgspec.Struct)
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
    """Where the clock of a force stands, and how far its feeds are complete."""

    clock: int | None
    newest: dict[str, int]
    vouched: dict[str, dict[str, int]]
    heard_at: dict[str, int]
    watched_since: int = 0

    def fill(self, completeness: Completeness) -> None:
        """Restore a force's completeness."""
        completeness.newest.update(self.newest)
        completeness.vouched.update(self.vouched)
        completeness.heard_at.update(self.heard_at)
        completeness.watched_since = self.watched_since


class SavedErasure(NamedTuple):
    """The hash of an erased name, and when it was erased (ingest_time, ms)."""

    hashed: str
    erased_at: int


Entry: TypeAlias = SavedRecord | SavedAlert | SavedClock | SavedErasure


def record_key(force: str, topic: str, name: str) -> bytes:
    """Return the key under which a record is kept."""
    return f"{force}\0r\0{topic}\0{name}".encode()


def record_value(record: Record[Snapshot]) -> bytes | None:
    """Return what is kept of a record, or None if it has no snapshot left."""
    if not record.snapshots:
        return None
    return _packed(record.snapshots)


def alert_key(force: str, kind: Kind, alert: Alert) -> bytes:
    """Return the key under which an alert on a matter of ``kind`` is kept."""
    return f"{force}\0a\0{kind.name}\0{alert.alert_id}".encode()


def alert_value(alert: Alert) -> bytes:
    """Return what is kept of an alert: all of it."""
    return _packed([alert])


def clock_key(force: str) -> bytes:
    """Return the key under which a force's clock is kept."""
    return f"{force}\0c".encode()


def clock_value(clock: int | None, completeness: Completeness) -> bytes:
    """Return what is kept of a force's clock."""
    saved = SavedClock(
        clock, completeness.newest, completeness.vouched, completeness.heard_at, completeness.watched_since
    )
    return stamped(msgspec.msgpack.encode(saved))


def erasure_key(force: str, hashed: str) -> bytes:
    """Return the key under which an erasure is kept."""
    return f"{force}\0e\0{hashed}".encode()


def erasure_value(erased_at: int) -> bytes:
    """Return what is kept of an erasure: when it was (ms)."""
    return stamped(msgspec.msgpack.encode(erased_at))


def read(key: bytes, value: bytes) -> Entry:
    """Return one entry of the table, of this release's or an older one's.  Raises NewerStateError."""
    body = migrated(key, value)
    _force, kind, *name = key.decode().split("\0")
    match kind:
        case "r":
            return SavedRecord(_unpacked(body, RECORD_BY_TOPIC[name[0]]))
        case "a":
            return SavedAlert(_KIND_BY_NAME[name[0]], _unpacked(body, Alert)[0])
        case "e":
            return SavedErasure(name[0], msgspec.msgpack.decode(body, type=int))
        case _:
            return msgspec.msgpack.decode(body, type=SavedClock)


def _packed(records: Sequence[Snapshot] | Sequence[Alert]) -> bytes:
    """Return records of one type as bytes: the id of their schema, and a row of values for each."""
    columns = ID_BY_SUBJECT[records[0].TOPIC]
    return stamped(msgspec.msgpack.encode((columns, [msgspec.structs.astuple(record) for record in records])))


def _unpacked(body: bytes, record_type: type[T]) -> tuple[T, ...]:
    """Return the records in such bytes, of this release or an older one.  Raises NewerStateError."""
    columns, rows = msgspec.msgpack.decode(body, type=tuple[int, list[list[Any]]])
    names = _COLUMNS.get(columns)
    if names is None:
        raise NewerStateError(f"a row of schema {columns:#x}", f"schemas up to {NEWEST_ID:#x}")
    return tuple(msgspec.convert(dict(zip(names, row, strict=True)), record_type) for row in rows)
