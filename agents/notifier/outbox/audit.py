"""The entries that the notifier owes the audit log: kept until the log has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, delete, insert, select

from agents.notifier.outbox.tables import audit_entries


@dataclass(frozen=True, slots=True)
class OwedEntry:
    """An entry that the audit log does not have yet."""

    number: int
    entry_id: str
    action: str
    target: str | None
    recipient: str | None
    details: Mapping[str, str]


def put(
    connection: Connection,
    entry_id: str,
    action: str,
    target: str | None,
    recipient: str | None,
    details: Mapping[str, str],
) -> None:
    """Store an entry; the same id twice is one entry."""
    row = {
        "entry_id": entry_id,
        "action": action,
        "target": target,
        "recipient": recipient,
        "details": msgspec.json.encode(details).decode(),
    }
    connection.execute(insert(audit_entries).prefix_with("OR IGNORE"), row)


def first(connection: Connection) -> OwedEntry | None:
    """Return the oldest entry, if there is one."""
    row = connection.execute(select(audit_entries).order_by(audit_entries.c.number).limit(1)).mappings().first()
    if row is None:
        return None
    return OwedEntry(**{**row, "details": msgspec.json.decode(row["details"], type=dict[str, str])})


def drop(connection: Connection, number: int) -> None:
    """Delete an entry: the audit log has it."""
    connection.execute(delete(audit_entries).where(audit_entries.c.number == number))
