"""Feeding files into Kafka: every row is sent, skipped by the mapping's word, or set aside with its reason."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from deploy.files.files import SET_ASIDE, FileRefusedError
from deploy.files.rows import Reader, Row
from schemas.records import FEEDS, Heartbeat, Snapshot
from schemas.times import to_rfc3339

EPOCH = 0
"""What a source vouches for in its first heartbeat: nothing yet, but from then on only heartbeats count."""


class Producer(Protocol):
    """What is needed of :class:`agents.topics.feeds.FeedProducer`."""

    def send(self, record: Snapshot) -> None:
        """Put a snapshot on its way."""

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Put a heartbeat on its way."""

    def flush(self) -> None:
        """Wait until the broker has everything."""


@dataclass(slots=True)
class Fed:
    """What became of the rows."""

    snapshots: int = 0
    heartbeats: int = 0
    skipped: int = 0
    refused: int = 0


def survey(files: Sequence[Path], reader: Reader) -> tuple[list[tuple[str, str]], int]:
    """Return every force and source the files hold snapshots of, and how many rows there are.

    They are known before anything is sent, so that no source's word lets the clock pass before another is heard.
    """
    sources: dict[tuple[str, str], None] = {}
    rows = 0
    for path in files:
        for row in reader.rows(path):
            rows += 1
            if row.record is not None:
                sources[row.record.force, row.record.source] = None
    reader.unknown_classes.clear()
    return list(sources), rows


def open_sources(topic: str, sources: Sequence[tuple[str, str]], producer: Producer) -> None:
    """Say of each source, by force, that it vouches for nothing yet."""
    if topic in FEEDS:
        for force, source in sources:
            producer.send_heartbeat(topic, Heartbeat(force=force, source=source, complete_through=EPOCH))


def feed(
    files: Sequence[Path],
    reader: Reader,
    producer: Producer,
    *,
    refuse: Callable[[Path, Row], None],
    on_row: Callable[[], None] = lambda: None,
) -> Fed:
    """Send the rows of the files in their order, and wait until the broker has them.

    Hands each bad row to ``refuse``.  Raises FileRefusedError, and whatever the producer raises.
    """
    fed = Fed()
    for path in files:
        for row in reader.rows(path):
            match row.record:
                case Heartbeat() as heartbeat:
                    producer.send_heartbeat(reader.topic, heartbeat)
                    fed.heartbeats += 1
                case Snapshot() as snapshot:
                    producer.send(snapshot)
                    fed.snapshots += 1
                case None if row.refusal is None:
                    fed.skipped += 1
                case None:
                    fed.refused += 1
                    refuse(path, row)
            on_row()
    producer.flush()
    return fed


class Rejects:
    """Where bad rows go: ``FILE.rejected.jsonl`` beside the file, or one file for all.  Rows are added, never lost.

    The files are readable to their owner alone, since a bad row may hold anything.
    """

    def __init__(self, fed_at: int, into: Path | None = None) -> None:
        self._fed_at = to_rfc3339(fed_at)
        self._into = into
        self._open: dict[Path, IO[str]] = {}

    def add(self, path: Path, row: Row) -> None:
        """Set a row aside.  Raises FileRefusedError where that is not possible."""
        place = self._into or path.with_name(f"{path.name}{SET_ASIDE}")
        refusal = row.refusal
        said = {
            "file": str(path),
            "line": row.line,
            "reason": refusal.reason if refusal else None,
            "detail": refusal.detail if refusal else None,
            "fed_at": self._fed_at,
            "row": row.text,
        }
        try:
            if place not in self._open:
                self._open[place] = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
            self._open[place].write(json.dumps(said) + "\n")
        except OSError as failure:
            raise FileRefusedError(f"{place}: {failure.strerror or failure}") from None

    def close(self) -> list[Path]:
        """Finish the files, and say which there are."""
        for lines in self._open.values():
            lines.close()
        return list(self._open)
