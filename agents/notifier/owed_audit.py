"""Hands the entries that the notifier owes to the audit log, and anchors the heads of the log."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import KafkaException

from agents.kafka.producer import NotDeliveredError
from agents.notifier.outbox import audit
from streams.topology.messages import UnreadableError
from streams.topology.metrics import UNAUDITED

if TYPE_CHECKING:
    from agents.notifier.outbox import Outbox
    from agents.notifier.outbox.audit import OwedEntry
    from agents.notifier.outbox_retries import OutboxRetries
    from agents.observability.metrics import Metrics
    from agents.topics.audit_log import AuditLog

_log: Final = structlog.get_logger("cdi.notifier")
_POLL_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 5.0


class OwedAudit:
    """The two jobs of a notifier that write the audit log, until ``stopping`` is set."""

    def __init__(
        self, outbox: Outbox, log: AuditLog, retries: OutboxRetries, metrics: Metrics, stopping: asyncio.Event
    ) -> None:
        self._outbox = outbox
        self._audit_log = log
        self._retries = retries
        self._metrics = metrics
        self._stopping = stopping

    async def write_owed_entries(self) -> None:
        """Hand over each entry in its order, and delete it once the log has it."""
        while not self._stopping.is_set():
            entry = await self._retries.run(self._first)
            self._metrics.set(UNAUDITED, 0 if entry is None else 1)
            if entry is None:
                await self._wait(_POLL_SECONDS)
            elif await self._succeeds(functools.partial(self._note, entry)):
                await self._retries.run(functools.partial(self._drop, entry))
            else:
                await self._wait(_RETRY_SECONDS)

    async def anchor_now_and_then(self, seconds: float) -> None:
        """Anchor the heads of the log every so many seconds."""
        while not self._stopping.is_set():
            await self._wait(seconds)
            if not self._stopping.is_set():
                await self._succeeds(self._audit_log.anchor)

    def _first(self) -> OwedEntry | None:
        with self._outbox.transaction() as connection:
            return audit.first(connection)

    def _drop(self, entry: OwedEntry) -> None:
        with self._outbox.transaction() as connection:
            audit.drop(connection, entry.number)

    def _note(self, entry: OwedEntry) -> None:
        self._audit_log.note(
            self._audit_log.writer,
            "SYSTEM",
            entry.action,
            entry.target,
            entry.details,
            recipient=entry.recipient,
            entry_id=entry.entry_id,
        )

    async def _succeeds(self, work: Callable[[], None]) -> bool:
        try:
            await asyncio.to_thread(work)
        except (NotDeliveredError, UnreadableError, KafkaException) as failure:
            _log.warning("not_audited", problem=type(failure).__name__)
            return False
        return True

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until stopping."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
