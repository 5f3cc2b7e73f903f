"""What every way of sending a message has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agents.notifier.outbox.messages import OutboxMessage
    from agents.notifier.routing import Recipient


class NotSentError(Exception):
    """An attempt failed, or may have failed: the message is tried again, under the same id.

    The sentence says what went wrong; it holds no address, nor what a server wrote, since that may quote one.
    """

    def __init__(self, problem: str, *, refused: bool = False, retry_after_ms: int | None = None) -> None:
        """Take ``refused``: the other side refuses this very message, while others may pass."""
        super().__init__(problem)
        self.refused = refused
        self.retry_after_ms = retry_after_ms


class Sender(Protocol):
    """One channel: e-mail or webhooks."""

    async def send(self, message: OutboxMessage, recipient: Recipient) -> None:
        """Hand a message over; return once the other side has confirmed it.  Raises NotSentError."""
        ...
