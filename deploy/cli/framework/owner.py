"""Processes that stop with whoever started them, even if that is killed."""

from __future__ import annotations

import os
import signal
import threading


def stop_with_owner() -> None:
    """See to it that this process is told to stop once its standard input ends."""
    threading.Thread(target=_wait, name="owner", daemon=True).start()


def _wait() -> None:
    while os.read(0, 1):  # unbuffered: a lock held here would keep the interpreter from shutting down
        pass
    os.kill(os.getpid(), signal.SIGTERM)
