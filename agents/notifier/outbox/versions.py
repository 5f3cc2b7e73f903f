"""Which version the outbox's tables are of, and how an older outbox is migrated.

What the outbox holds cannot be read again from Kafka, so an older one is migrated step by step.  One of a newer release
is refused and left as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, NullPool, create_engine, text

from agents.notifier.outbox.failures import OutboxError
from agents.notifier.outbox.tables import metadata

VERSION: Final = 3
"""Of the tables, kept as SQLite's ``user_version``."""

MIGRATIONS: Final[dict[int, tuple[str, ...]]] = {
    1: (
        """CREATE TABLE unread (
            topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB NOT NULL,
            value BLOB NOT NULL, PRIMARY KEY (topic, partition, offset)
        ) WITHOUT ROWID""",
        "CREATE INDEX unread_key ON unread (topic, key)",
    ),
    2: (
        "DROP INDEX alert_look_at",
        "ALTER TABLE alert RENAME COLUMN look_at TO evaluate_at",
        "CREATE INDEX alert_evaluate_at ON alert (evaluate_at) WHERE evaluate_at IS NOT NULL",
        "DROP INDEX notice_alert",
        "DROP INDEX notice_waiting",
        "ALTER TABLE notice RENAME TO notification",
        "ALTER TABLE notification RENAME COLUMN notice_id TO notification_id",
        "ALTER TABLE notification RENAME COLUMN wanted_at TO required_at",
        "CREATE INDEX notification_by_alert ON notification (alert_id)",
        "CREATE INDEX notification_queued ON notification (recipient) WHERE message_id IS NULL",
        "ALTER TABLE message RENAME COLUMN sealed_at TO created_at",
        "ALTER TABLE message RENAME COLUMN answers TO in_reply_to",
    ),
}
"""The statements that make an outbox of each former version into one of the next."""


def bring_up_to_date(connection: Connection, file: Path) -> None:
    """Create the tables in an empty file, or migrate those of an older release.

    Raises OutboxError where the file is of a newer release.
    """
    version = _version(connection)
    if version > VERSION:
        raise OutboxError(
            f"{file}: of a newer release (version {version}, this one knows {VERSION}): run that release, or a newer "
            "one; nothing was changed or sent"
        )
    if version == 0:
        metadata.create_all(connection)
    else:
        for number in range(version, VERSION):
            for statement in MIGRATIONS[number]:
                connection.execute(text(statement))
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))


def version_of(file: Path) -> int | None:
    """Return the version of an outbox without touching it; None where there is no file."""
    if not file.exists():
        return None
    address = URL.create("sqlite", database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    with create_engine(address, poolclass=NullPool).connect() as connection:
        return _version(connection)


def _version(connection: Connection) -> int:
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())
