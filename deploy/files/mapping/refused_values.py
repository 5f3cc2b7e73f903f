"""Say of a refused row which column a value came from, and its shape; never the value itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from schemas.refusals import BadRecordError

if TYPE_CHECKING:
    from deploy.files.mapping.column_mapping import ColumnMapping

_LONGEST: Final = 24
"""Characters of a shape."""
_FIELD: Final = re.compile(r"[a-z_]+")


def shape_of(text: str) -> str:
    """Return a text with 9 for each digit and A for each letter, and its signs: ``99/99/9999``."""
    signs = (
        "9" if sign.isnumeric() else "A" if sign.isalpha() else sign if sign.isprintable() and sign != "'" else "?"
        for sign in text[:_LONGEST]
    )
    return "".join(signs) + ("\N{HORIZONTAL ELLIPSIS}" if len(text) > _LONGEST else "")


def with_columns(refusal: BadRecordError, mapping: ColumnMapping, cells: Mapping[str, str]) -> BadRecordError:
    """Return a refusal that names the columns of the field that it begins with, and their shapes."""
    field = _FIELD.match(refusal.detail)
    columns = [] if field is None else list(dict.fromkeys(mapping.columns_of(field[0])))
    if not columns:
        return refusal
    return BadRecordError(refusal.reason, f"{refusal.detail}; {', '.join(_described(columns, cells))}")


def _described(columns: list[str], cells: Mapping[str, str]) -> Iterator[str]:
    for column in columns:
        text = cells.get(column, "").strip()
        yield f"column {column!r}: {shape_of(text)!r}" if text else f"column {column!r} is blank"
