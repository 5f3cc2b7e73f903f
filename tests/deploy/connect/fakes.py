"""A source, a producer and an installation for feeds in tests, without Kafka."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.settings.settings import Settings
from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.cursors import Cursors
from deploy.connect.definition import ConnectedFeed, FeedDefinition
from deploy.connect.sources import FeedSource
from deploy.files.feed import FeedCounts
from deploy.files.feedings import Feedings
from deploy.files.row_reader import FileRow
from schemas.records import Crime, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.times import from_rfc3339
from streams.policy import PolicyBook

TOPIC = Crime.TOPIC
AT = from_rfc3339("2026-06-01T12:00:00Z")
"""What the clock of a feed in tests shows."""


class SentRecords:
    """A producer that keeps what it is given, and fails where it is told to."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.records: list[Snapshot | tuple[str, Heartbeat]] = []
        self.flushed: list[int] = []
        """How much was sent before each flush."""
        self._fail_at = fail_at

    @property
    def snapshots(self) -> list[Snapshot]:
        """What was sent of snapshots."""
        return [record for record in self.records if isinstance(record, Snapshot)]

    @property
    def vouched(self) -> list[tuple[str, Heartbeat]]:
        """The topic of each heartbeat, and the heartbeat."""
        return [record for record in self.records if not isinstance(record, Snapshot)]

    @property
    def heartbeats(self) -> list[tuple[str, str, int]]:
        """The force, source and moment of each heartbeat."""
        return [(heartbeat.force, heartbeat.source, heartbeat.complete_through) for _, heartbeat in self.vouched]

    def send(self, record: Snapshot) -> None:
        """Keep a snapshot."""
        self._put(record)

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Keep a heartbeat."""
        self._put((topic, heartbeat))

    def flush(self) -> None:
        """Note how much was sent."""
        self.flushed.append(len(self.records))

    def _put(self, record: Snapshot | tuple[str, Heartbeat]) -> None:
        if len(self.records) == self._fail_at:
            self._fail_at = None
            raise ConnectionLostError
        self.records.append(record)


class ConnectionLostError(RuntimeError):
    """What a producer in tests raises."""


class ListSource:
    """A source of batches that are there; where it was confirmed to it goes on when opened anew."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.all = list(batches)
        self.confirmed: list[tuple[str, FeedCounts]] = []
        self.remark: str | None = None
        self.closed = 0

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield what is not confirmed."""
        yield from self.all[len(self.confirmed) :]
        yield NOTHING_NEW
        if not once:
            stopped.wait()

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Note a batch."""
        self.confirmed.append((batch.origin, counts))

    def close(self) -> None:
        """Count how often it is closed."""
        self.closed += 1


class ListFeed(FeedDefinition, frozen=True, kw_only=True, tag="list"):
    """A feed of a source that is there."""

    sources: tuple[FeedSource, ...] = ()

    def open(self, feed: ConnectedFeed) -> FeedSource:
        """Return it."""
        assert feed.definition is self
        return self.sources[0]


def feed_of(folder: Path, definition: FeedDefinition, name: str = "crimes") -> ConnectedFeed:
    """Return a feed whose data and ``feeds.toml`` are in a folder."""
    data = folder / "data"
    return ConnectedFeed(
        name,
        definition,
        folder,
        Settings(data=data),
        PolicyBook.built_in(),
        Cursors(data),
        Feedings(data, ""),
        clock=lambda: AT,
    )


def crime(number: int, source: str = "CIS", force: str = "LEICS") -> Crime:
    """Return a crime."""
    return Crime(
        event_id=f"{source}-{number}",
        force=force,
        source=source,
        event_time=AT - 60_000 + number,
        revision=0,
        crime_ref=f"C{number}",
        recorded_at=AT - 60_000,
        offence_code="8N",
        offence_class="VIOLENCE",
        status="RECORDED",
    )


def row(record: Snapshot | Heartbeat | None, line: int = 1) -> FileRow:
    """Return the row of a record."""
    return FileRow(line, "", record)


def bad_row(line: int = 1) -> FileRow:
    """Return a row that is no record."""
    return FileRow(line, '{"crime_ref": 7}', refusal=BadRecordError("WRONG_TYPE", "crime_ref: not text"))
