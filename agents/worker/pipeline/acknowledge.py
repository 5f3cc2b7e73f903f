"""Acknowledging, the last stage: Faust commits a batch's offsets, and none of it is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.worker.faust_app import WorkerApp
    from agents.worker.pipeline.receive import InputBatch


class Acknowledger:
    """Says to Faust what becomes of a batch.

    Faust commits what is acknowledged every ``commit_seconds`` (:class:`agents.settings.settings.Settings`).
    """

    def __init__(self, app: WorkerApp) -> None:
        self._app = app

    @property
    def is_awaited(self) -> bool:
        """Whether a rebalance, or the end of the worker, waits for the batch in hand."""
        return self._app.rebalancing or self._app.should_stop

    def acknowledge(self, batch: InputBatch) -> None:
        """Have the batch committed: everything that follows from it is with the broker."""
        for event in batch.events:
            event.ack()

    def release(self, batch: InputBatch) -> None:
        """Have nobody wait for the batch any longer, and nothing of it committed: it is read again."""
        self._app.untrack(event.message for event in batch.events)
