"""A ``cdi`` process that this one starts: its settings, and how it stops with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from agents.settings.settings import Settings

STOP_WITH_PARENT = "--stop-with-parent"
"""The option, of every command that runs until it is told to stop, that calls :func:`stop_with_parent`."""


def start(
    arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``cdi`` so that it stops when this process ends, even if this one is killed.

    The child's standard input is a pipe that only this process holds: the system closes it when this process ends.
    ``environment`` goes on top of ours; output goes to ``log``, or to ours without it.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "deploy", *arguments, STOP_WITH_PARENT],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        # A Ctrl-C in the terminal is for the parent, which stops its children in their order.
        start_new_session=True,
    )


def stop_with_parent() -> None:
    """Send this process SIGTERM once its standard input closes."""
    threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    while os.read(0, 1):  # unbuffered: a lock held here would keep the interpreter from shutting down
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that give a child this installation; it reads all other settings from ours."""
    environment = {
        "CDI_KAFKA": settings.kafka,
        "CDI_PREFIX": settings.prefix,
        "CDI_PARTITIONS": str(settings.partitions),
        "CDI_CLOCK": settings.clock,
        "CDI_DATA": str(settings.data),
        "CDI_LOG_LEVELS": str(settings.levels_file.absolute()),
    }
    if settings.policy is not None:
        environment["CDI_POLICY"] = str(settings.policy.absolute())
    return environment
