"""The broker's supervisor: stops the broker when its owner ends, in whatever way the owner ends.

Run as a script by :mod:`deploy.local.kafka.broker` (``python -I -S supervisor.py OWNER_PID COMMAND...``), with
nothing but the standard library, so that it starts at once and stays small.  Its standard input is a pipe that only the
owner holds: the kernel closes it when the owner exits, crashes or is killed, without any code of the owner.  Where the
supervisor itself is killed, the kernel kills the broker (Linux).
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable

GRACE_S = 10.0
"""How long the broker may take to close its logs before it is killed."""

CHECK_S = 1.0
"""How often to check that the owner is still the parent: a fork of the owner may hold the pipe open after it."""

PR_SET_PDEATHSIG = 1


def supervise(owner: int, command: list[str]) -> int:
    """Run the command until it ends or the owner has ended; return its exit code."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    stop_signals: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: stop_signals.append(number))
    signal.set_wakeup_fd(wake)
    broker = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent())  # noqa: PLW1509
    while broker.poll() is None:
        if stop_signals or os.getppid() != owner or _owner_closed(woken):
            broker.terminate()
            try:
                return broker.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                broker.kill()
    return broker.wait()


def _owner_closed(woken: int) -> bool:
    """Wait for a signal, the pipe's end or the next check; return whether the pipe ended."""
    readable, _, _ = select.select([sys.stdin.fileno(), woken], [], [], CHECK_S)
    if woken in readable:
        os.read(woken, 512)
    return sys.stdin.fileno() in readable and not os.read(sys.stdin.fileno(), 1)


def _die_with_parent() -> Callable[[], None] | None:
    """Return what the child runs before the broker.

    It asks Linux to kill the broker when this process dies.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


if __name__ == "__main__":
    sys.exit(supervise(int(sys.argv[1]), sys.argv[2:]))
