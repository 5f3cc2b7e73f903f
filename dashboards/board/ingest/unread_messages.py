"""The read model's table of messages that could not be read or stored when they came."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from dashboards.board.readmodel.rows import key_text
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.tables import unread
from schemas.codec import Codec
from schemas.products import AlertAction
from streams.topology.messages import TopicMessage
from streams.topology.unread_messages import UNKNOWN_SCHEMA, UnreadChanges, UnreadMessage


def write_changes(model: ReadModel, connection: Connection, changes: UnreadChanges) -> None:
    """Delete what was replaced, and store what could not be read."""
    if connection.execute(select(unread.c.key).limit(1)).first() is not None:
        for topic, key in changes.replaced:
            connection.execute(unread.delete().where(unread.c.topic == topic, unread.c.key == key_text(key)))
    model.put(connection, unread, *map(_row, changes.added))


def retryable(connection: Connection, codec: Codec, *, since_start: bool) -> list[TopicMessage]:
    """Return the messages whose schema is known by now; see ``apply.apply_unread``."""
    limits = [unread.c.reason == UNKNOWN_SCHEMA] if since_start else []
    known_ids = []
    for schema_id in connection.execute(select(unread.c.schema_id).where(*limits).distinct()).scalars().all():
        value = connection.execute(select(unread.c.value).where(unread.c.schema_id == schema_id).limit(1)).scalar_one()
        if codec.knows(value):
            known_ids.append(schema_id)
    if not known_ids:
        return []
    rows = select(unread).where(unread.c.schema_id.in_(known_ids), *limits)
    in_order = rows.order_by(unread.c.topic, unread.c.partition, unread.c.offset)
    return [
        TopicMessage(row.topic, row.partition, row.offset, _key(row.topic, row.key), row.value)
        for row in connection.execute(in_order)
    ]


def still_stored(connection: Connection, messages: Collection[TopicMessage]) -> list[TopicMessage]:
    """Return those of these messages that no other board has read, or seen replaced, meanwhile."""
    places = {tuple(row) for row in connection.execute(select(unread.c.topic, unread.c.partition, unread.c.offset))}
    return [message for message in messages if (message.topic, message.partition, message.offset) in places]


def set_reason(connection: Connection, message: TopicMessage, reason: str) -> None:
    """Store why a message still cannot be taken."""
    connection.execute(unread.update().filter_by(**_place(message)).values(reason=reason))


def delete(connection: Connection, messages: Collection[TopicMessage]) -> None:
    """Delete messages from the table."""
    for message in messages:
        connection.execute(unread.delete().filter_by(**_place(message)))


def _row(unread_message: UnreadMessage) -> dict[str, Any]:
    message = unread_message.message
    return {
        **_place(message),
        "key": key_text(message.key),
        "value": message.value,
        "schema_id": unread_message.schema_id,
        "reason": unread_message.reason,
    }


def _place(message: TopicMessage) -> dict[str, Any]:
    return {"topic": message.topic, "partition": message.partition, "offset": message.offset}


def _key(topic: str, text: str) -> bytes:
    """Return a message's key; former releases wrote an action's place behind it."""
    return (text.partition("\t")[0] if topic == AlertAction.TOPIC else text).encode()
