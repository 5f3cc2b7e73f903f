"""The file of the outbox and its transactions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, Connection, create_engine, event

from agents.notifier.outbox.versions import OutboxError, bring_up_to_date

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry


class Outbox:
    """The outbox of one notifier; one process at a time has it open, through one connection."""

    def __init__(self, file: Path) -> None:
        """Open the outbox, creating or migrating it.  Raises OutboxError."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        self._engine = create_engine(URL.create("sqlite", database=str(file)), pool_size=1, max_overflow=0)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            with self.transaction() as connection:
                bring_up_to_date(connection, file)
        except OutboxError:
            self.close()
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction, which must not be nested, nor held while waiting."""
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
