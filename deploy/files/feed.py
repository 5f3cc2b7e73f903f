"""Feed files to a source topic.

Each row is sent, skipped as the mapping says, or set aside with its reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from deploy.files.old_records import EventTimes
from deploy.files.record_files import SET_ASIDE, FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from deploy.files.spools import is_spooled
from deploy.files.ties import TieCounter
from schemas.records import POSSIBLE_FEEDS, Heartbeat, Snapshot
from schemas.times import to_rfc3339

EPOCH = 0
"""What a source's first heartbeat states: nothing is complete yet, but from then on only heartbeats count."""


class Producer(Protocol):
    """The methods of :class:`agents.topics.feeds.FeedProducer` that are used here."""

    def send(self, record: Snapshot) -> None:
        """Queue a snapshot."""

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Queue a heartbeat."""

    def flush(self) -> None:
        """Wait until the broker has everything."""


@dataclass(slots=True)
class FeedCounts:
    """How many rows were sent, skipped, blank and refused."""

    snapshots: int = 0
    heartbeats: int = 0
    skipped: int = 0
    blank: int = 0
    refused: int = 0
    deleted: int = 0
    """Deleted at their source."""


@dataclass(frozen=True, slots=True)
class ScannedFiles:
    """What files hold, read once before anything is sent."""

    ties: TieCounter = field(default_factory=TieCounter)
    """Counts rows whose order nothing states."""
    times: EventTimes = field(default_factory=EventTimes)
    rows: dict[Path, int] = field(default_factory=dict)
    """How many rows each file has, blank ones left out."""
    _sources: dict[tuple[str, str, str], None] = field(default_factory=dict)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Every force and source that there are records of."""
        return list(dict.fromkeys((force, source) for _, force, source in self._sources))

    def sources_of(self, topic: str) -> list[tuple[str, str]]:
        """Return every force and source that there are records of a topic of.

        They must be known before anything is sent, so that no source's heartbeat advances the clock before another
        source has sent its first.
        """
        return [(force, source) for of_topic, force, source in self._sources if of_topic == topic]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.rows.values())

    @property
    def empty(self) -> list[Path]:
        """The files that have no row."""
        return [path for path, rows in self.rows.items() if not rows]

    def add(self, path: Path, row: FileRow, topic: str) -> None:
        """Note a row; ``topic`` is that of heartbeats."""
        self.rows[path] += not row.is_blank
        if row.record is not None:
            of_topic = row.record.TOPIC if isinstance(row.record, Snapshot) else topic
            self._sources[of_topic, row.record.force, row.record.source] = None
        if isinstance(row.record, Snapshot):
            self.ties.add(row.record)
            self.times.add(row.record)


def scan(files: Sequence[Path], reader: RowReader, ties: TieCounter | None = None) -> ScannedFiles:
    """Read the files; ``ties`` counts rows whose order nothing states.  Raises FileRefusedError."""
    scanned = ScannedFiles(ties or TieCounter())
    for path in files:
        scanned.rows.setdefault(path, 0)
        for row in reader.rows(path):
            scanned.add(path, row, reader.topic)
    reader.unknown_classes.clear()
    return scanned


def send_first_heartbeats(topic: str, sources: Sequence[tuple[str, str]], producer: Producer) -> None:
    """Send the first heartbeat of each source, by force: nothing is complete yet."""
    if topic in POSSIBLE_FEEDS:
        for force, source in sources:
            producer.send_heartbeat(topic, Heartbeat(force=force, source=source, complete_through=EPOCH))


def send_files(
    files: Sequence[Path],
    reader: RowReader,
    producer: Producer,
    *,
    refuse: Callable[[Path, FileRow], None],
    on_row: Callable[[], None] = lambda: None,
) -> FeedCounts:
    """Send the rows of the files in their order, and wait until the broker has them.

    Hand each bad row to ``refuse``.  Raises FileRefusedError, and whatever the producer raises.
    """
    counts = FeedCounts()
    for path in files:
        for row in reader.rows(path):
            match row.record:
                case Heartbeat() as heartbeat:
                    producer.send_heartbeat(reader.topic, heartbeat)
                    counts.heartbeats += 1
                case Snapshot() as snapshot:
                    producer.send(snapshot)
                    counts.snapshots += 1
                case None if row.is_blank:
                    counts.blank += 1
                case None if row.refusal is None:
                    counts.skipped += 1
                case None:
                    counts.refused += 1
                    refuse(path, row)
            if not row.is_blank:
                on_row()
    producer.flush()
    return counts


def _beside(path: Path) -> Path:
    """Return the file of bad rows beside a file; of a stream, in the working folder."""
    if is_spooled(path):
        return Path(f"{path.name.replace(' ', '-')}{SET_ASIDE}")
    return path.with_name(f"{path.name}{SET_ASIDE}")


class RejectedRows:
    """Appends bad rows to ``FILE.rejected.jsonl`` beside the file they come from, or to one file for all.

    Those of a stream go to the working folder: ``standard-input.rejected.jsonl``.

    The files are readable to their owner alone, since a bad row may hold anything.
    """

    def __init__(self, fed_at: int, into: Path | None = None) -> None:
        self._fed_at = to_rfc3339(fed_at)
        self._into = into
        self._open: dict[Path, IO[str]] = {}
        self._lengths: dict[Path, int] = {}
        """How long each file was before."""

    def add(self, origin: Path | str, row: FileRow) -> None:
        """Set aside a row of a file, or of another origin.  Raises FileRefusedError where it cannot."""
        place = self._into or _beside(Path(origin))
        refusal = row.refusal
        fields = {
            "file": str(origin) if row.member is None else f"{origin}/{row.member}",
            "line": row.line,
            "reason": refusal.reason if refusal else None,
            "detail": refusal.detail if refusal else None,
            "fed_at": self._fed_at,
            "row": row.text,
        }
        try:
            if place not in self._open:
                self._open[place] = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
                self._lengths[place] = os.fstat(self._open[place].fileno()).st_size
            self._open[place].write(json.dumps(fields) + "\n")
        except OSError as failure:
            raise FileRefusedError(f"{place}: {failure.strerror or failure}") from None

    def close(self) -> list[Path]:
        """Close the files, and return their paths.

        Raises FileRefusedError where one cannot be written to its end.
        """
        for place, lines in self._open.items():
            try:
                lines.close()
            except OSError as failure:
                raise FileRefusedError(f"{place}: {failure.strerror or failure}") from None
        return list(self._open)

    def take_back(self) -> None:
        """Close the files, and leave them as they were: what was set aside is read again."""
        for path in self.close():
            os.truncate(path, self._lengths[path])
