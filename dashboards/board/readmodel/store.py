"""The read model's database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, bindparam, create_engine, event, make_url, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboards.board.readmodel.tables import meta
from dashboards.board.readmodel.versions import bring_up_to_date, require_ours

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_CHANGE: Final = "change"
_SQLITE_WAIT_SECONDS: Final = 30
_MOST_PARAMETERS: Final = 500
"""The most keys that one SQL statement names."""
_MAKING_TABLES: Final = 7_203_151
"""PostgreSQL's advisory lock under which one of several boards that start together creates the tables."""
_WRITING: Final = 7_203_152
"""The advisory lock under which writers wait for one another, as SQLite's do anyway."""


class ReadModel:
    """A database that several boards may share.  Every method may be called from any thread."""

    def __init__(self, url: str) -> None:
        """Open the database at ``sqlite:///PATH`` or ``postgresql+psycopg://...``; update its tables.

        Raises ReadModelIsNewerError.
        """
        address = make_url(url)
        self._is_sqlite = address.get_backend_name() == "sqlite"
        if self._is_sqlite and address.database:
            Path(address.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
            address = address.set(database=str(Path(address.database).expanduser()))
        more = {"connect_args": {"timeout": _SQLITE_WAIT_SECONDS}} if self._is_sqlite else {"pool_pre_ping": True}
        self._engine = create_engine(address, pool_size=10, max_overflow=20, **more)
        if self._is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        self._reader = self._engine
        if not self._is_sqlite:
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(writing=True)
        with self._writer.begin() as connection:
            if not self._is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MAKING_TABLES})")
            bring_up_to_date(connection)
            self.put(connection, meta, {"name": _CHANGE, "value": "0"}, replace=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one consistent state."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; writers wait for one another, whichever board they belong to."""
        with self._writer.begin() as connection:
            if not self._is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
            yield connection

    @contextmanager
    def changing(self) -> Iterator[tuple[Connection, int]]:
        """Open a transaction that writes what screens show, and give it the next change number.

        Taking the number locks it until the commit, so numbers become visible in their order.  Raises
        ReadModelIsNewerError where a board of a newer release has taken the database over.
        """
        with self._writer.begin() as connection:
            require_ours(connection)
            row = connection.execute(select(meta.c.value).where(meta.c.name == _CHANGE).with_for_update())
            change = int(row.scalar_one()) + 1
            connection.execute(meta.update().where(meta.c.name == _CHANGE).values(value=str(change)))
            yield connection, change

    def newest_change(self) -> int:
        """Return the number of the newest change that is committed."""
        with self.reading() as connection:
            return newest_change(connection)

    def put(self, connection: Connection, table: Table, *rows: Mapping[str, Any], replace: bool = True) -> None:
        """Insert whole rows, in order; each replaces the one under its primary key, unless told otherwise.

        A row with a ``sequence`` replaces only one with a lesser one.
        """
        if rows:
            connection.execute(self._upsert(table, tuple(rows[0]), replace=replace), [dict(row) for row in rows])

    @lru_cache(maxsize=64)  # noqa: B019 - a read model lives as long as its process
    def _upsert(self, table: Table, names: tuple[str, ...], *, replace: bool) -> Executable:
        insert = (sqlite.insert if self._is_sqlite else postgresql.insert)(table)
        insert = insert.values({name: bindparam(name) for name in names})
        key = [column.name for column in table.primary_key]
        rest = {name: insert.excluded[name] for name in names if name not in key}
        if not (replace and rest):
            return insert.on_conflict_do_nothing(index_elements=key)
        newer = table.c.sequence < insert.excluded.sequence if "sequence" in rest else None
        return insert.on_conflict_do_update(index_elements=key, set_=rest, where=newer)

    def drop_traces(self) -> None:
        """Truncate SQLite's write-ahead log, which still holds deleted rows.

        SQLite skips it while somebody reads.
        """
        if self._is_sqlite:
            with self._engine.connect() as connection:
                raw = connection.connection.cursor()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def newest_change(connection: Connection) -> int:
    """Return the number of the newest change this transaction sees."""
    return int(connection.execute(select(meta.c.value).where(meta.c.name == _CHANGE)).scalar_one())


def in_chunks(keys: Collection[str]) -> Iterator[list[str]]:
    """Yield keys in lists that one SQL statement can name."""
    every = list(keys)
    yield from (every[start : start + _MOST_PARAMETERS] for start in range(0, len(every), _MOST_PARAMETERS))


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let readers and the writer not wait for one another, and let :func:`_begin_sqlite` send BEGIN."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten in the file too
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where the transaction will write: taking it later could fail."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")
