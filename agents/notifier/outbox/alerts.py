"""The alerts in the outbox, what people did about them, and when to evaluate each next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, exists, insert, select, update

from agents.notifier.outbox.tables import actions, alerts, messages, notifications
from schemas.products import OPEN_STATUSES, Alert, AlertAction
from streams.actions import AlertActions

AT_ONCE: Final = 0
"""A moment to evaluate an alert at that is long past."""


def put(connection: Connection, alert: Alert) -> None:
    """Store an alert in place of its former state, and evaluate it at once.

    A worker that was restarted publishes changes again: one older than what is stored is no news.
    """
    stored = connection.execute(select(alerts.c.body).where(alerts.c.alert_id == alert.alert_id)).scalar()
    if stored is not None and _alert(stored).sequence > alert.sequence:
        return
    connection.execute(
        insert(alerts).prefix_with("OR REPLACE"),
        {
            "alert_id": alert.alert_id,
            "body": msgspec.json.encode(alert),
            "is_open": alert.status in OPEN_STATUSES,
            "updated_at": alert.updated_at,
            "evaluate_at": AT_ONCE,
        },
    )


def put_action(connection: Connection, action: AlertAction) -> None:
    """Store what somebody did, and evaluate its alert at once; the same action twice counts once."""
    row = {"action_id": action.action_id, "alert_id": action.alert_id, "body": msgspec.json.encode(action)}
    if connection.execute(insert(actions).prefix_with("OR IGNORE"), row).rowcount:
        evaluate_at(connection, action.alert_id, AT_ONCE)


def evaluate_at(connection: Connection, alert_id: str, moment: int | None) -> None:
    """Set when to evaluate an alert next (ms); None: when something new is read of it."""
    connection.execute(update(alerts).where(alerts.c.alert_id == alert_id).values(evaluate_at=moment))


def to_evaluate(connection: Connection, clock: int, limit: int) -> list[Alert]:
    """Return alerts that are to be evaluated by ``clock`` (ms), the longest due first."""
    query = select(alerts.c.body).where(alerts.c.evaluate_at <= clock).order_by(alerts.c.evaluate_at).limit(limit)
    return [_alert(body) for body in connection.execute(query).scalars()]


def open_alerts(connection: Connection) -> list[Alert]:
    """Return every alert that is open."""
    query = select(alerts.c.body).where(alerts.c.is_open).order_by(alerts.c.alert_id)
    return [_alert(body) for body in connection.execute(query).scalars()]


def by_id(connection: Connection, alert_ids: Iterable[str]) -> dict[str, Alert]:
    """Return these alerts, by id; those that are not there are left out."""
    query = select(alerts.c.body)
    bodies = (connection.execute(query.where(alerts.c.alert_id == alert_id)).scalar() for alert_id in alert_ids)
    return {alert.alert_id: alert for alert in (_alert(body) for body in bodies if body is not None)}


def alert_actions(connection: Connection, alert_id: str) -> AlertActions:
    """Return what people did about an alert."""
    bodies = connection.execute(select(actions.c.body).where(actions.c.alert_id == alert_id)).scalars()
    return AlertActions.of(msgspec.json.decode(body, type=AlertAction) for body in bodies)


def forget(connection: Connection, alert_id: str) -> None:
    """Delete an alert with its notifications, and its messages that nobody has begun to send.

    A message that is about other alerts too stays.
    """
    about = notifications.c.alert_id == alert_id
    query = select(notifications.c.message_id).distinct().where(about, notifications.c.message_id.is_not(None))
    message_ids = connection.execute(query).scalars().all()
    for table in (alerts, actions, notifications):
        connection.execute(delete(table).where(table.c.alert_id == alert_id))
    _delete_unneeded(connection, message_ids)


def forget_before(connection: Connection, moment: int) -> int:
    """Delete closed alerts that last changed before a moment (ms), and messages settled before it.

    What people did about alerts that are no longer there is deleted too.  Return how many alerts were deleted.
    """
    old = select(alerts.c.alert_id).where(~alerts.c.is_open, alerts.c.updated_at < moment)
    alert_ids = connection.execute(old).scalars().all()
    for alert_id in alert_ids:
        forget(connection, alert_id)
    connection.execute(delete(messages).where(messages.c.settled_at < moment))
    connection.execute(delete(actions).where(actions.c.alert_id.not_in(select(alerts.c.alert_id))))
    return len(alert_ids)


def _delete_unneeded(connection: Connection, message_ids: Collection[str]) -> None:
    holds_others = exists().where(notifications.c.message_id == messages.c.message_id)
    for message_id in message_ids:
        connection.execute(
            delete(messages).where(
                messages.c.message_id == message_id,
                messages.c.state == "PENDING",
                messages.c.attempts == 0,
                ~holds_others,
            )
        )


def _alert(body: bytes) -> Alert:
    return msgspec.json.decode(body, type=Alert)
