"""What a push feed keeps in the data folder: digests of its tokens, and what it answered."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TABLES: Final = """
create table if not exists tokens (
    token_id text primary key, digest blob not null, made_at integer not null, ends_at integer, used_at integer
);
create table if not exists answers (
    key text primary key, request blob not null, answer blob not null, at integer not null
);
create index if not exists answers_by_age on answers (at);
"""
_PATIENCE_SECONDS: Final = 10.0


class PushStore:
    """The file of one feed, which only its owner may read; threads may share one."""

    def __init__(self, folder: Path, feed: str) -> None:
        """Make the file where there is none.  Raises OSError, sqlite3.Error."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / f"{feed}.push.sqlite3"
        os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
        with self.open() as database:
            database.executescript(_TABLES)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction.  Raises sqlite3.Error."""
        database = sqlite3.connect(self._file, timeout=_PATIENCE_SECONDS)
        try:
            with database:
                yield database
        finally:
            database.close()
