"""Tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from deploy.cli.framework.outcomes import printable

_WIDE = 250
"""Columns where there is no terminal to fit into: lines stay whole for whatever reads them."""


def print_table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows under their columns' names; nothing where there are no rows."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")  # a name cut short could not be looked for
    for row in rows:
        table.add_row(*map(printable, row))
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else _WIDE, markup=False, highlight=False).print(table)
