"""Runs what people request of a force's records, one at a time, each in a process of its own.

A process of its own keeps the live page responsive.  Requests (comparisons of policies, audits) are stored in the read
model, so any of several boards may run one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.ports import Clock
from dashboards.board.readmodel import ReadModel
from streams.policy.calendar import DAY, HOUR

_log: Final = structlog.get_logger("cdi.board")

_POLL_SECONDS: Final = 0.5
_RENEW_EVERY_MS: Final = 5_000
_RETRY_SECONDS: Final = 5.0


class Running(Protocol):
    """A process that answers one request, such as ``subprocess.Popen``."""

    def poll(self) -> int | None:
        """Return its exit status; None while it runs."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def wait(self) -> int:
        """Wait until it has stopped."""


Start = Callable[[str], Running]
"""Starts the process for a request, by its id."""


class Requests(Protocol):
    """The requests of one kind, as a module of the read model keeps them."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """What one of them is called."""

    @property
    def PROCESS(self) -> str:  # noqa: N802 - a module's constant
        """What its process is called, at the beginning of a sentence."""

    def claim(self, model: ReadModel, wall: int) -> str | None:
        """Start the next request, unless one is running on any board, and return its id."""

    def keep_alive(self, model: ReadModel, request_id: str, wall: int, /) -> None:
        """State that a request is still being answered."""

    def exists(self, model: ReadModel, request_id: str, /) -> bool:
        """Return whether a request has not been removed."""

    def requeue(self, model: ReadModel, request_id: str, /) -> None:
        """Put a running request back into the queue: its board stops."""

    def fail(self, model: ReadModel, request_id: str, error: str, wall: int, /) -> None:
        """Store why a request failed, unless it ended before."""

    def remove_before(self, model: ReadModel, moment: int) -> None:
        """Remove the requests made before a moment (ms)."""


class ProcessQueue(threading.Thread):
    """Runs the requests of one kind until it is stopped, and deletes old ones."""

    def __init__(self, requests: Requests, model: ReadModel, clock: Clock, start: Start, *, keep_days: int) -> None:
        super().__init__(name=f"board-{requests.NAME}s", daemon=True)
        self._requests = requests
        self._model = model
        self._clock = clock
        self._start_process = start
        self._keep_ms = keep_days * DAY
        self._deleted_at: int | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Stop, and wait until it has; what is under way is requested again, for the next board."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Run what is requested; begin again after any failure."""
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                self._delete_old()
                request_id = self._requests.claim(self._model, self._clock())
                if request_id is not None:
                    self._run_one(request_id)
            except SQLAlchemyError as failure:
                _log.warning(f"board_{self._requests.NAME}_not_claimed", reason=type(failure).__name__)
                self._stopping.wait(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - the board shows everything else meanwhile
                _log.exception(f"board_{self._requests.NAME}s_failed")
                self._stopping.wait(_RETRY_SECONDS)

    def _delete_old(self) -> None:
        wall = self._clock()
        if self._deleted_at is None or wall - self._deleted_at >= HOUR:
            self._requests.remove_before(self._model, wall - self._keep_ms)
            self._deleted_at = wall

    def _run_one(self, request_id: str) -> None:
        try:
            process = self._start_process(request_id)
        except OSError as failure:
            _log.exception(f"board_{self._requests.NAME}_not_started")
            sentence = f"{self._requests.PROCESS} could not be started: {failure.strerror}."
            self._requests.fail(self._model, request_id, sentence, self._clock())
            return
        try:
            status = self._wait(process, request_id)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if status is None:
            self._requests.requeue(self._model, request_id)
            return
        how = f"was ended by signal {-status}; perhaps it had too little memory" if status < 0 else "failed"
        if status != 0:
            _log.error(f"board_{self._requests.NAME}_failed", status=status)
        # This changes nothing where it ended well, or stored its own reason.
        sentence = f"{self._requests.PROCESS} {how}. The board's log may say more."
        self._requests.fail(self._model, request_id, sentence, self._clock())

    def _wait(self, process: Running, request_id: str) -> int | None:
        """Wait for the process and return its exit status; None where the queue was stopped before."""
        renewed_at = self._clock()
        while (status := process.poll()) is None:
            if self._stopping.wait(_POLL_SECONDS / 2):
                return None
            if self._clock() - renewed_at >= _RENEW_EVERY_MS:
                renewed_at = self._clock()
                self._requests.keep_alive(self._model, request_id, renewed_at)
            if not self._requests.exists(self._model, request_id):
                return 0
        return status
