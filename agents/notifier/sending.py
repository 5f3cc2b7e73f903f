"""What it means to send one message, however it travels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agents.notifier.messages import OutboxMessage
    from agents.notifier.routing import Recipient


class NotSentError(Exception):
    """An attempt failed, or may have: the message is tried again, under the same id.

    The sentence names what went wrong, never an address and never what a server wrote (it may quote one).
    """

    def __init__(self, problem: str, *, refused: bool = False, retry_after_ms: int | None = None) -> None:
        """``refused``: the other side will not have this very message; others may do better."""
        super().__init__(problem)
        self.refused = refused
        self.retry_after_ms = retry_after_ms


class Sender(Protocol):
    """One way for messages to travel."""

    async def send(self, message: OutboxMessage, recipient: Recipient) -> None:
        """Hand a message over; return once the other side has said that it has it.  Raises NotSentError."""
        ...
