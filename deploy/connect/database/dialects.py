"""The kinds of databases that are read."""

from __future__ import annotations

from typing import Final

from deploy.connect.database.database_kind import DatabaseKind
from deploy.connect.database.oracle import Oracle
from deploy.connect.database.postgresql import PostgreSQL
from deploy.connect.database.sql_server import SQLServer
from deploy.connect.database.sqlite import SQLite

KINDS: Final[dict[str, DatabaseKind]] = {
    "postgresql": PostgreSQL(),
    "mssql": SQLServer(),
    "oracle": Oracle(),
    "sqlite": SQLite(),
}
"""By the name that an address begins with."""
