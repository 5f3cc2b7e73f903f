"""The outbox's tables, in SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final

VERSION: Final = 2

_UNREAD: Final = """
CREATE TABLE unread (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID; -- what no notifier here could read yet, such as a newer release's
CREATE INDEX unread_key ON unread (topic, key);
"""

MIGRATIONS: Final = {1: _UNREAD}
"""What makes an outbox of each former version into the next; an outbox cannot be read again from Kafka."""

SCHEMA: Final = (
    """
CREATE TABLE cursor (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE alert (
    alert_id TEXT PRIMARY KEY, body BLOB NOT NULL, is_open INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    look_at INTEGER -- when to look at it next, in ms, or NULL, not before something is heard of it
) WITHOUT ROWID;
CREATE INDEX alert_look_at ON alert (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX alert_is_open ON alert (is_open);
CREATE TABLE action (action_id TEXT NOT NULL, alert_id TEXT NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX action_body ON action (alert_id, action_id, body);
CREATE TABLE notice (
    notice_id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
    episode INTEGER NOT NULL, urgent INTEGER NOT NULL, wanted_at INTEGER NOT NULL,
    message_id TEXT -- NULL: it waits for one
) WITHOUT ROWID;
CREATE INDEX notice_alert ON notice (alert_id);
CREATE INDEX notice_waiting ON notice (recipient) WHERE message_id IS NULL;
CREATE TABLE message (
    number INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, kind TEXT NOT NULL,
    urgent INTEGER NOT NULL, sealed_at INTEGER NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    payload TEXT NOT NULL, answers TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0, problem TEXT, settled_at INTEGER
);
CREATE INDEX message_open ON message (recipient, number) WHERE state IN ('PENDING', 'SENDING');
CREATE INDEX message_recent ON message (recipient, sealed_at);
CREATE TABLE digest (recipient TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (recipient, day)) WITHOUT ROWID;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, target TEXT, recipient TEXT,
    details TEXT NOT NULL
);
"""
    + _UNREAD
)


class OutboxError(RuntimeError):
    """An outbox that cannot be used."""


def connect(file: Path) -> sqlite3.Connection:
    """Open the outbox, making it where there is none.  Raises OutboxError.

    A commit is on the disk when it returns: what is noted as sending must be found again after the power fails.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file, not only out of sight
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        connection.close()
        raise OutboxError(
            f"{file}: of a newer release (version {version}, this one knows {VERSION}): run that release, or a newer "
            "one; nothing was changed or sent"
        )
    if version == 0:
        _run(connection, SCHEMA)
    else:
        for number in range(version, VERSION):
            _run(connection, MIGRATIONS[number])
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return connection


def version_of(file: Path) -> int | None:
    """Tell the version of an outbox without touching it; None where there is none."""
    if not file.exists():
        return None
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _run(connection: sqlite3.Connection, statements: str) -> None:
    """Run statements inside the transaction that is open, which executescript would end."""
    for statement in filter(str.strip, statements.split(";")):
        connection.execute(statement)
