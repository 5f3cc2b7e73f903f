"""What the pipeline reports to whoever counts, logs or waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.worker.pipeline.admit import AdmittedBatch
    from agents.worker.pipeline.advance import Outcome
    from agents.worker.pipeline.decode import DecodedBatch
    from agents.worker.pipeline.receive import InputBatch


class BatchListener:
    """Is called after each stage; a subclass overrides what it wants to know."""

    def decoded(self, batch: DecodedBatch) -> None:
        """Learn that a batch was decoded."""

    def applied(self, batch: AdmittedBatch) -> None:
        """Learn that the monitors have a batch's records."""

    def published(self, outcome: Outcome) -> None:
        """Learn that the broker has what others read of an outcome."""

    def persisted(self, outcome: Outcome, entries: int) -> None:
        """Learn that the changelogs have an outcome's state, in so many entries."""

    def acknowledged(self, batch: InputBatch, seconds: float) -> None:
        """Learn that a batch is done, and how long it took."""

    def crashed(self, failure: BaseException) -> None:
        """Learn that the worker stops itself, and because of what."""


class BatchListeners(BatchListener):
    """Passes every call on to several listeners, in order."""

    def __init__(self, *listeners: BatchListener) -> None:
        self._listeners = listeners

    def decoded(self, batch: DecodedBatch) -> None:
        """Pass on that a batch was decoded."""
        for listener in self._listeners:
            listener.decoded(batch)

    def applied(self, batch: AdmittedBatch) -> None:
        """Pass on that the monitors have its records."""
        for listener in self._listeners:
            listener.applied(batch)

    def published(self, outcome: Outcome) -> None:
        """Pass on that an outcome is published."""
        for listener in self._listeners:
            listener.published(outcome)

    def persisted(self, outcome: Outcome, entries: int) -> None:
        """Pass on that its state is persisted."""
        for listener in self._listeners:
            listener.persisted(outcome, entries)

    def acknowledged(self, batch: InputBatch, seconds: float) -> None:
        """Pass on that a batch is done."""
        for listener in self._listeners:
            listener.acknowledged(batch, seconds)

    def crashed(self, failure: BaseException) -> None:
        """Pass on why the worker stops itself."""
        for listener in self._listeners:
            listener.crashed(failure)
