"""The tables of the outbox, in SQLite.  Times are milliseconds since the epoch; bodies are JSON.

Whoever changes a table raises ``versions.VERSION`` and adds a migration.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

OPEN_STATES: Final = ("PENDING", "SENDING")
"""The states of a message that is still to be sent; ``SENT`` and ``GIVEN_UP`` are final."""

cursors = Table(
    "cursor",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Where to go on reading."""

alerts = Table(
    "alert",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("updated_at", Integer, nullable=False),
    Column("evaluate_at", Integer),
    Index("alert_evaluate_at", "evaluate_at", sqlite_where=text("evaluate_at IS NOT NULL")),
    Index("alert_is_open", "is_open"),
    sqlite_with_rowid=False,
)
"""``evaluate_at`` is when to decide next what an alert requires; NULL: not before something new is read of it."""

actions = Table(
    "action",
    metadata,
    Column("action_id", Text, nullable=False),
    Column("alert_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("action_body", "alert_id", "action_id", "body", unique=True),
)
"""What people did about alerts."""

notifications = Table(
    "notification",
    metadata,
    Column("notification_id", Text, primary_key=True),
    Column("alert_id", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("required_at", Integer, nullable=False),
    Column("message_id", Text),
    Index("notification_by_alert", "alert_id"),
    Index("notification_queued", "recipient", sqlite_where=text("message_id IS NULL")),
    sqlite_with_rowid=False,
)
"""What each recipient is notified of; without a ``message_id`` it is queued: no message holds it yet."""

messages = Table(
    "message",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Integer, nullable=False),
    Column("refused", Boolean, nullable=False, server_default=text("0")),
    Column("problem", Text),
    Column("settled_at", Integer),
    Index("message_open", "recipient", "number", sqlite_where=text("state IN ('PENDING', 'SENDING')")),
    Index("message_recent", "recipient", "created_at"),
)

digests = Table(
    "digest",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""The daily digests that were written; ``day`` is a date of Europe/London."""

audit_entries = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("entry_id", Text, nullable=False, unique=True),
    Column("action", Text, nullable=False),
    Column("target", Text),
    Column("recipient", Text),
    Column("details", Text, nullable=False),
)
"""Entries that the audit log does not have yet, in their order."""

unread = Table(
    "unread",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("unread_key", "topic", "key"),
    sqlite_with_rowid=False,
)
"""Messages that no notifier here could read yet, such as a newer release's."""
