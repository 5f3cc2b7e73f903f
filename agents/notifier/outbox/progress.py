"""How far each topic is read, and the messages that could not be read yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, delete, insert, select

from agents.notifier.outbox.tables import cursors, unread

if TYPE_CHECKING:
    from streams.topology.unread_messages import UnreadChanges


def next_offsets(connection: Connection, topic: str) -> dict[int, int]:
    """Return where to go on reading a topic, by partition."""
    query = select(cursors.c.partition, cursors.c.next_offset).where(cursors.c.topic == topic)
    return {row.partition: row.next_offset for row in connection.execute(query)}


def set_next_offset(connection: Connection, topic: str, partition: int, next_offset: int) -> None:
    """Store where to go on reading, in the same transaction as what was read."""
    row = {"topic": topic, "partition": partition, "next_offset": next_offset}
    connection.execute(insert(cursors).prefix_with("OR REPLACE"), row)


def write_unread(connection: Connection, prefix: str, changes: UnreadChanges) -> None:
    """Delete what was replaced, and store what cannot be read yet, with the topics' ``prefix``."""
    for topic, key in changes.replaced:
        connection.execute(delete(unread).where(unread.c.topic == f"{prefix}{topic}", unread.c.key == key))
    for message, _, _ in changes.added:
        row = {"topic": f"{prefix}{message.topic}", "partition": message.partition, "offset": message.offset}
        connection.execute(
            insert(unread).prefix_with("OR REPLACE"), {**row, "key": message.key or b"", "value": message.value}
        )


def unread_messages(connection: Connection) -> Sequence[Row[tuple[str, int, int, bytes, bytes]]]:
    """Return the messages that could not be read yet: topic, partition, offset, key and value."""
    query = select(unread).order_by(unread.c.topic, unread.c.partition, unread.c.offset)
    return connection.execute(query).all()


def drop_unread_at(connection: Connection, topic: str, partition: int, offset: int) -> None:
    """Delete one unread message: it has been read now."""
    at = (unread.c.topic == topic) & (unread.c.partition == partition) & (unread.c.offset == offset)
    connection.execute(delete(unread).where(at))
