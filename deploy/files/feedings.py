"""Remember what was fed: a file fed again changes nothing, and ties between two feedings are seen.

Whoever feeds need not be allowed to read a topic, so it is kept beside the installation's data: of each file that takes
its rows' order from the time of feeding, where its rows began; and keyed hashes of rows, from which no record can be
read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from agents.kafka.writer_release import program_version
from deploy.files.private_database import failing_as, private_database
from deploy.files.spools import open_bytes
from deploy.files.ties import MOST_ROWS

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

FILE: Final = "feedings.sqlite3"
"""The file's name, in the data folder."""
_TABLES: Final = """
create table if not exists secret (key blob not null);
create table if not exists files (digest blob primary key, first_place integer not null) without rowid;
create table if not exists bodies (version integer primary key, body integer not null, fed_at integer not null);
create temporary table now (version integer primary key, body integer not null);
"""
_KEY_BYTES: Final = 32


class FeedingsUnavailableError(Exception):
    """The file cannot be read or written; the message says why."""


class Feedings:
    """Remembers files and rows of one installation."""

    def __init__(self, folder: Path, prefix: str) -> None:
        """Open the file in a data folder, for one prefix.  Raises FeedingsUnavailableError."""
        self._file = folder / FILE
        self._new_files: dict[bytes, int] = {}
        with self._failing():
            self._database = private_database(self._file, _TABLES)
            with self._database:
                self._database.execute(
                    "insert into secret select ? where not exists (select * from secret)", [os.urandom(_KEY_BYTES)]
                )
            (secret,) = self._database.execute("select key from secret").fetchone()
        self.key: Final = hashlib.blake2b(prefix.encode(), key=secret).digest()
        """What hashes of rows are keyed with."""

    def first_place(self, path: Path, mapping: ColumnMapping, place: int) -> int:
        """Return where a file's rows began when this mapping first fed it; ``place`` if it never did.

        Another release may read the file otherwise, so to that it is another file.

        Raises OSError, FeedingsUnavailableError.
        """
        reading = msgspec.json.encode((program_version(), mapping.reading), order="deterministic")
        digest = hashlib.blake2b(reading, key=self.key)
        with open_bytes(path) as content:
            while block := content.read(1 << 20):
                digest.update(block)
        with self._failing():
            row = self._database.execute("select first_place from files where digest = ?", [digest.digest()]).fetchone()
        if row is not None:
            return int(row[0])
        return self._new_files.setdefault(digest.digest(), place)

    def ties(self, body_by_version: Mapping[int, int]) -> int:
        """Count the rows whose version was fed before with another body.  Raises FeedingsUnavailableError."""
        with self._failing(), self._database:
            self._database.execute("delete from now")
            self._database.executemany("insert into now values (?, ?)", body_by_version.items())
            (number,) = self._database.execute(
                "select count(*) from now join bodies using (version) where now.body <> bodies.body"
            ).fetchone()
        return int(number)

    def save_files(self) -> None:
        """Keep the files asked for, before their rows are sent.  Raises FeedingsUnavailableError."""
        with self._failing(), self._database:
            self._database.executemany("insert or ignore into files values (?, ?)", self._new_files.items())
        self._new_files.clear()

    def save_rows(self, body_by_version: Mapping[int, int], fed_at: int) -> None:
        """Keep rows sent at ``fed_at`` (ms), and the newest before.  Raises FeedingsUnavailableError."""
        rows = ((version, body, fed_at) for version, body in body_by_version.items())
        with self._failing(), self._database:
            self._database.executemany("insert or replace into bodies values (?, ?, ?)", rows)
            self._database.execute(
                "delete from bodies where version in "
                "(select version from bodies order by fed_at desc limit -1 offset ?)",
                [MOST_ROWS],
            )

    def _failing(self) -> AbstractContextManager[None]:
        return failing_as(FeedingsUnavailableError, self._file)
