"""What a message says of a row: Debezium's envelope, or a row as it stands.

Both come to the same: the columns, and beside them texts under names that begin with two underscores, as Debezium's
ExtractNewRecordState calls them: ``__op``, ``__deleted``, ``__source_ts_ms``, ``__source_lsn`` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from deploy.connect.topic.column_texts import is_unavailable, text_of
from deploy.connect.topic.column_types import PLAIN, ColumnType
from deploy.connect.topic.decoding import DecodedValue
from schemas.refusals import BadRecordError

Row = Mapping[str, Any]

_OURS: Final = "__"
"""How the names of what is no column begin."""
_SNAPSHOT: Final = frozenset({"true", "first", "first_in_data_collection"})
_SNAPSHOT_END: Final = frozenset({"last", "last_in_data_collection"})
_OF_TRANSACTIONS: Final = frozenset({"status", "id", "event_count"})


class ChangeKind(Enum):
    """What a message is."""

    ROW = auto()
    """A row as it is now."""
    DELETED = auto()
    """A row as it was when it was deleted."""
    TRUNCATED = auto()
    """All rows of the table are gone."""
    NO_ROW = auto()
    """Of the connector itself: a transaction, a change of schema, a heartbeat, a message in the log."""


class SnapshotPlace(Enum):
    """Where in Debezium's first reading of a table a message stands."""

    NONE = auto()
    """Outside it: from the log of changes."""
    WITHIN = auto()
    END = auto()
    """The last row of it."""
    INCREMENTAL = auto()
    """Read again beside the log of changes."""


@dataclass(slots=True)
class Change:
    """What a message says of a row."""

    kind: ChangeKind
    row: Row = field(default_factory=dict)
    """Its columns."""
    type: ColumnType = PLAIN
    metadata: dict[str, str] = field(default_factory=dict)
    """What is no column, by names that begin with two underscores."""
    committed_at: int | None = None
    """When (ms) the database committed the change; of a row in a snapshot, when the snapshot began."""
    snapshot: SnapshotPlace = SnapshotPlace.NONE


def change_of(message: DecodedValue, shape: str) -> Change:
    """Return what a message says; ``shape`` is ``debezium`` or ``rows``.  Raises BadRecordError."""
    value = message.value
    if not isinstance(value, Mapping):
        raise BadRecordError("WRONG_TYPE", "no object with a member for each column")
    if _is_envelope(value):
        if shape == "rows":
            raise BadRecordError("WRONG_RECORD", 'Debezium\'s envelope, and no row: shape = "debezium" reads it')
        return _of_envelope(value, message.type)
    if shape == "rows":
        return _of_row(value, message.type)
    if _is_of_the_connector(value):
        return Change(ChangeKind.NO_ROW, value)
    raise BadRecordError("WRONG_RECORD", 'no envelope of Debezium\'s: shape = "rows" reads rows without one')


def _is_envelope(value: Row) -> bool:
    return isinstance(value.get("op"), str) and isinstance(value.get("source"), Mapping)


def _is_of_the_connector(value: Row) -> bool:
    return value.keys() <= {"ts_ms"} or value.keys() >= _OF_TRANSACTIONS or value.keys() >= {"source", "databaseName"}


def _of_envelope(value: Row, column: ColumnType) -> Change:
    operation, source = value["op"], value["source"]
    metadata = {f"{_OURS}op": operation, f"{_OURS}ts_ms": text_of(value.get("ts_ms"))}
    metadata |= {f"{_OURS}source_{name}": text_of(stated) for name, stated in source.items()}
    kind = {"d": ChangeKind.DELETED, "t": ChangeKind.TRUNCATED, "m": ChangeKind.NO_ROW}.get(operation, ChangeKind.ROW)
    part = "before" if kind is ChangeKind.DELETED else "after"
    row = value.get(part)
    if kind in (ChangeKind.ROW, ChangeKind.DELETED) and not isinstance(row, Mapping):
        if kind is ChangeKind.ROW:
            raise BadRecordError("MISSING_FIELD", f"{part}: the row is not there")
        row = {}
    before = value.get("before")
    if kind is ChangeKind.ROW and isinstance(before, Mapping):
        row = {name: before.get(name, now) if is_unavailable(now) else now for name, now in (row or {}).items()}
    metadata[f"{_OURS}deleted"] = "true" if kind is ChangeKind.DELETED else "false"
    return Change(
        kind,
        row or {},
        column.fields.get(part, PLAIN),
        metadata,
        _milliseconds(source.get("ts_ms")),
        _snapshot(source.get("snapshot"), operation),
    )


def _of_row(value: Row, column: ColumnType) -> Change:
    metadata = {name: text_of(stated) for name, stated in value.items() if name.startswith(_OURS)}
    row = {name: stated for name, stated in value.items() if not name.startswith(_OURS)}
    is_deleted = metadata.setdefault(f"{_OURS}deleted", "false") == "true" or metadata.get(f"{_OURS}op") == "d"
    if is_deleted:
        metadata[f"{_OURS}deleted"] = "true"
    return Change(
        ChangeKind.DELETED if is_deleted else ChangeKind.ROW,
        row,
        column,
        metadata,
        _milliseconds(value.get(f"{_OURS}source_ts_ms")),
        _snapshot(value.get(f"{_OURS}source_snapshot"), metadata.get(f"{_OURS}op", "")),
    )


def _snapshot(stated: object, operation: str) -> SnapshotPlace:
    """Return where in a snapshot a message stands, by its source or by its being a row that was read."""
    stated = stated if isinstance(stated, str) else "true" if stated is True else ""
    if stated in _SNAPSHOT_END:
        return SnapshotPlace.END
    if stated == "incremental":
        return SnapshotPlace.INCREMENTAL
    if stated in _SNAPSHOT or operation == "r":
        return SnapshotPlace.WITHIN
    return SnapshotPlace.NONE


def _milliseconds(stated: object) -> int | None:
    return stated if isinstance(stated, int) and not isinstance(stated, bool) else None


def is_key_alone(change: Change, key: Row) -> bool:
    """Return whether a deleted row has nothing but its key.

    Where the table does not log whole rows, its other columns are null or, where they may not be null, what Debezium
    writes for nothing: zero, an empty text, 1970.
    """
    return all(_stands_for_nothing(value) for name, value in change.row.items() if name not in key)


def _stands_for_nothing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip("0.-{}[]") or value.startswith("1970-01-01T00:00:00")
    return not value
