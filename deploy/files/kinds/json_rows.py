"""Read the objects of a JSON list, one by one, or of JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.kinds.json_elements import CutListError, JsonElements, MalformedListError
from deploy.files.kinds.packed import Content
from deploy.files.kinds.table_row import ListText, StatedCells, TableRow
from deploy.files.kinds.workbook_process import number_text
from deploy.files.record_files import FileNotWholeError, FileRefusedError, numbered
from schemas.refusals import BadRecordError
from schemas.rows import require_keys_once

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_DEEPEST: Final = 32
_NOT_AN_OBJECT: Final = "not one JSON object"


def json_rows(content: Content, mapping: ColumnMapping) -> Iterator[TableRow]:
    """Yield each object of a JSON list, numbered from 1, or of JSON Lines by its line."""
    for number, text in elements(content, mapping.rows):
        written = partial(text.rstrip(b"\r\n").decode, errors="backslashreplace")
        try:
            cells = cells_of(text)
        except BadRecordError as refusal:
            yield TableRow(number, written=written, problem=refusal.detail)
        else:
            yield TableRow(number, cells, written)


def elements(content: Content, rows: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield the text of each element of the list at ``rows``, or of each line.

    Raises FileRefusedError where there is no such list.
    """
    try:
        with content.opened() as source:
            if content.kind != "json" and rows is None:
                yield from numbered(content.name, source)
            else:
                yield from enumerate(JsonElements(source, tuple(rows.split(".")) if rows else ()), 1)
    except CutListError as fault:
        raise FileNotWholeError(f"{content.name}: {fault}") from None
    except MalformedListError as fault:
        raise FileRefusedError(f"{content.name}: {fault}") from None


def cells_of(text: bytes) -> StatedCells:
    """Return an object's values by column, an inner object's as ``outer.inner``.

    Raises BadRecordError.
    """
    if len(text) > LARGEST_ROW:
        raise BadRecordError("TOO_LARGE", f"longer than {LARGEST_ROW} bytes")
    try:
        value = _DECODER.decode(text)
        require_keys_once(value, text)
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        raise BadRecordError("NOT_JSON", _NOT_AN_OBJECT) from None
    cells = StatedCells()
    for column, written in _cells("", value, 0):
        if column in cells:
            raise BadRecordError("NOT_JSON", "two of its keys are one column")
        cells[column] = written
    return cells


def _cells(prefix: str, value: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise BadRecordError("NOT_JSON", f"objects within objects, more than {_DEEPEST} deep")
    for key, item in value.items():
        name = f"{prefix}{key.strip()}"
        if isinstance(item, dict):
            yield from _cells(f"{name}.", item, depth + 1)
        elif isinstance(item, list):
            yield from _listed(name, item, depth)
        else:
            yield name, _text(item)


def _listed(name: str, items: list[Any], depth: int) -> Iterator[tuple[str, str]]:
    """Yield a list of texts as one cell, and one of objects as a cell for each of their keys."""
    by_column: dict[str, list[str]] = {} if any(isinstance(item, dict) for item in items) else {name: []}
    for item in items:
        if isinstance(item, dict):
            for column, written in _cells(f"{name}.", item, depth + 1):
                by_column.setdefault(column, []).extend(written.items if isinstance(written, ListText) else (written,))
        elif isinstance(item, list):
            by_column.setdefault(name, []).append(_ENCODER.encode(item).decode())
        else:
            by_column.setdefault(name, []).append(_text(item))
    for column, texts in by_column.items():
        yield column, ListText.of(filter(None, texts))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else str(value)
