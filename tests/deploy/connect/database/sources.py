"""Feeds of databases that tests read: without Kafka, in the process of the test."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import literal

from agents.settings.settings import Settings
from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.cursors import Cursors
from deploy.connect.database.definition import DatabaseFeed
from deploy.connect.database.source import DatabaseSource
from deploy.connect.database.sqlite import SQLite
from deploy.connect.definition import ConnectedFeed
from deploy.files.feed import FeedCounts
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.policy import PolicyBook

MAPPING = """
topic = "cis.crimes.v1"

[fields]
event_id = { digest = ["crime_ref", "offence", "updated_at"] }
force = { constant = "LEICS" }
source = { constant = "RMS" }
revision = { feeding_time = true }
crime_ref = "crime_ref"
recorded_at = "updated_at"
offence_code = "offence"
offence_class = { constant = "THEFT" }
status = { constant = "RECORDED" }
"""
"""Reads the table that tests write; event_time is left to the watermark."""
QUERY = "select crime_ref, offence, updated_at from crimes"


_BOOK = PolicyBook.built_in()
_SETTINGS = Settings()


class KilledError(Exception):
    """What a test raises where a process would have been killed."""


@dataclass
class Delivered:
    """What a feed delivered: a stand-in for a topic and for the voices of the feed."""

    records: list[bytes] = field(default_factory=list)
    through: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    def take(self, batch: Batch) -> None:
        """Send a batch's records, and then its heartbeat."""
        self.origins.append(batch.origin)
        for row in batch.rows:
            if row.refusal is not None:
                self.refused.append(str(row.refusal))
            elif row.record is not None:
                self.records.append(write_json(row.record))
        if batch.complete_through is not None:
            self.through.append(batch.complete_through)

    @property
    def bodies(self) -> list[tuple[str, str]]:
        """The crime and the offence of each record."""
        records = [msgspec.json.decode(record) for record in self.records]
        return [(record["crime_ref"], record["offence_code"]) for record in records]


@dataclass
class Installation:
    """A data folder with one feed."""

    folder: Path
    definition: DatabaseFeed
    clock: Any = None
    delivered: Delivered = field(default_factory=Delivered)

    @contextmanager
    def source(self) -> Iterator[DatabaseSource]:
        """Open the feed as a process would."""
        cursors = Cursors(self.folder / "data")
        book = _BOOK
        settings = _SETTINGS.model_copy(update={"data": self.folder / "data"})
        more = {} if self.clock is None else {"clock": self.clock}
        feed = ConnectedFeed("rms", self.definition, self.folder, settings, book, cursors, **more)
        source = DatabaseSource(feed, self.definition)
        try:
            yield source
        finally:
            source.close()
            cursors.close()

    def look(self, *, killed_at: int | None = None, after_sending: bool = True) -> str | None:
        """Look once, and return what is remarked; ``killed_at`` is the batch at which the process is killed."""
        with self.source() as source:
            for number, batch in enumerate(source.batches(threading.Event(), once=True)):
                if batch is NOTHING_NEW:
                    continue
                if number == killed_at and not after_sending:
                    raise KilledError
                self.delivered.take(batch)
                if number == killed_at:
                    raise KilledError
                source.confirm(batch, FeedCounts())
            return source.remark


def definition(**keys: Any) -> DatabaseFeed:
    """Make the definition of a feed as ``feeds.toml`` would."""
    table = {
        "way": "database",
        "topic": "cis.crimes.v1",
        "mapping": "rms.toml",
        "url": {"environment": "RMS_URL"},
        "query": QUERY,
        "watermark": "updated_at",
        "key": "crime_ref",
        **keys,
    }
    made = msgspec.convert(table, DatabaseFeed)
    made.check_keys()
    return made


def installation(folder: Path, *, mapping: str = MAPPING, clock: Any = None, **keys: Any) -> Installation:
    """Make a data folder with one feed."""
    (folder / "rms.toml").write_text(mapping)
    return Installation(folder, definition(**keys), clock)


class ClockedSQLite(SQLite):
    """SQLite whose clock shows what a test says."""

    def __init__(self) -> None:
        self.at = 0
        """Milliseconds since 1970."""

    def now(self) -> Any:
        """Return the clock."""
        return literal(to_rfc3339(self.at).removesuffix("Z"))


def sqlite_database(
    file: Path, table: str = "crimes (crime_ref text, offence text, updated_at text)"
) -> sqlite3.Connection:
    """Make a database with a table that a test writes to."""
    database = sqlite3.connect(file, isolation_level=None)
    database.execute(f"create table {table}")
    return database
