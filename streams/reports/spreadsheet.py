"""Tables as CSV that a spreadsheet can open without running a text as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

_FORMULA_BEGINNINGS: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table as CSV in UTF-8; None is an empty cell, and times are the caller's to write."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(map(csv_cell, row) for row in rows)
    return text.getvalue().encode()


def csv_cell(value: object) -> str:
    """Write one cell; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_BEGINNINGS) and not isinstance(value, int | float) else text
