"""Notice rows that are no longer there: they are named in a file, and nothing of ours is deleted.

No query of what was changed shows that a row is gone, so every key is read now and then and compared with those that
were delivered.  ``cdi erase`` is for whoever decides that a record of ours is to go too.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from deploy.connect.database.pages import key_text
from deploy.connect.delivery import FOLDER
from deploy.connect.sources import SourceUnavailableError
from deploy.files.private_database import failing_as, private_database
from schemas.quantities import counted
from schemas.times import to_rfc3339
from streams.policy.value_types import milliseconds

if TYPE_CHECKING:
    from deploy.connect.database.definition import DatabaseFeed
    from deploy.connect.database.looks import SourceTable
    from deploy.connect.definition import ConnectedFeed

_TABLES: Final = """
create table if not exists looks (reading blob primary key, looked_at integer not null) without rowid;
create table if not exists known (key text primary key, vanished_at integer) without rowid;
create temporary table if not exists present (key text primary key) without rowid;
"""
_log: Final = structlog.get_logger("cdi.connect.database")


class VanishedRows:
    """Compares the keys that were delivered with those that are there."""

    def __init__(self, feed: ConnectedFeed, definition: DatabaseFeed) -> None:
        folder = feed.settings.data / FOLDER
        self._name = feed.name
        self._file = folder / f"{feed.name}.keys.sqlite3"
        self.report: Final = folder / f"{feed.name}.vanished.jsonl"
        self._reading = msgspec.msgpack.encode((" ".join(definition.statement.split()), definition.keys))
        self._columns = definition.keys
        self._zone = None if definition.time_zone is None else ZoneInfo(definition.time_zone)
        self._pace = milliseconds(definition.vanished or "1d")
        self._remark: str | None = None

    def add(self, keys: Iterable[str]) -> None:
        """Note keys of rows that were delivered.  Raises SourceUnavailableError."""
        with self._database() as database:
            database.executemany(
                "insert into known values (?, null) on conflict (key) do update set vanished_at = null",
                ((key,) for key in keys),
            )

    def look(self, table: SourceTable, at: int) -> str | None:
        """Compare, if it is time, and return what is to be said until the next time.

        A look that is cut off changes nothing, but that rows it has reported may be reported again.  Raises
        SourceUnavailableError.
        """
        with self._database() as database:
            looked = database.execute("select looked_at from looks").fetchone()
            if looked is not None and 0 <= at - looked[0] < self._pace:
                return self._remark
            database.execute("delete from present")
            rows = table.stream(table.queries.keys(), "reading every key")
            database.executemany(
                "insert or ignore into present values (?)", ((key_text(tuple(row), self._zone),) for row in rows)
            )
            if looked is None:
                database.execute("insert or ignore into known select key, null from present")
            self._remark = self._compare(database, at)
            database.execute("insert or replace into looks values (?, ?)", [self._reading, at])
        return self._remark

    def _compare(self, database: sqlite3.Connection, at: int) -> str | None:
        vanished = [
            key
            for (key,) in database.execute(
                "select key from known where vanished_at is null and key not in (select key from present) order by key"
            )
        ]
        (known,) = database.execute("select count(*) from known where vanished_at is null").fetchone()
        back = database.execute(
            "update known set vanished_at = null where vanished_at is not null and key in (select key from present)"
        ).rowcount
        if vanished:
            self._write(vanished, at)
            database.executemany("update known set vanished_at = ? where key = ?", ((at, key) for key in vanished))
        if vanished or back:
            _log.warning(
                "rows_vanished", feed=self._name, rows=len(vanished), of=known, back=back, report=str(self.report)
            )
        if not vanished:
            return None
        return f"{counted(len(vanished), 'row')} of {known:,} vanished from the database, named in {self.report}"

    def _write(self, vanished: list[str], at: int) -> None:
        descriptor = os.open(self.report, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as report:
            for key in vanished:
                fields = {"key": dict(zip(self._columns, json.loads(key), strict=True)), "noticed_at": to_rfc3339(at)}
                report.write(json.dumps(fields, ensure_ascii=False) + "\n")
            report.flush()
            os.fsync(report.fileno())

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Open the file of keys for one transaction; keys of another query are dropped."""
        with (
            failing_as(SourceUnavailableError, self._file),
            closing(private_database(self._file, _TABLES)) as database,
            database,
        ):
            if database.execute("delete from looks where reading <> ?", [self._reading]).rowcount:
                database.execute("delete from known")
            yield database
