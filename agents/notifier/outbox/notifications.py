"""The notifications in the outbox, queued until a message holds them; and the digests written."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from agents.notifier.batching import MessageBatch, QueuedNotification
from agents.notifier.notifications import Notification
from agents.notifier.outbox.tables import digests, messages, notifications


def batched(connection: Connection, alert_id: str) -> list[Notification]:
    """Return the notifications of an alert that a message holds: they are sent, or will be."""
    query = select(
        notifications.c.alert_id, notifications.c.recipient, notifications.c.kind, notifications.c.episode
    ).where(notifications.c.alert_id == alert_id, notifications.c.message_id.is_not(None))
    return [Notification(**row) for row in connection.execute(query).mappings()]


def set_queued(connection: Connection, alert_id: str, required: Mapping[Notification, bool], clock: int) -> None:
    """Queue exactly these notifications of an alert, each with whether it is urgent.

    Those of them that are queued already keep their time.
    """
    ids = [notification.notification_id for notification in required]
    queued = (notifications.c.alert_id == alert_id) & notifications.c.message_id.is_(None)
    connection.execute(delete(notifications).where(queued, notifications.c.notification_id.not_in(ids)))
    for notification, urgent in required.items():
        row = {
            "notification_id": notification.notification_id,
            "alert_id": alert_id,
            "recipient": notification.recipient,
            "kind": notification.kind,
            "episode": notification.episode,
            "urgent": urgent,
            "required_at": clock,
        }
        connection.execute(insert(notifications).prefix_with("OR IGNORE"), row)


def queues(connection: Connection) -> dict[str, list[QueuedNotification]]:
    """Return the queued notifications by recipient, the longest queued first."""
    query = (
        select(notifications)
        .where(notifications.c.message_id.is_(None))
        .order_by(notifications.c.required_at, notifications.c.notification_id)
    )
    by_recipient: dict[str, list[QueuedNotification]] = {}
    for row in connection.execute(query):
        queued = QueuedNotification(row.notification_id, row.alert_id, row.kind, row.urgent, row.required_at)
        by_recipient.setdefault(row.recipient, []).append(queued)
    return by_recipient


def assign(connection: Connection, batch: MessageBatch) -> None:
    """Store which message holds the notifications of a batch."""
    statement = update(notifications).where(notifications.c.notification_id == bindparam("batched_id"))
    rows = [{"batched_id": queued.notification_id} for queued in batch.notifications]
    connection.execute(statement.values(message_id=batch.message_id), rows)


def alerts_in(connection: Connection, message_id: str) -> list[str]:
    """Return the ids of the alerts that a message is about."""
    query = select(notifications.c.alert_id).where(notifications.c.message_id == message_id)
    return list(connection.execute(query.order_by(notifications.c.alert_id)).scalars())


def first_message(connection: Connection, recipient: str, alert_id: str) -> str | None:
    """Return the id of the first message to a recipient about an alert, if there is one."""
    query = (
        select(messages.c.message_id)
        .join(notifications, notifications.c.message_id == messages.c.message_id)
        .where(notifications.c.alert_id == alert_id, notifications.c.recipient == recipient)
        .order_by(messages.c.number)
    )
    return connection.execute(query).scalar()


def has_digest(connection: Connection, recipient: str, day: str) -> bool:
    """Return whether a recipient's digest of a day was written."""
    query = select(digests).where(digests.c.recipient == recipient, digests.c.day == day)
    return connection.execute(query).first() is not None


def set_digest(connection: Connection, recipient: str, day: str) -> None:
    """Store that a recipient's digest of a day was written."""
    connection.execute(insert(digests), {"recipient": recipient, "day": day})
