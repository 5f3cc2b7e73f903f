"""Sends what is in the outbox: a task for each recipient, so that one who cannot be reached holds up nobody else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from agents.notifier.measures import FAILED, GIVEN_UP, SENT
from agents.notifier.messages import Messages, OutboxMessage
from agents.notifier.routing import Channel, Recipient
from agents.notifier.sending import NotSentError, Sender
from agents.notifier.store import Store
from agents.observability.metrics import Metrics
from streams.policy import NotificationPolicy

_log: Final = structlog.get_logger("cdi.notifier")
_LONGEST_DETAIL: Final = 20_000


class Dispatcher:
    """Tries each recipient's messages in order, and notes every outcome before the next."""

    def __init__(
        self, store: Store, senders: Mapping[Channel, Sender], policy: NotificationPolicy, clock: Callable[[], int],
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self._store = store
        self._messages = Messages(store.connection)
        self._senders = senders
        self._policy = policy
        self._clock = clock
        self._metrics = metrics

    async def serve(self, recipient: Recipient, stopping: asyncio.Event, poll_seconds: float) -> None:
        """Send what is due to a recipient until told to stop; an attempt under way is finished."""
        while not stopping.is_set():
            if not await self.send_next(recipient):
                with_patience = asyncio.wait_for(stopping.wait(), poll_seconds)
                await asyncio.gather(with_patience, return_exceptions=True)

    async def send_next(self, recipient: Recipient) -> bool:
        """Try the message that is due to a recipient, if there is one; say whether there was."""
        message = self._messages.next_to(recipient.name, self._clock())
        if message is None:
            return False
        self._messages.start(message)
        try:
            await self._senders[recipient.channel].send(message, recipient)
        except NotSentError as failure:
            self._failed(message, recipient, failure)
        else:
            self._sent(message, recipient)
        return True

    def _sent(self, message: OutboxMessage, recipient: Recipient) -> None:
        with self._store.change():
            self._messages.settle(message, "SENT", self._clock())
            self._audit("NOTIFY", message, recipient)
        self._metrics.count(SENT, recipient.channel, message.kind)
        alerts = [f"{told.alert_id}/{told.sequence}" for told in message.tells_of]
        _log.info("sent", message_id=message.message_id, recipient=recipient.name, kind=message.kind, alerts=alerts)

    def _failed(self, message: OutboxMessage, recipient: Recipient, failure: NotSentError) -> None:
        clock = self._clock()
        if clock - message.sealed_at >= self._policy.give_up_after:
            with self._store.change():
                self._messages.settle(message, "GIVEN_UP", clock, str(failure))
                self._audit("NOTIFY_FAILED", message, recipient)
            self._metrics.count(GIVEN_UP, recipient.channel)
            _log.error("given_up", message_id=message.message_id, recipient=recipient.name, problem=str(failure))
            return
        wait = delay(message.attempts, self._policy, failure)
        self._messages.postpone(message, clock + wait, str(failure), refused=failure.refused)
        self._metrics.count(FAILED, recipient.channel)
        _log.warning(
            "not_sent", message_id=message.message_id, recipient=recipient.name, problem=str(failure),
            attempt=message.attempts + 1, next_in_ms=wait,
        )  # fmt: skip

    def _audit(self, action: str, message: OutboxMessage, recipient: Recipient) -> None:
        """Keep for the audit log that a recipient was told of these alerts, or could not be."""
        alerts = " ".join(self._store.alerts_told_in(message.message_id))[:_LONGEST_DETAIL]
        entry_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|audit|{action}|{message.message_id}"))
        details = {"kind": message.kind, "channel": recipient.channel, "alerts": alerts}
        self._store.put_audit(entry_id, action, message.message_id, recipient.name, details)


def delay(attempts_before: int, policy: NotificationPolicy, failure: NotSentError) -> int:
    """How long to wait after a failure, in ms: twice as long each time, up to the policy's longest.

    At once the longest where the message was refused; at least what the other side asks for, within the longest.
    """
    if failure.refused:
        return policy.retry_longest
    doubled = policy.retry_first << min(attempts_before, 30)
    return min(max(doubled, failure.retry_after_ms or 0), policy.retry_longest)
