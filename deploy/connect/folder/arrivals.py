"""Look at a watched folder: which files are whole, which are waited for, and which cannot be read.

A folder is listed every few seconds, which works on a network share as on a disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, Literal, NamedTuple

from agents.settings.clock import stopwatch
from deploy.files.record_files import is_set_aside

PATIENCE_SECONDS: Final = 600.0
"""How long what cannot be read yet is waited for before it is named, or refused."""
_UNFINISHED_NAMES: Final = ("*.part", "*.partial", "*.tmp", "*.temp", "*.filepart", "*.crdownload", "*.swp", "*~", ".*")
"""Names that programs give to files they have not finished."""
_NO_EXPORTS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".keep"})
"""Files that lie about in folders."""


class Signature(NamedTuple):
    """What changes when a file is written."""

    size: int
    modified_at: int
    """ns"""
    changed_at: int
    """ns; of its place and permissions too."""
    inode: int


@dataclass(slots=True)
class Look:
    """What a folder holds at one moment."""

    ready: list[Path] = field(default_factory=list)
    """Files to be read, in order."""
    refused: dict[Path, str] = field(default_factory=dict)
    """What can never be read, and why."""
    waiting: dict[Path, str] = field(default_factory=dict)
    """What has been waited for so long that somebody should see to it, and why."""
    unsettled: bool = False
    """Whether some file will be ready in a moment; those behind it wait for it."""


class _Waiting(NamedTuple):
    signature: Signature
    since: float
    """When it was first seen like this, by the stopwatch."""


class Arrivals:
    """Remembers since when each file of a folder has been still."""

    def __init__(
        self,
        folder: Path,
        patterns: Sequence[str],
        still_seconds: float,
        order: Literal["file_time", "name"],
        *,
        watch: Callable[[], float] = stopwatch,
    ) -> None:
        self._folder = folder
        self._patterns = patterns
        self._still_seconds = still_seconds
        self._order = order
        self._watch = watch
        self._files: dict[Path, _Waiting] = {}
        self._held: dict[Path, float] = {}
        """How long files must be still that did not look whole when they were read."""

    def look(self) -> Look:
        """Look at the folder.  Raises OSError where it cannot be listed."""
        look, files = Look(), self._listed()
        self._note(files)
        for path, status in sorted(files.items(), key=self._place):
            if reason := self._refusal(path, status):
                look.refused[path] = reason
            elif stat.S_ISREG(status.st_mode) and not _is_unfinished(path) and os.access(path, os.R_OK):
                if not self._is_still(path):
                    look.unsettled |= not self._looks_cut_off(path)
                elif not look.unsettled:  # what comes after a file that is not whole yet waits for it
                    look.ready.append(path)
            elif self.still_for(path) >= PATIENCE_SECONDS or not os.access(path, os.R_OK):
                look.waiting[path] = _reason_to_wait(path, status)
        return look

    def still_for(self, path: Path) -> float:
        """Return for how many seconds a file has been seen unchanged."""
        return self._watch() - self._files[path].since

    def hold(self, path: Path, seconds: float) -> None:
        """Let a file be ready only once it has been still for so long."""
        self._held[path] = seconds

    def _listed(self) -> dict[Path, os.stat_result]:
        files = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                path = self._folder / entry.name
                if entry.name in _NO_EXPORTS or is_set_aside(path) or not self._is_wanted(entry.name):
                    continue
                with contextlib.suppress(FileNotFoundError):  # it was taken away meanwhile
                    if not entry.is_dir(follow_symlinks=False):
                        files[path] = entry.stat(follow_symlinks=False)
        return files

    def _is_wanted(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self._patterns)

    def _note(self, files: dict[Path, os.stat_result]) -> None:
        at = self._watch()
        before, self._files = self._files, {}
        for path, status in files.items():
            signature = signature_of(status)
            known = before.get(path)
            if known is None or known.signature != signature:
                self._held.pop(path, None)
                known = _Waiting(signature, at)
            self._files[path] = known
        self._held = {path: seconds for path, seconds in self._held.items() if path in files}

    def _place(self, item: tuple[Path, os.stat_result]) -> tuple[int, str]:
        path, status = item
        return (status.st_mtime_ns if self._order == "file_time" else 0, path.name)

    def _refusal(self, path: Path, status: os.stat_result) -> str | None:
        if stat.S_ISLNK(status.st_mode):
            return "it is a link: put the file itself here"
        if stat.S_ISREG(status.st_mode) and not _is_unfinished(path) and status.st_size == 0:
            return "it is empty" if self.still_for(path) >= PATIENCE_SECONDS else None
        return None

    def _looks_cut_off(self, path: Path) -> bool:
        """Return whether a file is waited for without holding up those behind it."""
        return not self._files[path].signature.size or self._held.get(path, 0.0) >= PATIENCE_SECONDS

    def _is_still(self, path: Path) -> bool:
        still_for = self.still_for(path)
        if still_for < self._held.get(path, self._still_seconds):
            return False
        return self._files[path].signature.size > 0 and (still_for >= PATIENCE_SECONDS or not is_open_for_writing(path))


def signature_of(status: os.stat_result) -> Signature:
    """Return what changes when a file is written."""
    return Signature(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_open_for_writing(path: Path) -> bool:
    """Return whether some process has a file open for writing.

    The system tells of files that are one's own and lie on a disk.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # somebody else's, or a file system without leases
        return False
    finally:
        os.close(file)
    return False


def _is_unfinished(path: Path) -> bool:
    return any(fnmatch(path.name.lower(), pattern) for pattern in _UNFINISHED_NAMES)


def _reason_to_wait(path: Path, status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "it is no file"
    if _is_unfinished(path):
        return "its name is that of an unfinished file"
    return f"it cannot be read: it belongs to user {status.st_uid}, mode {stat.S_IMODE(status.st_mode):03o}"
