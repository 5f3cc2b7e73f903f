"""Read files as ``cdi feed`` would, and send nothing.

What the rows become is counted, and what would be raised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from deploy.files.backtest import BacktestResult, judge, no_collection
from deploy.files.feed import FeedCounts, ScannedFiles, scan, send_files
from deploy.files.field_counts import FieldCounter
from deploy.files.loading import LoadedRecords
from deploy.files.mapping.conditions import CsvRow, RowCondition
from deploy.files.mapping.field_source import FieldSource
from deploy.files.row_reader import FileRow, RowReader
from schemas.records import POSSIBLE_FEEDS, Heartbeat, Snapshot

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping
    from deploy.files.mapping.row_records import FieldSources
    from streams.policy import PolicyBook

FIRST_ROWS: Final = 3
"""How many records are shown."""
MOST_VALUES: Final = 1_000
"""Of a column, so many different values are counted one by one, and the others together."""


AS_IT_IS: Final = "itself"
"""What a value becomes that is kept."""


class CodedColumn(NamedTuple):
    """A column whose values a mapping translates."""

    column: str
    field: str
    otherwise: str | None
    """What a value without a code becomes; None where its row is bad."""


class ValuesWithoutCode:
    """Counts by column the values that a mapping's tables do not name."""

    def __init__(self) -> None:
        self.by_column: dict[CodedColumn, Counter[str | None]] = {}

    def add(self, column: CodedColumn, value: str | None) -> None:
        """Count a value; None is one that must not be shown."""
        values = self.by_column.setdefault(column, Counter())
        values[value if value in values or len(values) < MOST_VALUES else None] += 1


class CountingCondition(RowCondition, frozen=True, kw_only=True):
    """A condition that counts the rows that it skips."""

    skipped: Counter[str]

    def holds(self, row: CsvRow) -> bool:
        """Return whether the row is as the condition says, and count it where it is."""
        is_skipped = super().holds(row)
        if is_skipped:
            self.skipped[str(self)] += 1
        return is_skipped


class CountingSource(FieldSource, frozen=True, kw_only=True):
    """The source of a field that counts the values without a code that it looks up."""

    without_code: ValuesWithoutCode

    def code_of(self, name: str, item: str) -> str:
        """Return what a value becomes, and count it where it has no code.  Raises BadRecordError."""
        if self.codes is not None and self.codes.names_any and self.codes.meaning(item) is None:
            column = CodedColumn(", ".join(self.columns), name, AS_IT_IS if self.keep else self.otherwise)
            self.without_code.add(column, item if self.pseudonym is None else None)
        return super().code_of(name, item)


def counting_mapping(
    mapping: ColumnMapping, without_code: ValuesWithoutCode, skipped: Counter[str] | None = None
) -> ColumnMapping:
    """Return a mapping that reads as another does, and counts the values without a code.

    In ``skipped`` it counts the rows that are no records, by the condition that says so.
    """

    def counting(fields: Mapping[str, FieldSources]) -> dict[str, FieldSources]:
        return {
            name: tuple(map(source_of, field)) if isinstance(field, tuple) else source_of(field)
            for name, field in fields.items()
        }

    def source_of(source: str | FieldSource) -> str | FieldSource:
        if isinstance(source, str) or source.codes is None:
            return source
        return CountingSource(**msgspec.structs.asdict(source), without_code=without_code)

    records = tuple(msgspec.structs.replace(record, fields=counting(record.fields)) for record in mapping.record)
    skip = mapping.skip
    if skipped is not None:
        skip = tuple(CountingCondition(**msgspec.structs.asdict(condition), skipped=skipped) for condition in skip)
    return msgspec.structs.replace(mapping, fields=counting(mapping.fields), record=records, skip=skip)


@dataclass(slots=True)
class CheckedRecords:
    """Keeps the records that would be sent."""

    fields: FieldCounter = field(default_factory=FieldCounter)
    first: list[Snapshot | Heartbeat] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def send(self, record: Snapshot) -> None:
        """Keep a snapshot."""
        self.snapshots.append(record)
        if record.TOPIC in POSSIBLE_FEEDS:
            self.fields.add(record.TOPIC, record)
        self._show(record)

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:  # noqa: ARG002 - as a producer is called
        """Keep a heartbeat, if it is among the first records."""
        self._show(heartbeat)

    def flush(self) -> None:
        """Do nothing: nothing is sent."""

    def _show(self, record: Snapshot | Heartbeat) -> None:
        if len(self.first) < FIRST_ROWS:
            self.first.append(record)


class FeedCheck(NamedTuple):
    """What files would come to if they were fed."""

    counts: FeedCounts
    scanned: ScannedFiles
    records: CheckedRecords
    without_code: ValuesWithoutCode
    skipped: Counter[str]
    """How many rows are no records, by the condition that says so."""
    result: BacktestResult
    """What would be raised if nothing else were ever fed, at the newest event_time."""


def check_files(
    files: Sequence[Path],
    reader: RowReader,
    book: PolicyBook,
    *,
    refuse: Callable[[Path, FileRow], None],
) -> FeedCheck:
    """Read files twice, as a feeding does, and judge their records; hand each bad row to ``refuse``.

    Raises FileRefusedError.
    """
    without_code, records, skipped = ValuesWithoutCode(), CheckedRecords(), Counter[str]()
    with no_collection():
        scanned = scan(files, reader)
        counting = reader
        if reader.mapping is not None:
            mapping = counting_mapping(reader.mapping, without_code, skipped)
            counting = RowReader(reader.topic, mapping, reader.read_at, reader.far_future, reader.unknown_classes)
        counts = send_files(files, counting, records, refuse=refuse)
        end = LoadedRecords(records.snapshots).newest
        result = judge(records.snapshots, book, end, read_at=reader.read_at)
    return FeedCheck(counts, scanned, records, without_code, skipped, result)
