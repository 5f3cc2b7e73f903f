"""Read the rows of a file as records: JSON Lines as they are, CSV by a mapping.

A bad row comes with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.kinds.json_rows import elements
from deploy.files.kinds.packed import contents
from deploy.files.kinds.rows import rows_of
from deploy.files.kinds.table_row import TableRow
from deploy.files.kinds.text_tables import NO_END
from deploy.files.mapping import RowOrder, RowTimes
from deploy.files.mapping.refused_values import with_columns
from deploy.files.record_files import NEEDS_MAPPING, FileRefusedError, failing
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
    member: str | None = None
    """The member of an archive that it is a row of."""
    is_deleted: bool = False
    """Whether its source has deleted it; nothing is sent of that."""

    def origin(self, path: Path) -> Path:
        """Return what messages call that which it is a row of, where ``path`` is the file."""
        return path if self.member is None else path / self.member


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads files of one topic, or of those of its mapping."""

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
    unended: set[Path] = field(default_factory=set)
    """The files whose last line has no end."""
    _codec: Codec = field(default_factory=Codec)
    feedings: Feedings | None = None
    """What was fed before; a file fed again has the places that it had."""
    _first_places: dict[Path, int] = field(default_factory=dict)
    """Where the rows of each file of this feeding begin."""
    _lines: dict[Path, int] = field(default_factory=dict)
    """How many lines each file has whose rows have a place in this feeding."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the records."""
        return (self.topic,) if self.mapping is None else self.mapping.topics

    def rows(self, path: Path) -> Iterator[FileRow]:
        """Yield each row of a file; of JSON Lines, those that are not blank.

        Raises FileRefusedError where it cannot be read to its end.
        """
        if self.mapping is None:
            for content in contents(path):
                if content.kind in ("xml", "workbook"):
                    raise FileRefusedError(f"{content.name}: {NEEDS_MAPPING}")
                for number, text in elements(content):
                    yield self._of_json(number, text)
        else:
            yield from self._of_table(path, self.mapping)

    def records(
        self, path: Path, refuse: Callable[[Path, int, BadRecordError], None], empty: list[Path]
    ) -> Iterator[Snapshot | Heartbeat]:
        """Yield the records of a file; ``refuse`` takes the place of each bad row, and what is wrong with it.

        A file without a row goes into ``empty``.  Raises FileRefusedError.
        """
        is_empty = True
        for row in self.rows(path):
            is_empty = is_empty and row.is_blank
            if row.refusal is not None:
                refuse(row.origin(path), row.line, row.refusal)
            elif row.record is not None:
                yield row.record
        if is_empty:
            empty.append(path)

    def _of_json(self, number: int, line: bytes) -> FileRow:
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        try:
            if len(line) > LARGEST_ROW:
                raise BadRecordError("TOO_LARGE", f"longer than {LARGEST_ROW} bytes")  # noqa: TRY301
            return FileRow(number, text, self._admitted(read_json(self.topic, line, self.unknown_classes), len(line)))
        except BadRecordError as refusal:
            return FileRow(number, text, refusal=refusal)

    def _of_table(self, path: Path, mapping: ColumnMapping) -> Iterator[FileRow]:
        with failing(path):
            changed_at = change_time(path)
        first_place = self._first_place(path, mapping)
        times = RowTimes(first_place // _ROWS_AT_ONCE, changed_at // 1_000_000)
        before = 0
        for content in contents(path, mapping.members):
            member = content.name.name if content.is_member else None
            for row in rows_of(content, mapping, partial(self._remark, path, content.name)):
                if row.is_blank or row.is_footer:
                    yield FileRow(row.line, "", is_blank=row.is_blank, member=member)
                    continue
                line = self._lines[path] = before + row.line
                place = (RowOrder(first_place + line, changed_at + line, line), times)
                hidden = self._hidden_rows(row, mapping) if row.within else None
                for read in self._of_row(row, mapping, place) if hidden is None else [hidden]:
                    yield read if member is None else read._replace(member=member)
            before = self._lines.get(path, 0)

    def _remark(self, path: Path, name: Path, remark: str) -> None:
        if remark == NO_END:
            self.unended.add(path)
        sentence = remark if name == path else f"{name.name}: {remark}"
        before = self.remarks.get(path)
        if before is None:
            self.remarks[path] = sentence
        elif sentence not in before:
            self.remarks[path] = f"{before}; {sentence}"

    def _first_place(self, path: Path, mapping: ColumnMapping) -> int:
        """Return where the rows of a file begin in the order of feeding: behind those of the files before it."""
        if path not in self._first_places:
            place = min(self.read_at * _ROWS_AT_ONCE, _LAST_FEEDING) + sum(self._lines.values())
            if self.feedings is not None and mapping.reads_feeding_time:
                place = self.feedings.first_place(path, mapping, place)
            self._first_places[path] = place
        return self._first_places[path]

    def _of_row(self, row: TableRow, mapping: ColumnMapping, place: tuple[RowOrder, RowTimes]) -> list[FileRow]:
        if row.problem is not None:
            return [FileRow(row.line, row.written(), refusal=BadRecordError("WRONG_TYPE", row.problem))]
        return self.of_cells(row.line, row.cells, mapping, place, row.written)

    def of_cells(
        self,
        number: int,
        cells: Mapping[str, str],
        mapping: ColumnMapping,
        place: tuple[RowOrder, RowTimes],
        written: Callable[[], str],
    ) -> list[FileRow]:
        """Return each record of a row by its cells, each under the name that the mapping has for its column.

        Where one of them is none, the row is refused as a whole, and ``written`` says what is kept of it.  A column
        that the mapping needs must be there.
        """
        try:
            read = [from_fields(topic, fields, self.unknown_classes) for topic, fields in mapping.read(cells, *place)]
            length = sum(map(len, cells.values()))
            records = [FileRow(number, "", self._admitted(record, length)) for record in read]
            return records or [FileRow(number, "")]
        except BadRecordError as refusal:
            return [FileRow(number, written(), refusal=with_columns(refusal, mapping, cells))]

    def _hidden_rows(self, row: TableRow, mapping: ColumnMapping) -> FileRow | None:
        """Refuse a row of several lines of which one is a record: its quote was closed too late.

        None of those lines is fed, since whoever writes a cell's text must not be able to write a row.
        """
        nowhere = (RowOrder(0, 0, 0), RowTimes(0, 0))
        rows = (self._of_row(TableRow(row.line, cells), mapping, nowhere) for cells in row.within)
        hidden = sum(within[0].refusal is None for within in rows)
        if not hidden:
            return None
        detail = (
            f"not CSV: the quote opened on line {row.line} is closed only on line {row.last_line}, and "
            f"{counted(hidden, 'row lies', 'rows lie')} between"
        )
        return FileRow(row.line, row.written(), refusal=BadRecordError("WRONG_TYPE", detail))

    def _admitted(self, record: Snapshot | Heartbeat, length: int) -> Snapshot | Heartbeat:
        """Refuse what the worker would set aside as a dead letter."""
        require_not_ahead(record, self.read_at, self.far_future)
        if length > MAX_BYTES // 4 and (size := len(self._codec.encode(record))) > MAX_BYTES:
            raise BadRecordError("TOO_LARGE", f"{size} bytes, more than {MAX_BYTES}")
        return record
