"""The state of a monitor as table entries: of each record, alert, review and erasure, and the clock.

Keys are ``force NUL kind NUL name``.  Records, alerts and reviews are stored as rows of values under the id of the
schema that names their columns, so that a newer program reads what an older one wrote, fields it does not know left
out and new ones at their defaults; packing rows takes a tenth of the time that Avro takes here.  A large record is kept
a snapshot at a time.  In which order entries are written, so that whatever part of them a crash leaves behind leads to
the same end, is said in :mod:`streams.engine.persistence`.  Each entry says which format it is in
(:mod:`streams.engine.state_format`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from schemas.avro import ID_BY_SUBJECT, NEWEST_ID, SCHEMA_TEXT_BY_ID
from schemas.identifiers import normalise
from schemas.products import Alert, Review
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
_DIGITS = 32
T = TypeVar("T", bound=msgspec.Struct)
_KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class SavedRecord(msgspec.Struct, frozen=True):
    """Every snapshot kept of one record; of a large one none, as they are kept one by one."""

    snapshots: tuple[Snapshot, ...]
    topic: str
    name: str
    """What names the record, normalised."""
    forgotten_through: int | None = None
    """Through when (ms) the record's matter is forgotten, or others were when it began; None: since ever known."""
    large: bool = False
    shown_at: int | None = None
    """Where the clock first showed a crime (ms), where that is not its first event_time."""


class SavedSnapshot(NamedTuple):
    """One snapshot of a large record: it counts only where the record's own entry is there."""

    snapshot: Snapshot


class SavedAlert(NamedTuple):
    """An alert as it was last published, and where it belongs."""

    kind: Kind
    alert: Alert

    def matter(self, facts: Facts) -> Matter:
        """Return the matter that the alert is about."""
        ref = self.alert.subject_ref
        return facts.matter(self.kind, ref if self.kind is FEED else normalise(ref))


class SavedReview(NamedTuple):
    """A review as it was last published, and of which kind its report is."""

    kind: Kind
    review: Review


class SavedClock(msgspec.Struct, frozen=True):
    """Where the clock of a force stands, and how far its feeds are complete."""

    clock: int | None
    newest: dict[str, int]
    vouched: dict[str, dict[str, int]]
    heard_at: dict[str, int]
    watched_since: int = 0
    forgotten_through: int | None = None
    """The low-water mark: what was saved by then (ms) of matters that are not known is forgotten."""
    erasing: tuple[bytes, ...] | msgspec.UnsetType = msgspec.UNSET
    """While an erasure is written, hashes of the erased snapshots that alerts showed; left out where there are none."""

    def fill(self, completeness: Completeness) -> None:
        """Restore a force's completeness."""
        completeness.restore(self.newest, self.vouched, self.heard_at, self.watched_since)


class SavedForgetting(msgspec.Struct, frozen=True):
    """Some of the matters that a sweep forgets: once the clock is there they are as good as deleted."""

    at: int
    """The moment of the sweep (ms)."""
    matters: tuple[tuple[str, str], ...]
    """Kind and normalised reference of each."""


class SavedErasure(NamedTuple):
    """The hash of an erased name, and when it was erased (ingest_time, ms)."""

    hashed: str
    erased_at: int


Entry: TypeAlias = SavedRecord | SavedSnapshot | SavedAlert | SavedReview | SavedClock | SavedForgetting | SavedErasure


def record_key(force: str, topic: str, name: str) -> bytes:
    """Return the key under which a record is kept."""
    return f"{force}\0r\0{topic}\0{name}".encode()


def record_value(record: Record[Snapshot], forgotten_through: int | None, shown_at: int | None = None) -> bytes:
    """Return what is kept of a record that is small."""
    return _packed(record.snapshots, forgotten_through, shown_at)


def large_record_value(record: Record[Snapshot], forgotten_through: int | None, shown_at: int | None = None) -> bytes:
    """Return what is kept of a large record under its own key: everything but its snapshots."""
    rows = _Rows(ID_BY_SUBJECT[record.snapshots[0].TOPIC], [], forgotten_through, large=True, shown_at=shown_at)
    return _encoded(rows)


def snapshot_key(force: str, topic: str, name: str, value: bytes) -> bytes:
    """Return the key under which one snapshot of a large record, packed as ``value``, is kept.

    It follows from what the snapshot says: however often it is written, it is written in the same place.
    """
    record = sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{force}\0s\0{topic}\0{record}\0{sha256(value).hexdigest()[:_DIGITS]}".encode()


def snapshot_value(snapshot: Snapshot) -> bytes:
    """Return what is kept of one snapshot of a large record."""
    return _packed([snapshot])


def alert_key(force: str, kind: Kind, alert: Alert) -> bytes:
    """Return the key under which an alert on a matter of ``kind`` is kept."""
    return f"{force}\0a\0{kind.name}\0{alert.alert_id}".encode()


def alert_value(alert: Alert) -> bytes:
    """Return what is kept of an alert: all of it."""
    return _packed([alert])


def review_key(force: str, kind: Kind, ref: str) -> bytes:
    """Return the key under which the review of a report of ``kind`` is kept."""
    return f"{force}\0q\0{kind.name}\0{ref}".encode()


def review_value(review: Review) -> bytes:
    """Return what is kept of a review: all of it."""
    return _packed([review])


def clock_key(force: str) -> bytes:
    """Return the key under which a force's clock is kept."""
    return f"{force}\0c".encode()


def clock_value(
    clock: int | None, completeness: Completeness, forgotten_through: int | None, erasing: Collection[bytes] = ()
) -> bytes:
    """Return what is kept of a force's clock, and of an erasure that is not written to its end."""
    saved = SavedClock(
        clock,
        completeness.newest,
        completeness.vouched,
        completeness.heard_at,
        completeness.watched_since,
        forgotten_through,
        tuple(sorted(erasing)) or msgspec.UNSET,
    )
    return stamped(msgspec.msgpack.encode(saved))


def forgetting_key(force: str, number: int) -> bytes:
    """Return the key under which some of the matters of a sweep are kept while they are deleted."""
    return f"{force}\0f\0{number}".encode()


def forgetting_value(at: int, matters: Sequence[Matter]) -> bytes:
    """Return what is kept of matters that a sweep at ``at`` (ms) forgets."""
    names = tuple((matter.kind.name, matter.ref) for matter in matters)
    return stamped(msgspec.msgpack.encode(SavedForgetting(at, names)))


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
            packed, snapshots = _unpacked(body, RECORD_BY_TOPIC[name[0]])
            remembered = packed.forgotten_through, packed.large, packed.shown_at
            return SavedRecord(snapshots, name[0], name[1], *remembered)
        case "s":
            return SavedSnapshot(_unpacked(body, RECORD_BY_TOPIC[name[0]])[1][0])
        case "a":
            return SavedAlert(_KIND_BY_NAME[name[0]], _unpacked(body, Alert)[1][0])
        case "q":
            return SavedReview(_KIND_BY_NAME[name[0]], _unpacked(body, Review)[1][0])
        case "e":
            return SavedErasure(name[0], msgspec.msgpack.decode(body, type=int))
        case "f":
            return msgspec.msgpack.decode(body, type=SavedForgetting)
        case _:
            return msgspec.msgpack.decode(body, type=SavedClock)


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    """Records of one type."""

    columns: int
    """The id of the schema that names the columns."""
    rows: list[Sequence[Any]]
    forgotten_through: int | None = None
    large: bool = False
    shown_at: int | None = None
    """Left out where it is None: a release that does not know it reads over it."""


def _packed(
    records: Sequence[Snapshot] | Sequence[Alert] | Sequence[Review],
    forgotten_through: int | None = None,
    shown_at: int | None = None,
) -> bytes:
    """Return records of one type as bytes."""
    rows: list[Sequence[Any]] = [msgspec.structs.astuple(record) for record in records]
    return _encoded(_Rows(ID_BY_SUBJECT[records[0].TOPIC], rows, forgotten_through, shown_at=shown_at))


def _encoded(rows: _Rows) -> bytes:
    values = msgspec.structs.astuple(rows)
    return stamped(msgspec.msgpack.encode(values if rows.shown_at is not None else values[:-1]))


def _unpacked(body: bytes, record_type: type[T]) -> tuple[_Rows, tuple[T, ...]]:
    """Return the records in such bytes, of this release or an older one.  Raises NewerStateError."""
    packed = msgspec.msgpack.decode(body, type=_Rows)
    names = _COLUMNS.get(packed.columns)
    if names is None:
        raise NewerStateError(f"a row of schema {packed.columns:#x}", f"schemas up to {NEWEST_ID:#x}")
    return packed, tuple(msgspec.convert(dict(zip(names, row, strict=True)), record_type) for row in packed.rows)
