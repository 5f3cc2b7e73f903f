"""From what was read to what is to be sent: evaluates alerts, and writes the messages that are due."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy import Connection

from agents.notifier.batching import MessageBatch, due_batches
from agents.notifier.contents import AlertItem, contents_of, digest_of
from agents.notifier.notifications import histories_of, is_urgent, required_notifications
from agents.notifier.outbox import Outbox, alerts, audit, messages, notifications
from agents.notifier.outbox.failures import is_refusal
from agents.notifier.routing import Recipient, Routing
from agents.observability.log_levels import debugging
from schemas.products import Alert, AlertAction
from streams.actions import Handling, escalations_due, next_escalation
from streams.policy import ActionPolicy, PolicyBook
from streams.policy.calendar import HOUR, local_date, local_time_on_day_of
from streams.topology.correlation_headers import event_names

_log: Final = structlog.get_logger("cdi.notifier")
_is_debugged: Final = debugging("cdi.notifier")

AT_A_TIME: Final = 200
"""How many alerts are evaluated in one transaction."""
LATEST_DIGEST: Final = 4 * HOUR
"""How late, in ms, a notifier that was not running still writes a digest."""
TRY_AGAIN: Final = 15_000
"""How long after an escalation an alert is evaluated again, in ms: the broker may not have taken the escalation."""


class Planner:
    """Decides on notifications, messages and escalations; it changes nothing but the outbox."""

    def __init__(self, outbox: Outbox, routing: Routing, book: PolicyBook, board: str, *, live: bool) -> None:
        """Take ``board``, the address that links begin with, and ``live``: False under the stream clock.

        Under the stream clock nothing is stale and nothing escalates: its time is not that of the people who look.
        """
        self._outbox = outbox
        self._routing = routing
        self._recipients = routing.recipients()
        self._policy = book.notifications
        self._actions: ActionPolicy | None = book.actions if live else None
        self._stale_after = book.notifications.stale_after if live else None
        self._board = board.rstrip("/")

    def evaluate_all(self) -> None:
        """Have every open alert evaluated: since the last start, recipients and policy may have changed."""
        with self._outbox.transaction() as connection:
            for alert in alerts.open_alerts(connection):
                alerts.evaluate_at(connection, alert.alert_id, alerts.AT_ONCE)

    def evaluate(self, clock: int) -> tuple[int, list[AlertAction]]:
        """Evaluate some of the alerts that are due at ``clock`` (ms); return how many, and their escalations."""
        escalations: list[AlertAction] = []
        with self._outbox.transaction() as connection:
            due = alerts.to_evaluate(connection, clock, AT_A_TIME)
            for alert in due:
                try:
                    with connection.begin_nested():
                        escalations += self._evaluate(connection, alert, clock)
                except Exception as failure:
                    if not is_refusal(failure):
                        raise
                    _log.error("not_evaluated", alert_id=alert.alert_id, fault=type(failure).__name__)
                    alerts.evaluate_at(connection, alert.alert_id, None)  # until something new is read of it
        return len(due), escalations

    def store_escalations(self, escalations: Sequence[AlertAction]) -> None:
        """Store that the broker has these escalations, without waiting to read them back."""
        with self._outbox.transaction() as connection:
            for action in escalations:
                alerts.put_action(connection, action)
                details = {"level": action.level or ""}
                audit.put(connection, action.action_id, "ESCALATE", action.alert_id, None, details)

    def batch(self, clock: int) -> None:
        """Write the messages that are due at ``clock`` (ms), from the queued notifications."""
        with self._outbox.transaction() as connection:
            for name, queue in notifications.queues(connection).items():
                recent, storm_at = messages.recent_urgent(connection, name, clock - self._policy.storm_window)
                for batch in due_batches(queue, recent, storm_at, self._policy, clock):
                    self._write(connection, name, batch, clock)

    def write_digests(self, clock: int) -> None:
        """Write each reader's digest of the day, from its hour until it is too late for one."""
        hour, minute = divmod(self._policy.digest_at, 60)
        if not 0 <= clock - local_time_on_day_of(clock, hour, minute) <= LATEST_DIGEST:
            return
        day = local_date(clock).isoformat()
        with self._outbox.transaction() as connection:
            readers = [
                recipient
                for recipient in self._routing.digest_readers()
                if not notifications.has_digest(connection, recipient.name, day)
            ]
            if readers:
                self._write_digests(connection, readers, day, clock)

    def _write_digests(self, connection: Connection, readers: Sequence[Recipient], day: str, clock: int) -> None:
        visible = [alert for alert in alerts.open_alerts(connection) if not _is_hidden(connection, alert, clock)]
        for reader in readers:
            message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|digest|{reader.name}|{day}"))
            theirs = [alert for alert in visible if reader in self._routing.digest_readers_of(alert)]
            contents = digest_of(message_id, theirs, self._board, self._policy.listed_longest, day)
            messages.add(connection, message_id, reader.name, "DIGEST", contents, clock, urgent=False)
            notifications.set_digest(connection, reader.name, day)

    def _evaluate(self, connection: Connection, alert: Alert, clock: int) -> tuple[AlertAction, ...]:
        alert_actions = alerts.alert_actions(connection, alert.alert_id)
        histories = histories_of(notifications.batched(connection, alert.alert_id))
        required = required_notifications(
            alert, alert_actions, self._routing, histories, clock=clock, stale_after=self._stale_after
        )
        queued = {
            notification: is_urgent(alert, notification.kind)
            for notification in required
            if notification.recipient in self._recipients
        }
        notifications.set_queued(connection, alert.alert_id, queued, clock)
        handling = alert_actions.handling(clock)
        due = () if self._actions is None else escalations_due(alert, handling, self._actions, clock)
        next_time = clock + TRY_AGAIN if due else self._next_time(alert, handling)
        alerts.evaluate_at(connection, alert.alert_id, next_time)
        return due

    def _next_time(self, alert: Alert, handling: Handling) -> int | None:
        """Return when (ms) the passing of time alone next changes what an alert requires."""
        escalates_at = None if self._actions is None else next_escalation(alert, handling, self._actions)
        return min((moment for moment in (handling.changes_at, escalates_at) if moment is not None), default=None)

    def _write(self, connection: Connection, recipient: str, batch: MessageBatch, clock: int) -> None:
        alert_by_id = alerts.by_id(connection, (queued.alert_id for queued in batch.notifications))
        items = [AlertItem(alert_by_id[queued.alert_id], queued.kind) for queued in batch.notifications]
        in_reply_to = notifications.first_message(connection, recipient, items[0].alert.alert_id)
        messages.add(
            connection,
            batch.message_id,
            recipient,
            batch.kind,
            contents_of(batch.kind, batch.message_id, items, self._board, self._policy.listed_longest),
            clock,
            urgent=any(queued.urgent for queued in batch.notifications),
            in_reply_to=in_reply_to if len(items) == 1 else None,
        )
        notifications.assign(connection, batch)
        if _is_debugged():
            for item in items:
                _log_batched(batch.message_id, recipient, item)


def _is_hidden(connection: Connection, alert: Alert, clock: int) -> bool:
    handling = alerts.alert_actions(connection, alert.alert_id).handling(clock)
    return handling.silenced is not None or handling.is_closed


def _log_batched(message_id: str, recipient: str, item: AlertItem) -> None:
    _log.debug(
        "batched",
        message_id=message_id,
        recipient=recipient,
        notification=item.kind,
        alert_id=item.alert.alert_id,
        sequence=item.alert.sequence,
        event_ids=event_names(fact.event_id for fact in item.alert.facts),
    )
