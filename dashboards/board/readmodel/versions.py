"""Which form the read model's tables are in, and what becomes of a database in another.

A database of an older release is made anew: all but what only it holds (who may sign in, who is signed in, which
policies were compared) is dropped, and comes again from Kafka.  One of a newer release is left alone, by this board and
by one that runs already.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, inspect, make_url, select, text

from dashboards.board.readmodel import tables

_log: Final = logging.getLogger("cdi.board")  # commands load this: structlog takes longer to import than they run

VERSION: Final = 4
"""Of the tables; whoever changes one raises it (1: releases that did not write it down)."""

KEPT: Final = (
    tables.meta, tables.users, tables.sessions, tables.attempts, tables.comparisons, tables.differences,
)  # fmt: skip
"""What Kafka does not have."""

MIGRATIONS: Final[dict[int, tuple[str, ...]]] = {}
"""What to do to the kept tables, by the version that is left behind; nothing so far."""

_NAME: Final = "version"


class ReadModelIsNewerError(RuntimeError):
    """The database is of a newer release than this board."""


def bring_up_to_date(connection: Connection) -> int | None:
    """Make the tables there are none of, and make those of an older release anew; say which version that was.

    Raises ReadModelIsNewerError.
    """
    found = _found(connection)
    if found is None or found == VERSION:
        tables.metadata.create_all(connection)
        former = None
    else:
        _require_not_newer(found)
        for number in range(found, VERSION):
            for statement in MIGRATIONS.get(number, ()):
                connection.execute(text(statement))
        tables.metadata.drop_all(connection, [each for each in tables.metadata.sorted_tables if each not in KEPT])
        tables.metadata.create_all(connection)
        stated = {"was": found, "becomes": VERSION, "comes_from": "Kafka: it may take some minutes"}
        _log.warning("read_model_rebuilt", extra=stated)
        former = found
    connection.execute(tables.meta.delete().where(tables.meta.c.name == _NAME))
    connection.execute(tables.meta.insert().values(name=_NAME, value=str(VERSION)))
    return former


def require_ours(connection: Connection) -> None:
    """Check that no newer board has made the tables anew since.  Raises ReadModelIsNewerError."""
    _require_not_newer(_stamp(connection))


def version_of(url: str) -> int | None:
    """Tell the version of a read model without touching it; None where there is none.  Raises SQLAlchemyError."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "").expanduser()
        if not file.exists():
            return None
        address = address.set(database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return _found(connection)
    finally:
        engine.dispose()


def _found(connection: Connection) -> int | None:
    """The version of the tables that are there; None where there are none."""
    if not inspect(connection).has_table(tables.meta.name):
        return None
    return _stamp(connection)


def _stamp(connection: Connection) -> int:
    stated = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == _NAME)).scalar()
    return 1 if stated is None else int(stated)


def _require_not_newer(found: int) -> None:
    if found > VERSION:
        raise ReadModelIsNewerError(
            f"the read model is of a newer release (version {found}, this one knows {VERSION}): run that release, or "
            "give this one a database of its own; nothing was changed"
        )
