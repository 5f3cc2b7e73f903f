"""Comparisons of policies, one after another: each in a process of its own, so that the live page never stutters.

What is asked for stands in the read model, so it does not matter which of several boards runs it.
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

_LOOK_SECONDS: Final = 0.5
_VOUCH_EVERY_MS: Final = 5_000
_AGAIN_SECONDS: Final = 5.0


class Running(Protocol):
    """A process that makes one comparison; ``subprocess.Popen`` is one."""

    def poll(self) -> int | None:
        """Give its exit status; None while it runs."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def wait(self) -> int:
        """Wait until it has stopped."""


Start = Callable[[str], Running]
"""Starts the process for a comparison, by its id."""


class PolicyComparisonQueue(threading.Thread):
    """Runs what is asked for until told to stop, and forgets what is old."""

    def __init__(self, model: ReadModel, clock: Clock, start: Start, *, keep_days: int) -> None:
        super().__init__(name="board-comparisons", daemon=True)
        self._model = model
        self._clock = clock
        self._start_process = start
        self._keep_ms = keep_days * DAY
        self._swept_at: int | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Stop, and wait until it has; a comparison under way waits again, for whichever board is next."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Look for what is asked for; begin again after any failure."""
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._sweep()
                comparison_id = policy_comparisons.claim(self._model, self._clock())
                if comparison_id is not None:
                    self._see_through(comparison_id)
            except SQLAlchemyError as failure:
                _log.warning("board_cannot_compare", reason=type(failure).__name__)
                self._stopping.wait(_AGAIN_SECONDS)
            except Exception:  # noqa: BLE001 - the board shows everything else meanwhile
                _log.exception("board_comparisons_failed")
                self._stopping.wait(_AGAIN_SECONDS)

    def _sweep(self) -> None:
        wall = self._clock()
        if self._swept_at is None or wall - self._swept_at >= HOUR:
            policy_comparisons.remove_before(self._model, wall - self._keep_ms)
            self._swept_at = wall

    def _see_through(self, comparison_id: str) -> None:
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
        # Where it ended well, or said itself why it did not, this changes nothing.
        sentence = f"The process that compares {how}. The board's log may say more."
        policy_comparisons.fail(self._model, comparison_id, sentence, self._clock())

    def _wait(self, process: Running, comparison_id: str) -> int | None:
        """Wait for the process to end by itself and give its exit status; None where we have to stop before."""
        vouched_at = self._clock()
        while (status := process.poll()) is None:
            if self._stopping.wait(_LOOK_SECONDS / 2):
                return None
            if self._clock() - vouched_at >= _VOUCH_EVERY_MS:
                vouched_at = self._clock()
                policy_comparisons.keep_alive(self._model, comparison_id, vouched_at)
            if not policy_comparisons.exists(self._model, comparison_id):
                return 0
        return status
