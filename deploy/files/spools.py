"""Read standard input or a pipe as a file is read: more than once.

What a stream holds is copied to a temporary file without a name, which only this process can open and which is gone
when it ends, however it ends.  It lies in the folder that ``TMPDIR`` names.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STANDARD_INPUT: Final = Path("standard input")
"""What standard input is called in messages."""
_NAMES_OF_STANDARD_INPUT: Final = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_SPOOLS: Final[dict[Path, IO[bytes]]] = {}
"""The copy of each stream, by the name that messages give it."""


def is_stream(path: Path) -> bool:
    """Return whether a path is standard input, a pipe or a device: nothing is left of it to read again."""
    return str(path) in _NAMES_OF_STANDARD_INPUT or (path.exists() and not path.is_file() and not path.is_dir())


def is_spooled(path: Path) -> bool:
    """Return whether a path is the name of a stream that was read."""
    return path in _SPOOLS


def name_of_stream(path: Path) -> Path:
    """Return what a stream is called in messages, and by what it is read once it was spooled."""
    return STANDARD_INPUT if str(path) in _NAMES_OF_STANDARD_INPUT else path


def spool(path: Path) -> None:
    """Read a stream to its end, so that it can be read by its name.  Raises OSError."""
    name = name_of_stream(path)
    copy = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - it is read until the process ends
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError("it is closed")
        shutil.copyfileobj(sys.stdin.buffer, copy)
    else:
        with path.open("rb") as content:
            shutil.copyfileobj(content, copy)
    copy.flush()
    _SPOOLS[name] = copy


def open_bytes(path: Path) -> BinaryIO:
    """Open a file, or what was read of a stream, at its beginning.  Raises OSError."""
    copy = _SPOOLS.get(path)
    return path.open("rb") if copy is None else cast("BinaryIO", io.BufferedReader(_SpoolReader(copy)))


def change_time(path: Path) -> int:
    """Return when a file was changed, or a stream was read (ns).  Raises OSError."""
    copy = _SPOOLS.get(path)
    return (path.stat() if copy is None else os.fstat(copy.fileno())).st_mtime_ns


class _SpoolReader(io.RawIOBase):
    """Reads a file at a place of its own, beside others that read it."""

    def __init__(self, copy: IO[bytes]) -> None:
        self._copy = copy
        self._place = 0

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._copy.fileno()

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        ends = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._copy.fileno()).st_size}
        self._place = max(0, ends[whence] + offset)
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        content = os.pread(self._copy.fileno(), len(view), self._place)
        view[: len(content)] = content
        self._place += len(content)
        return len(content)
