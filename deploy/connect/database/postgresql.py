"""PostgreSQL, by psycopg."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.adapt import Loader
from psycopg.types import datetime as times
from psycopg.types.string import TextLoader
from sqlalchemy import Connection

from deploy.connect.database.database_kind import CONNECT_SECONDS, DatabaseKind


class PostgreSQL(DatabaseKind):
    """PostgreSQL, by psycopg."""

    streams_in = "READ COMMITTED"

    def arguments(self, timeout_seconds: int) -> dict[str, object]:
        """Prepare nothing: a prepared query fails once a column was added."""
        return {
            "connect_timeout": CONNECT_SECONDS,
            "prepare_threshold": None,
            "application_name": "cdi connect",
            "keepalives_idle": 30,
        }

    def prepare(self, connection: Connection, timeout_seconds: int) -> None:
        """Set the session read-only; times that Python does not hold come as text."""
        for setting in (
            "default_transaction_read_only = on",
            f"statement_timeout = '{timeout_seconds}s'",
            f"lock_timeout = '{timeout_seconds}s'",
            "timezone = 'UTC'",
            "datestyle = 'ISO'",
            "intervalstyle = 'postgres'",
        ):
            connection.exec_driver_sql(f"SET {setting}")
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the engine was made with psycopg
        for name, loader in _LOADERS.items():
            driver.adapters.register_loader(name, loader)

    def cancel(self, driver_connection: Any) -> None:  # noqa: ANN401 - psycopg's
        """Ask the server, whatever the connection is doing."""
        driver_connection.cancel_safe(timeout=CONNECT_SECONDS)


def _or_text(reads: type[Loader]) -> type[Loader]:
    """Return a loader that leaves as text what Python cannot hold: ``infinity``, BC, 24:00."""

    class _OrText(reads):  # type: ignore[valid-type,misc]
        def load(self, data: Any) -> Any:  # noqa: ANN401 - psycopg's buffers, and any value
            try:
                return super().load(data)
            except (psycopg.DataError, ValueError, OverflowError):
                return bytes(data).decode()

    return _OrText


_LOADERS: Final[dict[str, type[Loader]]] = {
    "date": _or_text(times.DateLoader),
    "time": _or_text(times.TimeLoader),
    "timetz": _or_text(times.TimetzLoader),
    "timestamp": _or_text(times.TimestampLoader),
    "timestamptz": _or_text(times.TimestamptzLoader),
    "interval": _or_text(times.IntervalLoader),
    "json": TextLoader,
    "jsonb": TextLoader,
}
"""How values come whose cells would otherwise fail, or be another text than the database's."""
