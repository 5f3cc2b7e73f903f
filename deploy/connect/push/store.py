"""What a push feed keeps in the data folder: digests of its tokens, and what it answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from deploy.files.private_database import private_database

_TABLES: Final = """
create table if not exists tokens (
    token_id text primary key, digest blob not null, made_at integer not null, ends_at integer, used_at integer
);
create table if not exists answers (
    key text primary key, request blob not null, answer blob not null, at integer not null
);
create index if not exists answers_by_age on answers (at);
"""


class PushStore:
    """The file of one feed, which only its owner may read; threads may share one."""

    def __init__(self, folder: Path, feed: str) -> None:
        """Make the file where there is none.  Raises OSError, sqlite3.Error."""
        self._file = folder / f"{feed}.push.sqlite3"
        private_database(self._file, _TABLES).close()

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction.  Raises sqlite3.Error."""
        with closing(private_database(self._file, "")) as database, database:
            yield database
