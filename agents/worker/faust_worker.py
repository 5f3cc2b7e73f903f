"""Faust's worker: runs the app until it is told to stop."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

import faust

if TYPE_CHECKING:
    from agents.worker.faust_app import WorkerApp


class SignalledWorker(faust.Worker):
    """Runs an app quietly, and learns of signals from outside the event loop."""

    def __init__(self, app: WorkerApp) -> None:
        super().__init__(app, loglevel="WARN", override_logging=False, redirect_stdouts=False, quiet=True, daemon=True)
        self.spinner = None

    def _install_signal_handlers_unix(self) -> None:
        """Leave the signals to :mod:`agents.worker.stopping`: the loop's own handlers wait for the loop."""

    def stop_soon(self, number: int) -> None:
        """Have the loop stop the app when it next gets to it; do nothing where it has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._schedule_shutdown, signal.Signals(number))
