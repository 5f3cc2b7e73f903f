"""SIGTERM and SIGINT: a worker ends in time, whatever it does and whether Kafka answers or not.

Faust ends a worker by committing, leaving the group and closing its clients, each of which waits for the broker; and a
loop that is busy with a batch or a recovery hears of no signal.  So the time for that is limited.  Nothing is lost when
it is over: what is not committed is read again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import structlog

_log: Final = structlog.get_logger("cdi.worker")

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_STOP_SECONDS: Final = 12.0
"""How long a worker that was told to stop may take; service managers wait longer before they kill."""


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """End the process at once on a signal, as long as nothing has been read.

    A client may not return before Kafka answers.  Python itself would look at the signal only then; a thread of its own
    hears of it at once.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = {number: signal.signal(number, lambda *_: None) for number in STOP_SIGNALS}
    former = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    waiting = threading.Thread(target=_end_when_woken, args=(woken,), name="signals", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wake)
        waiting.join()
        os.close(woken)


@contextlib.contextmanager
def stopping_on_signals(stop_soon: Callable[[int], None]) -> Iterator[None]:
    """Call ``stop_soon`` with the first signal; end the process if that takes too long, or on a second.

    The handlers are Python's own: unlike an event loop's, they are called while the loop is busy.
    """
    signals: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            os._exit(0)
        end_process_in(_STOP_SECONDS, 0, lambda: _log.warning("stop_cut_short", seconds=_STOP_SECONDS))
        stop_soon(number)

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_process_in(seconds: float, exit_status: int, last_word: Callable[[], object] | None = None) -> None:
    """End the process after so many seconds, unless it has ended by then; ``last_word`` is called before."""

    def end() -> None:
        if last_word is not None:
            last_word()
        os._exit(exit_status)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _end_when_woken(woken: int) -> None:
    """Wait for a signal, or for the pipe's end."""
    while number := os.read(woken, 1):
        if number[0] in STOP_SIGNALS:
            _log.info("stopped_before_start")
            os._exit(0)
