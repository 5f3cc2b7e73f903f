"""The version of the read model's tables, and what happens to a database of another version.

A database of an older release is rebuilt: everything is dropped and read again from Kafka, except what only the
database holds (users, sessions, comparisons of policies, audits).  One of a newer release is left alone, even by a
board that runs already.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, inspect, make_url, select, text

from dashboards.board.readmodel import tables
from dashboards.board.readmodel.audits import tables as audit_tables
from dashboards.board.readmodel.counts import tables as count_tables

_log: Final = logging.getLogger("cdi.board")  # commands load this: structlog takes longer to import than they run

VERSION: Final = 9
"""Of the tables: raise it with every change to one (1: releases that did not store it)."""

OWN_TABLES: Final = (
    tables.meta,
    tables.users,
    tables.sessions,
    tables.attempts,
    tables.comparisons,
    tables.differences,
    audit_tables.audit_forces,
    audit_tables.audit_sheets,
    audit_tables.audit_records,
    audit_tables.audit_readings,
    audit_tables.audit_requests,
    *count_tables.TABLES,
)
"""The tables that Kafka cannot restore."""

MIGRATIONS: Final[dict[int, tuple[str, ...]]] = {
    7: tuple(f"DROP TABLE IF EXISTS {table.name}" for table in count_tables.TABLES)
}
"""SQL to run on the kept tables, by the version that is upgraded.

7: counts made until then may have taken what was forgotten for missing; a force is counted anew on request.
"""

_NAME: Final = "version"


class ReadModelIsNewerError(RuntimeError):
    """The database is of a newer release than this board."""


def bring_up_to_date(connection: Connection) -> int | None:
    """Create missing tables, rebuild those of an older release, and return that release's version.

    Raises ReadModelIsNewerError.
    """
    version = _version(connection)
    if version is None or version == VERSION:
        tables.metadata.create_all(connection)
        former = None
    else:
        _require_not_newer(version)
        for number in range(version, VERSION):
            for statement in MIGRATIONS.get(number, ()):
                connection.execute(text(statement))
        tables.metadata.drop_all(
            connection, [table for table in tables.metadata.sorted_tables if table not in OWN_TABLES]
        )
        tables.metadata.create_all(connection)
        fields = {"was": version, "becomes": VERSION, "comes_from": "Kafka: it may take some minutes"}
        _log.warning("read_model_rebuilt", extra=fields)
        former = version
    connection.execute(tables.meta.delete().where(tables.meta.c.name == _NAME))
    connection.execute(tables.meta.insert().values(name=_NAME, value=str(VERSION)))
    return former


def require_ours(connection: Connection) -> None:
    """Check that no newer board has rebuilt the tables since.  Raises ReadModelIsNewerError."""
    _require_not_newer(_stored_version(connection))


def version_of(url: str) -> int | None:
    """Return the version of a read model without changing it; None where there is none.

    Raises SQLAlchemyError.
    """
    with reading_only(url) as connection:
        return None if connection is None else _version(connection)


@contextmanager
def reading_only(url: str) -> Iterator[Connection | None]:
    """Connect to a read model without creating or changing anything; give None if its file is missing."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "").expanduser()
        if not file.exists():
            yield None
            return
        address = address.set(database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _version(connection: Connection) -> int | None:
    """Return the version of the tables that exist; None where there are none."""
    if not inspect(connection).has_table(tables.meta.name):
        return None
    return _stored_version(connection)


def _stored_version(connection: Connection) -> int:
    value = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == _NAME)).scalar()
    return 1 if value is None else int(value)


def _require_not_newer(version: int) -> None:
    if version > VERSION:
        raise ReadModelIsNewerError(
            f"the read model is of a newer release (version {version}, this one knows {VERSION}): run that release, or "
            "give this one a database of its own; nothing was changed"
        )
