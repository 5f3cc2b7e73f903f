"""Waits while the outbox cannot be written, so that what was sent is not sent again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from agents.notifier.outbox import OutboxUnavailableError
from agents.observability.metrics import Metrics
from streams.topology.metrics import OUTBOX_BLOCKED

_log: Final = structlog.get_logger("cdi.notifier")
T = TypeVar("T")

RETRY_SECONDS: Final = 2.0


class OutboxRetries:
    """Does work on the outbox again while it cannot be written; shared by the jobs of a notifier."""

    def __init__(self, metrics: Metrics, stopping: asyncio.Event, *, retry_seconds: float = RETRY_SECONDS) -> None:
        """Give up once ``stopping`` is set."""
        self._metrics = metrics
        self._stopping = stopping
        self._retry_seconds = retry_seconds
        self._blocked = 0

    @property
    def blocked(self) -> bool:
        """Whether any job waits for the outbox."""
        return self._blocked > 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, which must change the outbox whole or not at all.

        Raises OutboxUnavailableError where the outbox still cannot be written when the notifier stops, and OutboxError
        at once where it is damaged.
        """
        try:
            return work()
        except OutboxUnavailableError as failure:
            self._begin_wait(failure)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._retry_seconds)
                try:
                    return work()
                except OutboxUnavailableError:
                    if self._stopping.is_set():
                        raise
        finally:
            self._end_wait()

    def _begin_wait(self, failure: OutboxUnavailableError) -> None:
        if not self.blocked:
            _log.error("outbox_blocked", problem=str(failure))
        self._blocked += 1
        self._metrics.set(OUTBOX_BLOCKED, 1)

    def _end_wait(self) -> None:
        self._blocked -= 1
        if not self.blocked:
            _log.info("outbox_wait_over")
            self._metrics.set(OUTBOX_BLOCKED, 0)
