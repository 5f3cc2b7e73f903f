"""The file of the outbox and its transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from agents.notifier.outbox.failures import OutboxError, OutboxUnavailableError, damaged, outbox_error
from agents.notifier.outbox.versions import bring_up_to_date

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry


class Outbox:
    """The outbox of one notifier; one process at a time has it open, through one connection."""

    def __init__(self, file: Path) -> None:
        """Open the outbox, creating or migrating it.  Raises OutboxError."""
        self._file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
        except OSError as failure:
            raise OutboxUnavailableError(f"{file}: it cannot be written: {failure.strerror or failure}") from None
        self._engine = create_engine(URL.create("sqlite", database=str(file)), pool_size=1, max_overflow=0)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            with self.transaction() as connection:
                _require_whole(connection, file)
                bring_up_to_date(connection, file)
        except OutboxError:
            self.close()
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction, which must not be nested, nor held while waiting.

        Raises OutboxUnavailableError where the file cannot be written, OutboxError where it is damaged.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except (DBAPIError, sqlite3.Error) as failure:
            if (error := outbox_error(self._file, failure)) is None:
                raise
            self._engine.dispose()  # opened while the disk was read-only, a connection stays so
            raise error from None

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_whole(connection: Connection, file: Path) -> None:
    """Raise OutboxError where a page or an index is damaged.

    What only a damaged index leads to would never be sent.
    """
    finding = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if finding != "ok":
        raise damaged(file, "PRAGMA integrity_check")


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Have a commit on the disk when it returns: attempts must be known after a power failure."""
    connection.isolation_level = None  # the driver begins no transaction of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten in the file
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
