"""SQLite files in the data folder, which only their owner may read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

_PATIENCE_SECONDS: Final = 30.0
"""How long to wait for another process that writes."""


def private_database(
    file: Path, tables: str, isolation_level: Literal["DEFERRED"] | None = "DEFERRED"
) -> sqlite3.Connection:
    """Open a file, made where there is none, with its tables; any thread may use it, one at a time.

    Without ``isolation_level`` each statement is a transaction of its own.  Raises OSError, sqlite3.Error.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(
        file, timeout=_PATIENCE_SECONDS, isolation_level=isolation_level, check_same_thread=False
    )
    try:
        database.executescript(tables)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def failing_as(error: type[Exception], file: Path) -> Iterator[None]:
    """Raise ``error``, which names the file and the reason, where the file cannot be read or written."""
    try:
        yield
    except (OSError, sqlite3.Error) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else None
        raise error(f"{file}: {reason or failure}") from None
