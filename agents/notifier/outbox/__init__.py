"""The transactional outbox: alerts that were read, notifications of them, and messages to send.

A message is written in the same transaction as what it follows from, and sent afterwards; so a kill at any moment
neither loses a message nor sends one under two ids.
"""

from __future__ import annotations

from agents.notifier.outbox.failures import OutboxError, OutboxUnavailableError
from agents.notifier.outbox.store import Outbox
from agents.notifier.outbox.versions import VERSION, version_of

__all__ = ["VERSION", "Outbox", "OutboxError", "OutboxUnavailableError", "version_of"]
