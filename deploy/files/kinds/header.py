"""The names of a table's columns, and a row's cells by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.files.kinds.encodings import seeming_encoding
from deploy.files.record_files import FileRefusedError
from schemas.quantities import counted

if TYPE_CHECKING:
    from deploy.files.csv_rows import CsvRow
    from deploy.files.mapping import ColumnMapping

_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"\s*')


LINES_SEARCHED: Final = 20
"""Rows in which names are looked for that the first does not have."""


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The columns of one table."""

    names: tuple[str, ...]
    """The name of each column, as the mapping calls it; blank where it has none."""
    nameless: frozenset[int]
    """The places of columns without a name, where there are several: they must hold nothing."""
    spare: int
    """How many nameless columns stand at the end; a row may lack them."""

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.names)

    @classmethod
    def read(
        cls,
        path: Path,
        fault: str | None,
        cells: Sequence[str] | None,
        mapping: ColumnMapping,
        encoding: str = "",
        others: Iterable[tuple[str, Sequence[str]]] = (),
    ) -> TableHeader:
        """Return the columns that the cells of the first row name.

        ``others`` has rows in which the names are looked for where the first has not all of them, by what the mapping
        must say for them to be the first.
        Raises FileRefusedError where the mapping cannot be used with them.
        """
        if cells is None:
            row = mapping.header_row
            what = f"there is no row in line {row} or below" if row else "the file is empty"
            raise FileRefusedError(f"{path}: {what}")
        if fault is not None:
            raise FileRefusedError(f"{path}: the first row is {fault}")
        names = _names(cells, mapping)
        if any("\0" in name for name in names):
            is_utf_16 = "".join(names).count("\0") * 4 > sum(map(len, names))
            what = "but UTF-16, it seems: the mapping's encoding says which" if is_utf_16 else "at all: it holds NULs"
            raise FileRefusedError(f"{path}: not {encoding} text {what}")
        blank = [place for place, name in enumerate(names) if not name]
        nameless = frozenset(blank if len(blank) > 1 else ())
        named = [name for place, name in enumerate(names) if place not in nameless]
        twice = [name for name in named if named.count(name) > 1]
        missing = sorted(mapping.columns() - set(names))
        if missing and mapping.columns().isdisjoint(twice):
            besides = f" (nor {counted(len(missing) - 1, 'other')})" if len(missing) > 1 else ""
            hint = _encoding_hint(names) or _row_hint(others, mapping) or _likeness_hint(missing[0], names)
            raise FileRefusedError(
                f"{path}: the mapping's column {missing[0]!r} is not in the first row{besides}{hint}"
            )
        if twice:
            raise FileRefusedError(f"{path}: the column {twice[0]!r} stands twice in the first row")
        spare = sum(1 for _ in takewhile(lambda name: not name, reversed(names))) if nameless else 0
        return cls(tuple(names), nameless, spare)

    @staticmethod
    def columns_found(cells: Sequence[str], mapping: ColumnMapping) -> int:
        """Count the columns of the mapping that the cells of a first row name."""
        return len(mapping.columns().intersection(_names(cells, mapping)))

    def cells(self, cells: Sequence[str]) -> dict[str, str] | str:
        """Return the cells of a row by column, or what is wrong with it."""
        if len(cells) not in (self.width, self.width - self.spare):
            return f"{counted(len(cells), 'column')}, the first row has {self.width}"
        if not self.nameless:
            return dict(zip(self.names, map(unwrapped, cells), strict=True))
        if strays := [place for place in self.nameless if place < len(cells) and cells[place].strip()]:
            return f"column {min(strays) + 1} holds something, and the first row has no name for it"
        return {
            name: unwrapped(cell)
            for place, (name, cell) in enumerate(zip(self.names, cells, strict=False))
            if place not in self.nameless
        }


def first_row_fault(row: CsvRow | None) -> str | None:
    """Return why the first row is none."""
    return None if row is None else row.problem


def _names(cells: Sequence[str], mapping: ColumnMapping) -> list[str]:
    names = [name.strip() for name in cells]
    if mapping.header_row == 0:
        return [str(number) for number in range(1, len(names) + 1)]
    if names:
        names[0] = names[0].removeprefix("\ufeff")
    return mapping.named(names)


def _encoding_hint(names: Sequence[str]) -> str:
    """Say in what encoding a header seems to be that is not UTF-8."""
    foreign = "".join(names).encode(errors="surrogateescape")
    try:
        foreign.decode()
    except UnicodeDecodeError:
        return f"; the row is not UTF-8; {seeming_encoding(foreign)}"
    return ""


def _row_hint(rows: Iterable[tuple[str, Sequence[str]]], mapping: ColumnMapping) -> str:
    """Say what the mapping must say for the columns' names to be found, if a row has them all."""
    wanted = len(mapping.columns())
    key = next((key for key, cells in rows if TableHeader.columns_found(cells, mapping) == wanted), None)
    return "" if key is None else f"; with {key} in the mapping all of them are found"


def _likeness_hint(missing: str, names: Sequence[str]) -> str:
    """Say which column is called much like one that is not there."""
    near = get_close_matches(missing, names, n=1, cutoff=0.75)
    return f"; one is called {near[0]!r}" if near else ""


def unwrapped(cell: str) -> str:
    """Return the text of a cell such as ``="0123"``, by which exports keep leading zeros."""
    formula = _TEXT_FORMULA.fullmatch(cell) if cell.startswith("=") else None
    return cell if formula is None else formula[1].replace('""', '"')
