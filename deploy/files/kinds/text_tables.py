"""Read tables of text: their encoding, what separates their columns, and their rows."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, Final

from deploy.files.csv_rows import LARGEST_ROW, CsvReader, CsvRow
from deploy.files.kinds.encodings import seeming_encoding
from deploy.files.kinds.header import LINES_SEARCHED, TableHeader, first_row_fault
from deploy.files.kinds.packed import Content
from deploy.files.kinds.table_row import TableRow
from deploy.files.record_files import FileRefusedError

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

DELIMITERS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
"""What separates columns where the mapping does not say, and how messages call it."""
_BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The encoding that each says; a longer mark stands before one that it begins with."""
_FOREIGN_BYTE: Final = re.compile("[\udc80-\udcff]")
"""A byte that is not text in the encoding."""
_SAMPLE_BYTES: Final = 1 << 16
"""How many bytes of such lines tell what they are."""
NO_END: Final = "its last line has no end: is the file whole?"


def table_rows(content: Content, mapping: ColumnMapping, remark: Callable[[str], None]) -> Iterator[TableRow]:
    """Yield each row below the columns' names; ``remark`` takes what is to be said of the file.

    Raises FileRefusedError where the mapping cannot be used with it.
    """
    with content.opened() as beginning:
        encoding = _encoding(beginning, mapping)
    delimiter = mapping.delimiter or _delimiter(content, mapping, encoding)
    with content.opened() as source:
        table = CsvReader(_lines(source, encoding), delimiter)
        rows = iter(table)
        first = _first(rows, mapping)
        header = TableHeader.read(
            content.name,
            first_row_fault(first),
            first and first.cells,
            mapping,
            encoding,
            _beginning(content, mapping, encoding),
        )
        table.columns, table.spare = header.width, header.spare
        foreign = bytearray()
        for row in chain([first] if first is not None and mapping.header_row == 0 else [], rows):
            if not all(map(str.isascii, row.lines)) and len(foreign) < _SAMPLE_BYTES:
                foreign += _foreign_bytes(row)
            yield _row(row, table, header, mapping)
        if foreign:
            remark(f"not {encoding.removesuffix('-sig')} throughout; {seeming_encoding(bytes(foreign))}")
        if not table.ended:
            remark(NO_END)


def _foreign_bytes(row: CsvRow) -> bytes:
    """Return the lines of a row that are not text in the encoding; without their ends."""
    return b"".join(
        line.encode(errors="surrogateescape") for line in row.lines if not line.isascii() and _FOREIGN_BYTE.search(line)
    )


def _row(row: CsvRow, table: CsvReader, header: TableHeader, mapping: ColumnMapping) -> TableRow:
    if row.is_blank:
        return TableRow(row.line, is_blank=True)
    if mapping.is_footer(row.lines[0]):
        return TableRow(row.line, is_footer=True)
    written = partial(as_written, row.lines)
    last_line = row.line + len(row.lines) - 1
    if row.problem is not None:
        return TableRow(row.line, written=written, problem=row.problem, last_line=last_line)
    cells = header.cells(row.cells)
    if isinstance(cells, str):
        return TableRow(row.line, written=written, problem=cells, last_line=last_line)
    within: list[dict[str, str]] = []
    if len(row.lines) > 1:
        hidden = (header.cells(inner.cells) for inner in table.rows_within(row))
        within = [cells for cells in hidden if not isinstance(cells, str)]
    return TableRow(row.line, cells, written, within=within, last_line=last_line)


def _encoding(content: BinaryIO, mapping: ColumnMapping) -> str:
    """Return the encoding that a byte order mark says, or the mapping, or UTF-8."""
    head = content.read(4)
    stated = next((name for mark, name in _BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    return stated or mapping.encoding or "utf-8"


def _lines(content: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield each line with its end, none longer than a row may be by more than a character."""
    text = io.TextIOWrapper(content, encoding, "surrogateescape", newline="")
    while line := text.readline(LARGEST_ROW + 1):
        yield line
        while len(line) > LARGEST_ROW and not line.endswith(("\r", "\n")):
            line = text.readline(LARGEST_ROW + 1)  # the rest of a line that is no row
    text.detach()


def _first(rows: Iterator[CsvRow], mapping: ColumnMapping) -> CsvRow | None:
    """Return the row of the columns' names, or the first where there are none."""
    return next((row for row in rows if not row.is_blank and row.line >= (mapping.header_row or 0)), None)


def _beginning(content: Content, mapping: ColumnMapping, encoding: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the first rows, by any delimiter, with the keys of a mapping that name each the header."""
    first = mapping.header_row or 1
    for delimiter in dict.fromkeys([mapping.delimiter or ",", *DELIMITERS]):
        keys = [f"delimiter = {json.dumps(delimiter)}"] if mapping.delimiter not in (None, delimiter) else []
        with content.opened() as source:
            for row in islice(CsvReader(_lines(source, encoding), delimiter), LINES_SEARCHED):
                if row.problem is None:
                    line = [] if row.line == first else [f"header_row = {row.line}"]
                    yield " and ".join([*keys, *line]), row.cells


def _delimiter(content: Content, mapping: ColumnMapping, encoding: str) -> str:
    """Return what separates columns so that the mapping's are found; a comma where it does.

    Where none does, return the one by which most are found, so that it is said which are not.  Raises
    FileRefusedError where several others do.
    """
    wanted, number_by_delimiter = len(mapping.columns()), dict[str, int]()
    for delimiter in DELIMITERS:
        with content.opened() as source:
            row = _first(iter(CsvReader(_lines(source, encoding), delimiter)), mapping)
        if row is not None and row.problem is None:
            number_by_delimiter[delimiter] = TableHeader.columns_found(row.cells, mapping)
            if delimiter == "," and number_by_delimiter[delimiter] == wanted:
                return delimiter
    delimiters = [delimiter for delimiter, number in number_by_delimiter.items() if number == wanted]
    if len(delimiters) > 1:
        names = " and by ".join(DELIMITERS[delimiter] for delimiter in delimiters)
        raise FileRefusedError(
            f"{content.name}: the mapping's columns are found where they are separated by {names}: the mapping's "
            "delimiter says which"
        )
    return max(number_by_delimiter, key=lambda delimiter: number_by_delimiter[delimiter], default=",")


def as_written(lines: list[str]) -> str:
    """Return a row as the file has it; bytes and characters that no text holds are spelled out."""
    text = "".join(lines).rstrip("\r\n")
    try:
        return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
    except UnicodeEncodeError:
        return text.encode(errors="backslashreplace").decode()
