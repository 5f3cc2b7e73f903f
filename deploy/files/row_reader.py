"""Read the rows of a file as records: JSON Lines as they are, CSV by a mapping.

A bad row comes with its reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.files.record_files import FileRefusedError, numbered_lines, opened
from schemas.admission import UnknownClasses, require_not_ahead
from schemas.codec import MAX_BYTES, Codec
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import from_fields, read_json

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_LARGEST_CELL = 8 * MAX_BYTES


class FileRow(NamedTuple):
    """One row of a file."""

    line: int
    """The number of its first line, from 1."""
    text: str
    """A refused row as the file has it, or very nearly."""
    record: Snapshot | Heartbeat | None = None
    """Its record; None where the mapping skips it or it is refused."""
    refusal: BadRecordError | None = None
    """Why it is no record."""


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
    _codec: Codec = field(default_factory=Codec)

    def rows(self, path: Path) -> Iterator[FileRow]:
        """Yield each row of a file that is not blank.

        Raises FileRefusedError where it cannot be read to its end.
        """
        if self.mapping is None:
            for number, line in numbered_lines(path):
                yield self._of_json(number, line)
        else:
            yield from self._of_table(path, self.mapping)

    def _of_json(self, number: int, line: bytes) -> FileRow:
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        try:
            return FileRow(number, text, self._admitted(read_json(self.topic, line, self.unknown_classes), len(line)))
        except BadRecordError as refusal:
            return FileRow(number, text, refusal=refusal)

    def _of_table(self, path: Path, mapping: ColumnMapping) -> Iterator[FileRow]:
        with opened(path) as content:
            text = io.TextIOWrapper(content, encoding=mapping.encoding, errors="surrogateescape", newline="")
            csv.field_size_limit(_LARGEST_CELL)
            table = csv.reader(text, delimiter=mapping.delimiter)
            header = [name.strip() for name in next(table, [])]
            if twice := [name for name in header if header.count(name) > 1]:
                raise FileRefusedError(f"{path}: the column {twice[0]!r} stands twice in the first row")
            if missing := sorted(mapping.columns() - set(header)):
                raise FileRefusedError(f"{path}: the mapping's column {missing[0]!r} is not in the first row")
            while True:
                begins = table.line_num + 1
                try:
                    cells = next(table)
                except StopIteration:
                    return
                except csv.Error as failure:
                    yield FileRow(begins, "", refusal=BadRecordError("WRONG_TYPE", f"not CSV: {failure}"))
                    continue
                if cells:
                    yield self._of_cells(begins, cells, header, mapping)

    def _of_cells(self, begins: int, cells: list[str], header: list[str], mapping: ColumnMapping) -> FileRow:
        try:
            if len(cells) != len(header):
                raise BadRecordError("WRONG_TYPE", f"{len(cells)} columns, the first row has {len(header)}")  # noqa: TRY301
            fields = mapping.read(dict(zip(header, cells, strict=True)))
            if fields is None:
                return FileRow(begins, "")
            record = from_fields(self.topic, fields, self.unknown_classes)
            return FileRow(begins, "", self._admitted(record, sum(map(len, cells))))
        except BadRecordError as refusal:
            return FileRow(begins, _as_csv(cells, mapping.delimiter), refusal=refusal)

    def _admitted(self, record: Snapshot | Heartbeat, length: int) -> Snapshot | Heartbeat:
        """Refuse what the worker would set aside as a dead letter."""
        require_not_ahead(record, self.read_at, self.far_future)
        if length > MAX_BYTES // 4 and (size := len(self._codec.encode(record))) > MAX_BYTES:
            raise BadRecordError("TOO_LARGE", f"{size} bytes, more than {MAX_BYTES}")
        return record


def _as_csv(cells: list[str], delimiter: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(cells)
    return line.getvalue().encode(errors="surrogateescape").decode(errors="backslashreplace")
