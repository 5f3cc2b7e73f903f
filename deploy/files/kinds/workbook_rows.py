"""Read a sheet of a workbook: Excel's of any age, or LibreOffice's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from deploy.files.kinds import workbook_process
from deploy.files.kinds.header import LINES_SEARCHED, TableHeader
from deploy.files.kinds.packed import LARGEST_WORKBOOK, Content, too_large
from deploy.files.kinds.recognition import is_encrypted
from deploy.files.kinds.table_row import TableRow
from deploy.files.record_files import FileRefusedError

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_UNREADABLE: Final = "not a workbook that can be read: damaged, or more than there is memory for; save it as CSV"


def workbook_rows(content: Content, mapping: ColumnMapping, remark: Callable[[str], None]) -> Iterator[TableRow]:
    """Yield each row of a sheet, by its number there.

    Raises FileRefusedError where there is no such sheet, or the mapping cannot be used with it.
    """
    with content.opened() as source:
        _require_readable(content, source)
        lines = _lines(content, source, mapping.sheet)
        sheet = next(lines)
        others = sheet["others"] if mapping.sheet is None else []
        if others:
            remark(f"its first sheet, {sheet['sheet']!r}, is read; the mapping's sheet can name another")
        rows = enumerate(lines, 1)
        first = next((row for row in rows if any(row[1]) and row[0] >= (mapping.header_row or 0)), None)
        if first is None and not mapping.header_row:
            raise FileRefusedError(f"{content.name}: its sheet {sheet['sheet']!r} is empty")
        try:
            below = ((f"header_row = {number}", cells) for number, cells in islice(rows, LINES_SEARCHED))
            header = TableHeader.read(content.name, None, first and first[1], mapping, others=below)
        except FileRefusedError as refusal:
            raise FileRefusedError(f"{refusal}{_sheets_hint(sheet['sheet'], others)}") from None
        if first and mapping.header_row == 0:
            yield _row(*first, header, mapping)
        for number, cells in rows:
            yield _row(number, cells, header, mapping)


def _sheets_hint(sheet: str, others: list[str]) -> str:
    """Say which sheet a refusal is about, where no mapping names it and there are others."""
    names = ", ".join(map(repr, others))
    return f"; this is its first sheet, {sheet!r}: the mapping's sheet can name another, {names}" if others else ""


def _lines(content: Content, source: BinaryIO, sheet: str | None) -> Iterator[Any]:
    """Yield what the process that reads the workbook writes: which sheet it is, and then its rows.

    Raises FileRefusedError where it says what is wrong, or ends before the sheet does.
    """
    os.lseek(source.fileno(), 0, os.SEEK_SET)
    command = [sys.executable, "-I", workbook_process.__file__, *([] if sheet is None else [sheet])]
    reading = subprocess.Popen(command, stdin=source.fileno(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        for written in reading.stdout or ():
            line = msgspec.json.decode(written)
            if isinstance(line, dict) and "fault" in line:
                raise FileRefusedError(f"{content.name}: {line['fault']}")
            if isinstance(line, dict) and "end" in line:
                return
            yield line
        raise FileRefusedError(f"{content.name}: {_UNREADABLE}")
    finally:
        reading.kill()
        reading.communicate()


def _require_readable(content: Content, source: BinaryIO) -> None:
    if source.seek(0, os.SEEK_END) > LARGEST_WORKBOOK:
        raise too_large(content.name)
    source.seek(0)
    if is_encrypted(source):
        raise FileRefusedError(f"{content.name}: a workbook encrypted by a password: save it without one")


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
