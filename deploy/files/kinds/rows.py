"""Read the rows of any file by a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from deploy.files.kinds.json_rows import json_rows
from deploy.files.kinds.packed import Content
from deploy.files.kinds.table_row import StatedCells, TableRow
from deploy.files.kinds.text_tables import table_rows
from deploy.files.record_files import FileRefusedError

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_ROWS_LOOKED_THROUGH: Final = 1_000
"""In how many rows at the beginning each column of the mapping must be stated at least once."""
_CELLS_LOOKED_THROUGH: Final = 1 << 23
"""Characters of those rows at most, one row apart."""


def rows_of(content: Content, mapping: ColumnMapping, remark: Callable[[str], None]) -> Iterator[TableRow]:
    """Yield each row of a file or a member of an archive; ``remark`` takes what is to be said of it.

    Raises FileRefusedError where it cannot be read to its end, or not by this mapping.
    """
    match content.kind:
        case "json" | "json lines":
            yield from _with_columns(content, json_rows(content, mapping), mapping, remark)
        case "xml":
            from deploy.files.kinds.xml_rows import xml_rows  # noqa: PLC0415 - few files are XML

            yield from _with_columns(content, xml_rows(content, mapping), mapping, remark)
        case "workbook":
            from deploy.files.kinds.workbook_rows import workbook_rows  # noqa: PLC0415 - few files are workbooks

            yield from workbook_rows(content, mapping, remark)
        case _:
            yield from table_rows(content, mapping, remark)


def _with_columns(
    content: Content, rows: Iterator[TableRow], mapping: ColumnMapping, remark: Callable[[str], None]
) -> Iterator[TableRow]:
    """Yield the rows, where the first thousand state every column of the mapping that is not optional.

    A row leaves out what it does not have, so that a mistyped column would be blank for ever.  Of fewer rows none may
    have it, as in the file of a quiet night: that is remarked.  But rows that have no column at all are other ones.
    """
    missing, seen, is_enough = set(mapping.columns()), set[str](), False
    first: list[TableRow] = []
    length = 0
    for row in rows:
        first.append(row._replace(written=partial(str, row.written())))  # an element is forgotten once it is passed
        missing.difference_update(mapping.named(row.cells))
        seen.update(row.cells)
        length += sum(map(len, row.cells.values()))
        is_enough = len(first) == _ROWS_LOOKED_THROUGH or length > _CELLS_LOOKED_THROUGH
        if not missing or is_enough:
            break
    if first and all(row.problem is not None for row in first) and content.kind == "json lines" and not mapping.rows:
        raise FileRefusedError(
            f"{content.name}: {first[0].problem} in any of its first lines: where it is one object, the mapping's rows "
            'says where in it the list is, as in rows = "data.items"'
        )
    if not first and content.kind == "xml" and mapping.rows:
        remark(f"there is no element in it whose path ends as the mapping's rows says, {mapping.rows}")
    if missing and seen:
        sentence = f"the mapping's column {min(missing)!r} is in none of the first rows{_hint(missing, seen)}"
        if is_enough or missing == mapping.columns():
            raise FileRefusedError(f"{content.name}: {sentence}")
        remark(sentence)
    yield from (_renamed(row, mapping) if mapping.aliases else row for row in chain(first, rows))


def _renamed(row: TableRow, mapping: ColumnMapping) -> TableRow:
    """Return a row whose columns are called as the mapping calls them."""
    names = mapping.named(row.cells)
    if twice := [name for name in names if names.count(name) > 1]:
        return row._replace(cells={}, problem=f"the column {twice[0]!r} stands twice in it")
    return row._replace(cells=StatedCells(zip(names, row.cells.values(), strict=True)))


def _hint(missing: set[str], seen: set[str]) -> str:
    """Say where columns that are not found seem to be."""
    column = min(missing)
    within = [name.removesuffix(f".{column}") for name in seen if name.endswith(f".{column}")]
    if within:
        return f'; there is {within[0]}.{column}: rows = "{within[0]}" reads what is in {within[0]}'
    return "; where rows may lack it, optional = true says so"
