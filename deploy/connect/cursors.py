"""What is kept of each feed between runs: its cursor, whose voice it is, and how it is.

All is in one file of the data folder.  A value is there whole or as it was before, whenever the process is killed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

from deploy.files.private_database import failing_as, private_database

FILE: Final = "connect.sqlite3"
"""The file's name, in the data folder."""
_TABLES: Final = """
create table if not exists cursors (feed text primary key, cursor blob not null) without rowid;
create table if not exists voices (
    feed text, topic text, force text, source text, primary key (feed, topic, force, source)
) without rowid;
create table if not exists origins (
    feed text, digest text, origin text, confirmed_at integer, primary key (feed, digest)
) without rowid;
create table if not exists withheld (feed text primary key) without rowid;
create table if not exists weighed (feed text primary key, refused integer, rows integer) without rowid;
create table if not exists states (
    feed text primary key, looked_at integer, succeeded_at integer, complete_through integer,
    trouble text, trouble_since integer, remark text
) without rowid;
"""


class CursorsUnavailableError(Exception):
    """The file cannot be read or written; the message says why."""


class Voice(NamedTuple):
    """A source of a force for which a feed vouches."""

    topic: str
    force: str
    source: str


class FeedCondition(NamedTuple):
    """How a feed was when its process last said so."""

    looked_at: int | None = None
    """When (ms) its process last got on: it looked for something new, or sent a row."""
    succeeded_at: int | None = None
    """When (ms) a batch was last confirmed."""
    complete_through: int | None = None
    """Through when (ms) it last vouched for its source."""
    trouble: str | None = None
    """Why it cannot go on; None where it can."""
    trouble_since: int | None = None
    """Since when (ms)."""
    remark: str | None = None
    """What somebody should see to although it goes on; None if nothing."""


class Cursors:
    """The file of one installation's feeds; any number of processes may have it open."""

    def __init__(self, folder: Path, prefix: str = "") -> None:
        """Open the file in a data folder, for one prefix.  Raises CursorsUnavailableError."""
        self._file = folder / FILE
        self._prefix = f"{prefix}/"
        with self._failing():
            self._database = private_database(self._file, _TABLES, isolation_level=None)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def read(self, feed: str) -> bytes | None:
        """Return a feed's cursor; None where it has none yet.  Raises CursorsUnavailableError."""
        with self._failing():
            row = self._database.execute("select cursor from cursors where feed = ?", [self._prefix + feed]).fetchone()
        return None if row is None else bytes(row[0])

    def write(self, feed: str, cursor: bytes) -> None:
        """Keep a feed's cursor.  Raises CursorsUnavailableError."""
        with self._failing():
            self._database.execute("insert or replace into cursors values (?, ?)", [self._prefix + feed, cursor])

    def forget(self, feed: str) -> None:
        """Drop a feed's cursor and origins, so that it reads all again.  Raises CursorsUnavailableError."""
        with self._failing():
            self._database.execute("begin immediate")
            for table in ("cursors", "origins"):
                self._database.execute(f"delete from {table} where feed = ?", [self._prefix + feed])  # noqa: S608 - ours
            self._database.execute("commit")

    def origin(self, feed: str, digest: str) -> tuple[str, int] | None:
        """Return the origin of this content that was confirmed first, and when (ms); None where none was.

        Raises CursorsUnavailableError.
        """
        with self._failing():
            row = self._database.execute(
                "select origin, confirmed_at from origins where feed = ? and digest = ?", [self._prefix + feed, digest]
            ).fetchone()
        return None if row is None else (str(row[0]), int(row[1]))

    def is_last_origin(self, feed: str, digest: str) -> bool:
        """Return whether this content was confirmed last.  Raises CursorsUnavailableError."""
        with self._failing():
            row = self._database.execute(
                "select digest from origins where feed = ? order by confirmed_at desc limit 1", [self._prefix + feed]
            ).fetchone()
        return row is not None and row[0] == digest

    def add_origin(self, feed: str, digest: str, origin: str, confirmed_at: int) -> None:
        """Note that an origin is with the broker, later than all before.  Raises CursorsUnavailableError."""
        name = self._prefix + feed
        with self._failing():
            self._database.execute(
                "insert or ignore into origins select ?, ?, ?, "
                "max(?, coalesce((select max(confirmed_at) + 1 from origins where feed = ?), 0))",
                [name, digest, origin, confirmed_at, name],
            )

    def voices(self, feed: str) -> set[Voice]:
        """Return whose voice a feed has ever been.  Raises CursorsUnavailableError."""
        with self._failing():
            rows = self._database.execute(
                "select topic, force, source from voices where feed = ?", [self._prefix + feed]
            ).fetchall()
        return {Voice(*row) for row in rows}

    def add_voices(self, feed: str, voices: Iterable[Voice]) -> None:
        """Note whose voice a feed is from now on.  Raises CursorsUnavailableError."""
        with self._failing():
            self._database.executemany(
                "insert or ignore into voices values (?, ?, ?, ?)", [(self._prefix + feed, *voice) for voice in voices]
            )

    def is_withheld(self, feed: str) -> bool:
        """Return whether a feed's word is withheld, since too many rows were set aside.

        Raises CursorsUnavailableError.
        """
        with self._failing():
            row = self._database.execute("select 1 from withheld where feed = ?", [self._prefix + feed]).fetchone()
        return row is not None

    def withhold(self, feed: str, *, withheld: bool) -> None:
        """Keep whether a feed's word is withheld.  Raises CursorsUnavailableError."""
        statement = "insert or ignore into withheld values (?)" if withheld else "delete from withheld where feed = ?"
        with self._failing():
            self._database.execute(statement, [self._prefix + feed])

    def weighed(self, feed: str) -> tuple[int, int]:
        """Return how many rows were set aside since a feed last gave its word, and of how many.

        Raises CursorsUnavailableError.
        """
        with self._failing():
            row = self._database.execute(
                "select refused, rows from weighed where feed = ?", [self._prefix + feed]
            ).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def weigh(self, feed: str, refused: int, rows: int) -> None:
        """Keep how many rows were set aside since a feed last gave its word, and of how many.

        Raises CursorsUnavailableError.
        """
        with self._failing():
            self._database.execute(
                "insert or replace into weighed values (?, ?, ?)", [self._prefix + feed, refused, rows]
            )

    def condition(self, feed: str) -> FeedCondition:
        """Return how a feed was when its process last said so.  Raises CursorsUnavailableError."""
        with self._failing():
            row = self._database.execute(
                "select looked_at, succeeded_at, complete_through, trouble, trouble_since, remark from states "
                "where feed = ?",
                [self._prefix + feed],
            ).fetchone()
        return FeedCondition() if row is None else FeedCondition(*row)

    def keep_condition(self, feed: str, condition: FeedCondition) -> None:
        """Keep how a feed is.  Raises CursorsUnavailableError."""
        with self._failing():
            self._database.execute(
                "insert or replace into states values (?, ?, ?, ?, ?, ?, ?)", [self._prefix + feed, *condition]
            )

    def _failing(self) -> AbstractContextManager[None]:
        return failing_as(CursorsUnavailableError, self._file)
