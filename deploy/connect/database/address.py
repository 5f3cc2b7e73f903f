"""Where a database is: a URL that holds a password, so it is named and never written down."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from deploy.connect.secrets import SecretReference, read_secret
from deploy.connect.sources import SourceUnavailableError

DRIVERS: Final = {
    "postgresql": "psycopg",
    "mssql": "pymssql",
    "oracle": "oracledb",
    "sqlite": "pysqlite",
}
"""The driver of each kind of database that is read."""


def read_address(reference: SecretReference, folder: Path) -> URL:
    """Return the address of a database as it is now, so that a password may change while we run.

    Raises SourceUnavailableError, which says nothing of it.
    """
    try:
        url = make_url(read_secret("url", reference, folder))
        _ = url.port
    except (ArgumentError, ValueError):
        raise SourceUnavailableError(
            "url: not one of a database; one is postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None
    kind, _, driver = url.drivername.partition("+")
    if kind not in DRIVERS or driver not in ("", DRIVERS[kind]):
        known = ", ".join(f"{name}+{driver}" for name, driver in DRIVERS.items())
        raise SourceUnavailableError(f"url: {kind or 'it'} is not read by {driver or 'us'}: these are: {known}")
    return url.set(drivername=f"{kind}+{DRIVERS[kind]}")
