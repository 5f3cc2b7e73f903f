"""Read a sheet of a workbook: Excel's of any age, or LibreOffice's.

A cell comes out as a person reads it: 12345.0 as 12345, a date in ISO 8601, a formula by the value saved with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound

from deploy.files.kinds.header import TableHeader
from deploy.files.kinds.json_rows import number_text
from deploy.files.kinds.packed import LARGEST_WORKBOOK, Content, too_large
from deploy.files.kinds.recognition import is_encrypted
from deploy.files.kinds.table_row import TableRow
from deploy.files.record_files import FileRefusedError

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_MOST_DIGITS: Final = 1e15
"""Beyond it a workbook has lost digits: such a number is written so that it is no reference."""
_ENCRYPTED: Final = "a workbook encrypted by a password: save it without one"


def workbook_rows(content: Content, mapping: ColumnMapping, remark: Callable[[str], None]) -> Iterator[TableRow]:
    """Yield each row of a sheet, by its number there.

    Raises FileRefusedError where there is no such sheet, or the mapping cannot be used with it.
    """
    with content.opened() as source:
        sheet = _sheet(content, source, mapping, remark)
        rows = enumerate(([_text(cell) for cell in row] for row in sheet.iter_rows()), 1)
        first = next((row for row in rows if any(row[1]) and row[0] >= (mapping.header_row or 0)), None)
        header = TableHeader.read(content.name, None, first and first[1], mapping)
        if first is not None and mapping.header_row == 0:
            yield _row(*first, header, mapping)
        for number, cells in rows:
            yield _row(number, cells, header, mapping)


def _sheet(content: Content, source: BinaryIO, mapping: ColumnMapping, remark: Callable[[str], None]) -> CalamineSheet:
    names: list[str] = []
    try:
        _require_readable(content, source)
        book = CalamineWorkbook.from_filelike(source)
        names = book.sheet_names
        if not names:
            raise FileRefusedError(f"{content.name}: a workbook without a sheet")
        if mapping.sheet is None and len(names) > 1:
            remark(f"its first sheet, {names[0]!r}, is read; the mapping's sheet can name another")
        return book.get_sheet_by_name(mapping.sheet or names[0])
    except PasswordError:
        raise FileRefusedError(f"{content.name}: {_ENCRYPTED}") from None
    except WorksheetNotFound:
        listed = ", ".join(map(repr, names))
        raise FileRefusedError(f"{content.name}: no sheet is called {mapping.sheet!r}; there are {listed}") from None
    except CalamineError as fault:
        sentence = " ".join(str(fault).split())
        raise FileRefusedError(f"{content.name}: not a workbook that can be read: {sentence}") from None


def _require_readable(content: Content, source: BinaryIO) -> None:
    head = source.read(LARGEST_WORKBOOK + 1) if content.kind == "workbook" else b""
    source.seek(0)
    if len(head) > LARGEST_WORKBOOK:
        raise too_large(content.name)
    if is_encrypted(head):
        raise FileRefusedError(f"{content.name}: {_ENCRYPTED}")


def _row(number: int, texts: list[str], header: TableHeader, mapping: ColumnMapping) -> TableRow:
    if not any(map(str.strip, texts)):
        return TableRow(number, is_blank=True)
    if mapping.is_footer(next(filter(None, texts))):
        return TableRow(number, is_footer=True)
    written = partial(",".join, texts)
    cells = header.cells(texts)
    if isinstance(cells, str):
        return TableRow(number, written=written, problem=cells)
    return TableRow(number, cells, written)


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() | int():
            return str(cell) if abs(cell) >= _MOST_DIGITS else number_text(Decimal(repr(cell)))
        case dt.datetime():
            return cell.isoformat(" ")
        case dt.timedelta():
            minutes, seconds = divmod(cell // dt.timedelta(seconds=1), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)
