"""What commands write to the user: messages on standard error, tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

_COLUMNS_WITHOUT_TERMINAL = 250
"""Wide enough to keep lines whole for a program that reads them."""


def tell(line: str) -> None:
    """Write a line to standard error, after what was written to standard output before it."""
    sys.stdout.flush()
    sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Replace what a terminal would obey: a text may come from a record or from a file's name."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def print_table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows under the names of their columns; print nothing where there are no rows."""
    from rich.console import Console  # noqa: PLC0415 - not for commands that print no table
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")  # whoever copies a name from the table needs all of it
    for row in rows:
        table.add_row(*map(printable, row))
    if table.row_count:
        width = None if sys.stdout.isatty() else _COLUMNS_WITHOUT_TERMINAL
        Console(width=width, markup=False, highlight=False, emoji=False).print(table)
