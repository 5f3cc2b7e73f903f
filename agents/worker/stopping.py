"""SIGTERM and SIGINT: a worker ends in time, whatever it does and whether Kafka answers or not.

Faust ends a worker by committing, leaving the group and closing its clients, each of which waits for the broker; and a
loop that is busy with a batch or a recovery hears of no signal.  So the time for that is limited.  Nothing is lost when
it is over: what is not committed is read again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final, NoReturn

import structlog

_log: Final = structlog.get_logger("cdi.worker")

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_STOP_SECONDS: Final = 12.0
"""How long a worker that was told to stop may take; service managers wait longer before they kill."""


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """End the process at once on a signal, as long as nothing has been read.

    A client may not return before Kafka answers.  Python itself would look at the signal only then; a thread of its own
    hears of it at once.  Afterwards signals do nothing unless :func:`stop_on_signals` was called within.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    former = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    waiting = threading.Thread(target=_end_when_woken, args=(woken,), name="signals", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        os.close(wake)
        waiting.join()
        os.close(woken)


def stop_on_signals(stop_soon: Callable[[int], None]) -> None:
    """Call ``stop_soon`` with the first signal; end the process if that takes too long, or on a second.

    This holds for the rest of the process: one that is being torn down still ends with its own exit status.  The
    handlers are Python's own: unlike an event loop's, they are called while the loop is busy.
    """
    signals: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            os._exit(0)
        end_process_in(_STOP_SECONDS, 0, lambda: _log.warning("stop_cut_short", seconds=_STOP_SECONDS))
        stop_soon(number)

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


def end_process(exit_status: int) -> NoReturn:
    """End the process now, with nothing left unsaid.

    The interpreter's own end waits for the threads of clients whose broker is silent, and lets signals kill.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_status)


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
