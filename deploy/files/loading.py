"""Load the records of files: JSON Lines named after their topics, and CSV by a mapping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.record_files import NEEDS_MAPPING, FileRefusedError, is_table, numbered_lines, topic_in_name, topic_of
from deploy.files.row_reader import RowReader
from schemas.admission import UnknownClasses, require_not_ahead
from schemas.codec import MAX_BYTES, Codec
from schemas.records import Heartbeat, Score, Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import read_json

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping


class RefusedRow(NamedTuple):
    """A line that is no record of its topic."""

    path: Path
    line: int
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        return f"{self.reason}: {self.detail}"


@dataclass(slots=True)
class LoadedRecords:
    """The records of some files."""

    snapshots: list[Snapshot] = field(default_factory=list)
    heartbeats: int = 0
    refused: int = 0
    unknown_classes: UnknownClasses = field(default_factory=UnknownClasses)
    empty: list[Path] = field(default_factory=list)
    """The files that have no row."""
    remarks: dict[Path, str] = field(default_factory=dict)
    """What is to be said of files that could be read."""

    @property
    def newest(self) -> int | None:
        """The newest event_time (ms) among the snapshots of all forces.

        Scores do not count: they change no alert, by moving the clock neither.
        """
        snapshots = (snapshot for snapshot in self.snapshots if not isinstance(snapshot, Score))
        return max((snapshot.event_time for snapshot in snapshots), default=None)


def load_files(
    files: Sequence[Path],
    mappings: Sequence[ColumnMapping],
    *,
    read_at: int,
    far_future: int,
    refuse: Callable[[RefusedRow], None],
) -> LoadedRecords:
    """Return the records of files, and hand each bad row to ``refuse``.

    ``read_at`` is the reader's clock (ms): a record further ahead of it than ``far_future`` (ms) is a bad row.
    Raises FileRefusedError where a file cannot be used, before any is read where its name or mapping is at fault.
    """
    records = LoadedRecords()
    mapping_by_file = {path: mapping_of(path, mappings) for path in files}
    topics = {path: topic_of(path) for path, mapping in mapping_by_file.items() if mapping is None}
    tables = {
        mapping.topic: RowReader(
            mapping.topic, mapping, read_at, far_future, records.unknown_classes, remarks=records.remarks
        )
        for mapping in mappings
    }
    for path, mapping in mapping_by_file.items():
        if mapping is None:
            load_file(path, topics[path], records, read_at=read_at, far_future=far_future, refuse=refuse)
        else:
            load_table(path, tables[mapping.topic], records, refuse)
    return records


def mapping_of(path: Path, mappings: Sequence[ColumnMapping]) -> ColumnMapping | None:
    """Return the mapping that reads a file: the only one, or that of the topic in its name.

    JSON Lines named ``TOPIC.jsonl`` need none.  Raises FileRefusedError where a table has none.
    """
    is_own = topic_in_name(path) is not None and path.name.removesuffix(".gz").endswith(".jsonl")
    if is_own or not (mappings or is_table(path)):
        return None
    if not mappings:
        raise FileRefusedError(f"{path}: {NEEDS_MAPPING}")
    if len(mappings) == 1:
        return mappings[0]
    topic = topic_in_name(path)
    if mapping := next((mapping for mapping in mappings if mapping.topic == topic), None):
        return mapping
    raise FileRefusedError(
        f"{path}: which mapping is it read by? Name it after its topic, as in {mappings[0].topic}.csv: the mappings "
        f"are for {', '.join(mapping.topic for mapping in mappings)}"
    )


def load_file(
    path: Path,
    topic: str,
    records: LoadedRecords,
    *,
    read_at: int,
    far_future: int,
    refuse: Callable[[RefusedRow], None],
) -> None:
    """Add the records of a file of ``topic`` to ``records``, and hand each bad row to ``refuse``."""
    add, unknown = records.snapshots.append, records.unknown_classes
    latest = read_at + far_future
    number = 0
    for number, line in numbered_lines(path):
        try:
            if len(line) > LARGEST_ROW:
                raise BadRecordError("TOO_LARGE", f"longer than {LARGEST_ROW} bytes")  # noqa: TRY301
            record = read_json(topic, line, unknown)
            if len(line) > MAX_BYTES:
                require_not_too_large(record)
            if isinstance(record, Heartbeat):
                require_not_ahead(record, read_at, far_future)
                records.heartbeats += 1
                continue
            if record.event_time > latest:
                require_not_ahead(record, read_at, far_future)
        except BadRecordError as refusal:
            records.refused += 1
            refuse(RefusedRow(path, number, refusal.reason, refusal.detail))
        else:
            add(record)
    if not number:
        records.empty.append(path)


def require_not_too_large(record: Snapshot | Heartbeat) -> None:
    """Refuse a record that would not fit into a message."""
    size = len(Codec().encode(record))
    if size > MAX_BYTES:
        raise BadRecordError("TOO_LARGE", f"{size} bytes, more than {MAX_BYTES}")


def load_table(path: Path, reader: RowReader, records: LoadedRecords, refuse: Callable[[RefusedRow], None]) -> None:
    """Add the records of a CSV file to ``records``, and hand each bad row to ``refuse``."""

    def set_aside(place: Path, line: int, refusal: BadRecordError) -> None:
        records.refused += 1
        refuse(RefusedRow(place, line, refusal.reason, refusal.detail))

    for record in reader.records(path, set_aside, records.empty):
        if isinstance(record, Heartbeat):
            records.heartbeats += 1
        else:
            records.snapshots.append(record)
