"""Count how many records in files state each field, without keeping what they state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.files.row_reader import RowReader
from schemas.records import POSSIBLE_FEEDS, Snapshot
from schemas.refusals import BadRecordError
from streams.facts.fill import FieldCounts, FieldCountsByFeed, fields_counted, stated_fields
from streams.facts.references import identity


@dataclass(slots=True)
class RowCounts:
    """What the rows of some files came to."""

    records: int = 0
    snapshots: int = 0
    refused: int = 0
    empty: list[Path] = field(default_factory=list)
    """The files that have no row."""


class FieldCounter:
    """Counts records by force and feed: of each, which fields any of its snapshots states."""

    def __init__(self) -> None:
        self.rows = RowCounts()
        self._stated: dict[tuple[str, str], dict[str, int]] = {}
        """By force and feed, then by the record's identity: a bit for each field."""

    def add_file(self, path: Path, reader: RowReader, refuse: Callable[[Path, int, BadRecordError], None]) -> None:
        """Count the rows of a file, and hand each bad one to ``refuse``.  Raises FileRefusedError."""

        def set_aside(place: Path, line: int, refusal: BadRecordError) -> None:
            self.rows.refused += 1
            refuse(place, line, refusal)

        for record in reader.records(path, set_aside, self.rows.empty):
            if isinstance(record, Snapshot) and record.TOPIC in POSSIBLE_FEEDS:
                self.add(record.TOPIC, record)

    def counts(self) -> FieldCountsByFeed:
        """Return the counts, by force and feed."""
        return {(force, feed): _counts(feed, list(self._stated[force, feed].values())) for force, feed in self._stated}

    def add(self, feed: str, snapshot: Snapshot) -> None:
        """Count what a snapshot of a feed states."""
        bits = 0
        stated = frozenset(stated_fields(feed, [snapshot]))
        for index, name in enumerate(fields_counted(feed)):
            bits |= (name in stated) << index
        records = self._stated.setdefault((snapshot.force, feed), {})
        name = identity(snapshot)
        self.rows.snapshots += 1
        self.rows.records += name not in records
        records[name] = records.get(name, 0) | bits


def _counts(feed: str, records: Sequence[int]) -> FieldCounts:
    names = enumerate(fields_counted(feed))
    return FieldCounts(feed, len(records), {name: sum(bits >> index & 1 for bits in records) for index, name in names})
