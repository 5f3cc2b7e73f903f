"""Read the rows of a file as records: JSON Lines as they are, CSV by a mapping.

A bad row comes with its reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.files.csv_rows import CsvReader, CsvRow
from deploy.files.mapping import RowOrder, RowTimes
from deploy.files.record_files import FileRefusedError, numbered_lines, opened
from deploy.files.spools import change_time
from schemas.admission import UnknownClasses, require_not_ahead
from schemas.codec import MAX_BYTES, Codec
from schemas.quantities import counted
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import from_fields, read_json

if TYPE_CHECKING:
    from deploy.files.feedings import Feedings
    from deploy.files.mapping import ColumnMapping

_ROWS_AT_ONCE = 1_000_000
"""What a millisecond of feeding time counts in a revision, so that the rows of one feeding have places of their own."""
_LAST_FEEDING = 2**63 - 2**40
"""From the year 2262 on, feedings are ordered within themselves alone: a revision has 64 bits."""
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"\s*')
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""A byte order mark of UTF-16, read as UTF-8."""


class FileRow(NamedTuple):
    """One row of a file, or one of the records that it holds."""

    line: int
    """The number of its first line, from 1."""
    text: str
    """A refused row as the file has it, or very nearly."""
    record: Snapshot | Heartbeat | None = None
    """Its record; None where the mapping skips it or it is refused."""
    refusal: BadRecordError | None = None
    """Why it is no record."""
    is_blank: bool = False
    """Whether there is nothing in it but separators."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads files of one topic."""

    topic: str
    mapping: ColumnMapping | None
    """What a CSV file's columns mean; None for JSON Lines."""
    read_at: int
    """The reader's clock (ms)."""
    far_future: int
    """How far ahead of it (ms) a record may be."""
    unknown_classes: UnknownClasses = field(default_factory=UnknownClasses)
    remarks: dict[Path, str] = field(default_factory=dict)
    """What is to be said of a file that could be read."""
    _codec: Codec = field(default_factory=Codec)
    feedings: Feedings | None = None
    """What was fed before; a file fed again has the places that it had."""
    _first_places: dict[Path, int] = field(default_factory=dict)
    """Where the rows of each file of this feeding begin."""
    _lines: dict[Path, int] = field(default_factory=dict)
    """How many lines each file has whose rows have a place in this feeding."""

    def rows(self, path: Path) -> Iterator[FileRow]:
        """Yield each row of a file; of JSON Lines, those that are not blank.

        Raises FileRefusedError where it cannot be read to its end.
        """
        if self.mapping is None:
            for number, line in numbered_lines(path):
                yield self._of_json(number, line)
        else:
            yield from self._of_table(path, self.mapping)

    def records(
        self, path: Path, refuse: Callable[[int, BadRecordError], None], empty: list[Path]
    ) -> Iterator[Snapshot | Heartbeat]:
        """Yield the records of a file; ``refuse`` takes the line of each bad row, and what is wrong with it.

        A file without a row goes into ``empty``.  Raises FileRefusedError.
        """
        is_empty = True
        for row in self.rows(path):
            is_empty = is_empty and row.is_blank
            if row.refusal is not None:
                refuse(row.line, row.refusal)
            elif row.record is not None:
                yield row.record
        if is_empty:
            empty.append(path)

    def _of_json(self, number: int, line: bytes) -> FileRow:
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        try:
            return FileRow(number, text, self._admitted(read_json(self.topic, line, self.unknown_classes), len(line)))
        except BadRecordError as refusal:
            return FileRow(number, text, refusal=refusal)

    def _of_table(self, path: Path, mapping: ColumnMapping) -> Iterator[FileRow]:
        with opened(path) as content:
            changed_at = change_time(path)
            table = CsvReader(
                io.TextIOWrapper(content, mapping.encoding, "surrogateescape", newline=""), mapping.delimiter
            )
            rows = iter(table)
            first = next((row for row in rows if not row.is_blank and row.line >= (mapping.header_row or 0)), None)
            header = _header(path, first, mapping)
            table.columns = len(header)
            first_place = self._first_place(path, mapping)
            times = RowTimes(first_place // _ROWS_AT_ONCE, changed_at // 1_000_000)
            for row in chain([first] if first is not None and mapping.header_row == 0 else [], rows):
                if row.is_blank:
                    yield FileRow(row.line, "", is_blank=True)
                    continue
                self._lines[path] = row.line
                if mapping.is_footer(row.lines[0]):
                    yield FileRow(row.line, "")
                    continue
                place = (RowOrder(first_place + row.line, changed_at + row.line, row.line), times)
                read = self._of_cells(row, header, mapping, place)
                hidden = self._hidden_rows(row, table, header, mapping) if len(row.lines) > 1 else None
                yield from read if hidden is None else [hidden]
            if not table.ended:
                self.remarks.setdefault(path, "its last line has no end: is the file whole?")

    def _first_place(self, path: Path, mapping: ColumnMapping) -> int:
        """Return where the rows of a file begin in the order of feeding: behind those of the files before it."""
        if path not in self._first_places:
            place = min(self.read_at * _ROWS_AT_ONCE, _LAST_FEEDING) + sum(self._lines.values())
            if self.feedings is not None and mapping.reads_feeding_time:
                place = self.feedings.first_place(path, mapping, place)
            self._first_places[path] = place
        return self._first_places[path]

    def _of_cells(
        self, row: CsvRow, header: list[str], mapping: ColumnMapping, place: tuple[RowOrder, RowTimes]
    ) -> list[FileRow]:
        problem = row.problem
        if problem is None and len(row.cells) != len(header):
            problem = f"{counted(len(row.cells), 'column')}, the first row has {len(header)}"
        if problem is not None:
            return [FileRow(row.line, _as_written(row.lines), refusal=BadRecordError("WRONG_TYPE", problem))]
        cells = dict(zip(header, map(_unwrapped, row.cells), strict=True))
        return self.of_cells(row.line, cells, mapping, place, lambda: _as_written(row.lines))

    def of_cells(
        self,
        number: int,
        cells: dict[str, str],
        mapping: ColumnMapping,
        place: tuple[RowOrder, RowTimes],
        written: Callable[[], str],
    ) -> list[FileRow]:
        """Return each record of a row by its cells, each under the name that the mapping has for its column.

        Where one of them is none, the row is refused as a whole, and ``written`` says what is kept of it.  A column
        that the mapping needs must be there.
        """
        try:
            read = [from_fields(self.topic, fields, self.unknown_classes) for fields in mapping.read(cells, *place)]
            length = sum(map(len, cells.values()))
            records = [FileRow(number, "", self._admitted(record, length)) for record in read]
            return records or [FileRow(number, "")]
        except BadRecordError as refusal:
            return [FileRow(number, written(), refusal=refusal)]

    def _hidden_rows(self, row: CsvRow, table: CsvReader, header: list[str], mapping: ColumnMapping) -> FileRow | None:
        """Refuse a row of several lines of which one is a record: its quote was closed too late.

        None of those lines is fed, since whoever writes a cell's text must not be able to write a row.
        """
        nowhere = (RowOrder(0, 0, 0), RowTimes(0, 0))
        rows = (self._of_cells(within, header, mapping, nowhere) for within in table.rows_within(row))
        hidden = sum(within[0].refusal is None for within in rows)
        if not hidden:
            return None
        last = row.line + len(row.lines) - 1
        detail = (
            f"not CSV: the quote opened on line {row.line} is closed only on line {last}, and "
            f"{counted(hidden, 'row lies', 'rows lie')} between"
        )
        return FileRow(row.line, _as_written(row.lines), refusal=BadRecordError("WRONG_TYPE", detail))

    def _admitted(self, record: Snapshot | Heartbeat, length: int) -> Snapshot | Heartbeat:
        """Refuse what the worker would set aside as a dead letter."""
        require_not_ahead(record, self.read_at, self.far_future)
        if length > MAX_BYTES // 4 and (size := len(self._codec.encode(record))) > MAX_BYTES:
            raise BadRecordError("TOO_LARGE", f"{size} bytes, more than {MAX_BYTES}")
        return record


def _header(path: Path, row: CsvRow | None, mapping: ColumnMapping) -> list[str]:
    """Return the names of a file's columns.

    Raises FileRefusedError where the mapping cannot be used with them.
    """
    if row is None:
        what = f"there is no row in line {mapping.header_row} or below" if mapping.header_row else "the file is empty"
        raise FileRefusedError(f"{path}: {what}")
    if row.problem is not None:
        raise FileRefusedError(f"{path}: the first row is {row.problem}")
    if mapping.header_row == 0:
        row.cells[0] = row.cells[0].removeprefix("\ufeff")
    names = [name.strip() for name in row.cells]
    names[0] = names[0].removeprefix("\ufeff")
    if names[0].startswith(_UTF_16) or any("\0" in name for name in names):
        raise FileRefusedError(
            f"{path}: not {mapping.encoding} text but UTF-16, it seems: the mapping's encoding says which"
        )
    names = mapping.named(names) if mapping.header_row != 0 else [str(number) for number in range(1, len(names) + 1)]
    if twice := [name for name in names if names.count(name) > 1]:
        raise FileRefusedError(f"{path}: the column {twice[0]!r} stands twice in the first row")
    if missing := sorted(mapping.columns() - set(names)):
        raise FileRefusedError(f"{path}: the mapping's column {missing[0]!r} is not in the first row")
    return names


def _unwrapped(cell: str) -> str:
    """Return the text of a cell such as ``="0123"``, by which exports keep leading zeros."""
    formula = _TEXT_FORMULA.fullmatch(cell) if cell.startswith("=") else None
    return cell if formula is None else formula[1].replace('""', '"')


def _as_written(lines: list[str]) -> str:
    """Return a row as the file has it; bytes and characters that no text holds are spelled out."""
    text = "".join(lines).rstrip("\r\n")
    try:
        return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
    except UnicodeEncodeError:
        return text.encode(errors="backslashreplace").decode()
