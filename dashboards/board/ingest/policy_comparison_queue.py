"""Runs the requested policy comparisons, one at a time, each in a process of its own.

A process of its own keeps the live page responsive.  Requests are stored in the read model, so any of several boards
may run one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.ports import Clock
from dashboards.board.readmodel import ReadModel, policy_comparisons
from streams.policy.calendar import DAY, HOUR

_log: Final = structlog.get_logger("cdi.board")

_POLL_SECONDS: Final = 0.5
_RENEW_EVERY_MS: Final = 5_000
_RETRY_SECONDS: Final = 5.0


class Running(Protocol):
    """A process that makes one comparison, such as ``subprocess.Popen``."""

    def poll(self) -> int | None:
        """Return its exit status; None while it runs."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def wait(self) -> int:
        """Wait until it has stopped."""


Start = Callable[[str], Running]
"""Starts the process for a comparison, by its id."""


class PolicyComparisonQueue(threading.Thread):
    """Runs requested comparisons until it is stopped, and deletes old ones."""

    def __init__(self, model: ReadModel, clock: Clock, start: Start, *, keep_days: int) -> None:
        super().__init__(name="board-comparisons", daemon=True)
        self._model = model
        self._clock = clock
        self._start_process = start
        self._keep_ms = keep_days * DAY
        self._deleted_at: int | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Stop, and wait until it has; a comparison under way is requested again, for the next board."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Run what is requested; begin again after any failure."""
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                self._delete_old()
                comparison_id = policy_comparisons.claim(self._model, self._clock())
                if comparison_id is not None:
                    self._run_one(comparison_id)
            except SQLAlchemyError as failure:
                _log.warning("board_cannot_compare", reason=type(failure).__name__)
                self._stopping.wait(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - the board shows everything else meanwhile
                _log.exception("board_comparisons_failed")
                self._stopping.wait(_RETRY_SECONDS)

    def _delete_old(self) -> None:
        wall = self._clock()
        if self._deleted_at is None or wall - self._deleted_at >= HOUR:
            policy_comparisons.remove_before(self._model, wall - self._keep_ms)
            self._deleted_at = wall

    def _run_one(self, comparison_id: str) -> None:
        try:
            process = self._start_process(comparison_id)
        except OSError as failure:
            _log.exception("board_comparison_not_started")
            sentence = f"The process that compares could not be started: {failure.strerror}."
            policy_comparisons.fail(self._model, comparison_id, sentence, self._clock())
            return
        try:
            status = self._wait(process, comparison_id)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if status is None:
            policy_comparisons.requeue(self._model, comparison_id)
            return
        how = f"was ended by signal {-status}; perhaps it had too little memory" if status < 0 else "failed"
        if status != 0:
            _log.error("board_comparison_failed", status=status)
        # This changes nothing where it ended well, or stored its own reason.
        sentence = f"The process that compares {how}. The board's log may say more."
        policy_comparisons.fail(self._model, comparison_id, sentence, self._clock())

    def _wait(self, process: Running, comparison_id: str) -> int | None:
        """Wait for the process and return its exit status; None where the queue was stopped before."""
        renewed_at = self._clock()
        while (status := process.poll()) is None:
            if self._stopping.wait(_POLL_SECONDS / 2):
                return None
            if self._clock() - renewed_at >= _RENEW_EVERY_MS:
                renewed_at = self._clock()
                policy_comparisons.keep_alive(self._model, comparison_id, renewed_at)
            if not policy_comparisons.exists(self._model, comparison_id):
                return 0
        return status
