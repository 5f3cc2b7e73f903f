"""The cells of a message's row, as a mapping reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from deploy.connect.topic.changes import Change
from deploy.connect.topic.column_texts import is_unavailable, text_of
from deploy.connect.topic.column_types import PLAIN, ColumnType
from schemas.refusals import BadRecordError

_JSON: Final = "io.debezium.data.Json"
_NOT_SENT: Final = (
    "left as it was by the change, and not sent: REPLICA IDENTITY FULL has the database send it, a mapping that does "
    "not read it does not need it"
)


class RowCells(dict[str, str]):
    """The cells of a row by column; those of a row within the row by both names, ``address.postcode``.

    What is no column (``__op``, ``__kafka_offset``) can be read, and is in no digest of all columns.  A column that
    cannot be read, or is not there, refuses the row where the mapping reads it, and not before.
    """

    def __init__(
        self,
        row: Mapping[str, Any],
        column: ColumnType,
        metadata: Mapping[str, str],
        *,
        zone: ZoneInfo | None = None,
        aliases: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """``zone`` is that of times without one; ``aliases`` are other names, by the mapping's own."""
        super().__init__()
        self._zone = zone
        self._aliases = aliases or {}
        self._metadata = metadata
        self._refusals: dict[str, BadRecordError] = {}
        self._fill("", row, column)

    def __missing__(self, name: str) -> str:
        if (text := self._metadata.get(name)) is not None:
            return text
        if (refusal := self._refusal(name)) is not None:
            raise BadRecordError(refusal.reason, f"column {name}: {refusal.detail}")
        if (alias := self._alias(name)) is not None:
            return self[alias]
        if self._is_within_null(name):
            return ""
        raise BadRecordError("MISSING_FIELD", f"column {name}: not in the message")

    def get(self, name: str, default: Any = "") -> Any:  # noqa: ANN401 - as dict has it
        """Return a cell, or ``default``.  Raises BadRecordError where it is there and cannot be read."""
        return self[name] if self._has(name) or self._alias(name) is not None else default

    def _has(self, name: str) -> bool:
        return name in self or name in self._metadata or self._refusal(name) is not None

    def _alias(self, name: str) -> str | None:
        """Return the other name under which a column stands here."""
        return next((alias for alias in self._aliases.get(name, ()) if self._has(alias)), None)

    def _refusal(self, name: str) -> BadRecordError | None:
        """Return why a column, or the row that it is a part of, cannot be read."""
        while name not in self._refusals and "." in name:
            name = name.rpartition(".")[0]
        return self._refusals.get(name)

    def _is_within_null(self, name: str) -> bool:
        while "." in name:
            name = name.rpartition(".")[0]
            if name in self:
                return not self[name]
        return False

    def _fill(self, place: str, row: Mapping[str, Any], column: ColumnType) -> None:
        for name, value in row.items():
            full_name, inner = f"{place}{name}", column.fields.get(str(name), column.items or PLAIN)
            if is_unavailable(value):
                self._refusals[full_name] = BadRecordError("MISSING_FIELD", _NOT_SENT)
                continue
            try:
                self[full_name] = text_of(value, inner, self._zone)
            except BadRecordError as refusal:
                self._refusals[full_name] = refusal
                continue
            if isinstance(value, Mapping):
                self._fill(f"{full_name}.", value, inner)
            elif inner.name == _JSON and isinstance(within := _json(value), Mapping):
                self._fill(f"{full_name}.", within, PLAIN)


def cells_of(
    change: Change,
    types: Mapping[str, ColumnType],
    places: Mapping[str, str],
    *,
    zone: ZoneInfo | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
) -> RowCells:
    """Return the cells of a change.

    ``types`` are those that the definition states, for messages without a schema; ``places`` are what the message says
    beside its value.
    """
    column = change.type
    if types:
        column = ColumnType(column.name, column.scale, column.is_bytes, column.items, {**column.fields, **types})
    return RowCells(change.row, column, {**places, **change.metadata}, zone=zone, aliases=aliases)


def shape_of(key: Mapping[str, Any]) -> str:
    """Describe a key without what stands in it: columns with the shape of their value (``AA/9999``)."""
    return ", ".join(f"{name} {_shape(value)}" for name, value in key.items()) or "none"


def _shape(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    signs = ("9" if sign.isdigit() else "A" if sign.isalpha() else sign for sign in text[:40])
    return "".join(signs) + ("..." if len(text) > 40 else "")


def _json(text: object) -> object:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else None
    except (msgspec.DecodeError, RecursionError):
        return None
