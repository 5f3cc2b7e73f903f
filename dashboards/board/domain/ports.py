"""What the board asks of others: to send an action, to note what was looked at, and the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from schemas.products import AlertAction

Clock = Callable[[], int]
"""The wall clock: milliseconds since the epoch."""


class ActionSink(Protocol):
    """Where what people do about alerts goes."""

    def send(self, action: AlertAction) -> None:
        """Write an action to its topic and return once the broker has it; raise where it has not."""

    def send_all(self, actions: Iterable[AlertAction]) -> None:
        """Write several, or raise."""


class AuditSink(Protocol):
    """Where it is noted who looked at what (Data Protection Act 2018, section 62)."""

    def note(self, actor: str, role: str, action: str, target: str | None) -> None:
        """Note one view, search, export or action; raise where it cannot be noted: it is then refused."""
