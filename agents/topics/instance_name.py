"""A name that one process at a time has on this machine, the same after a restart."""

from __future__ import annotations

import fcntl
import os
import re
import socket
from pathlib import Path
from typing import Final

_MOST_INSTANCES: Final = 64
_NOT_ALLOWED: Final = re.compile(r"[^A-Za-z0-9._-]+")


class InstanceName:
    """``component@machine``, or with ``-2``, ``-3`` ... where others of its kind run beside it.

    It is held by a lock on a file in ``folder``, which the operating system releases however the process ends.
    """

    def __init__(self, folder: Path, component: str, machine: str | None = None) -> None:
        """Take the first name that is free.  Raises OSError where there is none."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        place = _NOT_ALLOWED.sub("-", machine or socket.gethostname())
        for number in range(1, _MOST_INSTANCES + 1):
            self.name = f"{component}@{place}" if number == 1 else f"{component}@{place}-{number}"
            self._file = os.open(folder / f"{self.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._file)
            else:
                return
        raise OSError(f"{folder}: more than {_MOST_INSTANCES} of {component} at once")

    def release(self) -> None:
        """Give the name back; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
