"""Tables as CSV that a spreadsheet can open without running a text as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Final

_FORMULA_BEGINNINGS: Final = ("=", "+", "-", "@")
_BREAKS: Final = ("\t", "\r", "\n")
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
"""Categories of signs that spreadsheets skip before a formula: blanks, controls, marks of direction."""


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
    return f"'{text}" if not isinstance(value, int | float) and _begins_formula(text) else text


def _begins_formula(text: str) -> bool:
    """Return whether a spreadsheet might run a text.

    The first sign one sees decides, in full width and small forms too.
    """
    first = next((sign for sign in text if unicodedata.category(sign) not in _UNSEEN), "")
    return text.startswith(_BREAKS) or unicodedata.normalize("NFKC", first).startswith(_FORMULA_BEGINNINGS)
