"""Stop the worker on purpose: nothing is acknowledged, so the next worker reads it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.observability.failures import place
from agents.worker.state_version import EXIT_STATUS, StateError

if TYPE_CHECKING:
    import faust

    from agents.worker.pipeline.listener import BatchListener


class WorkerFaultError(RuntimeError):
    """A bug, or a broker out of reach, by kind and place alone: its message may quote a record."""


class WorkerCrash:
    """Stops the worker because of a failure, and knows the exit status that follows."""

    def __init__(self, app: faust.App, listener: BatchListener, on_crash: Callable[[int], None]) -> None:
        """``on_crash`` is called with the exit status when the worker begins to stop."""
        self._app = app
        self._listener = listener
        self._on_crash = on_crash
        self.exit_status = 1
        """The exit status of a process whose worker stopped itself."""

    async def stop_worker(self, failure: BaseException) -> None:
        """Report the failure, and have Faust tear the worker down."""
        fault = WorkerFaultError(f"{type(failure).__name__} at {place(failure)}")
        if isinstance(failure, StateError):
            self.exit_status = EXIT_STATUS
        self._listener.crashed(failure)
        self._on_crash(self.exit_status)
        await self._app.crash(fault)
