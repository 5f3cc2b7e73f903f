"""Tables as CSV that a spreadsheet can open without taking a text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table in UTF-8; None is an empty cell."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(header)
    table.writerows(map(cell, row) for row in rows)
    return text.getvalue().encode()


def cell(value: object) -> str:
    """Write one cell: numbers as they are, a text that would be a formula behind an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) and not isinstance(value, int | float) else text
