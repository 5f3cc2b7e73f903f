"""Read a file to its end before any of it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.files.ties import TieCounter
from schemas.records import Snapshot
from schemas.refusals import BadRecordError

if TYPE_CHECKING:
    from deploy.files.row_reader import RowReader

_ROWS_A_STEP: Final = 10_000


@dataclass(slots=True)
class FileScan:
    """What a file holds."""

    ties: TieCounter = field(default_factory=TieCounter)
    """Counts rows whose order nothing states."""
    rows: int = 0
    """Those that are not blank."""
    records: int = 0
    heartbeats: int = 0
    newest: int | None = None
    """The greatest event_time (ms)."""
    first_refusal: BadRecordError | None = None


def scan_file(path: Path, reader: RowReader, scan: FileScan) -> Iterator[None]:
    """Read a file to its end, and yield after each ten thousand rows.  Raises FileRefusedError."""
    for number, row in enumerate(reader.rows(path), 1):
        if number % _ROWS_A_STEP == 0:
            yield
        scan.rows += not row.is_blank
        scan.first_refusal = scan.first_refusal or row.refusal
        if isinstance(row.record, Snapshot):
            scan.ties.add(row.record)
            scan.newest = max(row.record.event_time, scan.newest or row.record.event_time)
        elif row.record is not None:
            scan.heartbeats += 1
        scan.records += row.record is not None
    reader.unknown_classes.clear()
