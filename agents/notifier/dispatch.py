"""Sends the messages of the outbox, in one task a recipient.

So a recipient who cannot be reached delays nobody else.
"""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from sqlalchemy import Connection

from agents.notifier.outbox import Outbox, audit, messages, notifications
from agents.notifier.outbox.messages import OutboxMessage
from agents.notifier.outbox_retries import OutboxRetries
from agents.notifier.routing import Channel, Recipient
from agents.notifier.sending import NotSentError, Sender
from agents.observability.metrics import Metrics
from streams.policy import NotificationPolicy
from streams.topology.metrics import FAILED, GIVEN_UP, SENT

_log: Final = structlog.get_logger("cdi.notifier")
_LONGEST_DETAIL: Final = 20_000


class Dispatcher:
    """Tries each recipient's messages in order, and stores every outcome before the next attempt."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[Channel, Sender],
        policy: NotificationPolicy,
        clock: Callable[[], int],
        metrics: Metrics,
        retries: OutboxRetries,
    ) -> None:
        self._outbox = outbox
        self._senders = senders
        self._policy = policy
        self._clock = clock
        self._metrics = metrics
        self._retries = retries

    async def serve(self, recipient: Recipient, stopping: asyncio.Event, poll_seconds: float) -> None:
        """Send what is due to a recipient until ``stopping`` is set; an attempt that has begun is finished."""
        while not stopping.is_set():
            if not await self.send_next(recipient):
                with_patience = asyncio.wait_for(stopping.wait(), poll_seconds)
                await asyncio.gather(with_patience, return_exceptions=True)

    async def send_next(self, recipient: Recipient) -> bool:
        """Try the message that is due to a recipient; return whether there was one.

        1. Store that an attempt begins: from here on, the message may arrive.
        2. Hand it over.
        3. Store what became of it, with the entry for the audit log.

        A notifier that is killed between 1 and 3 sends the message again, under the same id.  While the outbox cannot
        be written, 3 is tried until it can.
        """
        message = await self._retries.run(functools.partial(self._start_next, recipient))
        if message is None:
            return False
        try:
            await self._senders[recipient.channel].send(message, recipient)
        except NotSentError as failure:
            store = functools.partial(self._store_failure, message, recipient, failure)
        except Exception as fault:  # noqa: BLE001 - one message that cannot be put into words holds up no other
            refusal = NotSentError(f"it could not be written ({type(fault).__name__})", refused=True)
            store = functools.partial(self._store_failure, message, recipient, refusal)
        else:
            store = functools.partial(self._store_success, message, recipient)
        await self._retries.run(store)
        return True

    def _start_next(self, recipient: Recipient) -> OutboxMessage | None:
        """Store that an attempt to send the message that is due begins, and return it."""
        with self._outbox.transaction() as connection:
            message = messages.next_to(connection, recipient.name, self._clock())
            if message is not None:
                messages.start(connection, message)
        return message

    def _store_success(self, message: OutboxMessage, recipient: Recipient) -> None:
        with self._outbox.transaction() as connection:
            messages.settle(connection, message, "SENT", self._clock())
            _put_audit(connection, "NOTIFY", message, recipient)
        self._metrics.count(SENT, recipient.channel, message.kind)
        alerts = [f"{alert.alert_id}/{alert.sequence}" for alert in message.alerts]
        _log.info("sent", message_id=message.message_id, recipient=recipient.name, kind=message.kind, alerts=alerts)

    def _store_failure(self, message: OutboxMessage, recipient: Recipient, failure: NotSentError) -> None:
        clock = self._clock()
        if clock - message.created_at >= self._policy.give_up_after:
            with self._outbox.transaction() as connection:
                messages.settle(connection, message, "GIVEN_UP", clock, str(failure))
                _put_audit(connection, "NOTIFY_FAILED", message, recipient)
            self._metrics.count(GIVEN_UP, recipient.channel)
            _log.error("given_up", message_id=message.message_id, recipient=recipient.name, problem=str(failure))
            return
        wait = delay(message.attempts, self._policy, failure)
        with self._outbox.transaction() as connection:
            messages.postpone(connection, message, clock + wait, str(failure), refused=failure.refused)
        self._metrics.count(FAILED, recipient.channel)
        _log.warning(
            "not_sent",
            message_id=message.message_id,
            recipient=recipient.name,
            problem=str(failure),
            attempt=message.attempts + 1,
            next_in_ms=wait,
        )


def delay(attempts_before: int, policy: NotificationPolicy, failure: NotSentError) -> int:
    """Return how long to wait after a failure, in ms.

    It is twice as long each time, and at least what the other side asks for, up to the policy's longest; it is the
    longest at once where the message was refused.
    """
    if failure.refused:
        return policy.retry_longest
    doubled = policy.retry_first << min(attempts_before, 30)
    return min(max(doubled, failure.retry_after_ms or 0), policy.retry_longest)


def _put_audit(connection: Connection, action: str, message: OutboxMessage, recipient: Recipient) -> None:
    """Store for the audit log that a recipient was notified of these alerts, or could not be."""
    alerts = " ".join(notifications.alerts_in(connection, message.message_id))[:_LONGEST_DETAIL]
    entry_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|audit|{action}|{message.message_id}"))
    details = {"kind": message.kind, "channel": recipient.channel, "alerts": alerts}
    audit.put(connection, entry_id, action, message.message_id, recipient.name, details)
