"""Read a watched folder: each whole file is a batch, and is moved away with a receipt.

A file is whole once it has been still for some seconds and nobody has it open for writing.  One that looks cut off is
waited for longer.  A file stays where it is until the broker has its rows: whoever is killed reads it again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from deploy.connect.batch import NOT_YET, NOTHING_NEW, Batch
from deploy.connect.folder.arrivals import PATIENCE_SECONDS, Arrivals, signature_of
from deploy.connect.folder.reading import (
    OpenFile,
    note_feeding,
    note_rows,
    opened_file,
    reader_of,
    receipt_of,
    scan_whole,
    unread_file,
    vouched_through,
)
from deploy.connect.folder.receipts import (
    DONE,
    RECEIPT,
    REFUSED,
    EarlierFile,
    Receipt,
    file_away,
    place_in,
    rejected_beside,
)
from deploy.connect.sources import SourceUnavailableError
from deploy.files.record_files import FileNotWholeError, FileRefusedError, topic_in_name
from schemas.quantities import counted

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.folder.definition import FolderFeed
    from deploy.files.feed import FeedCounts
    from deploy.files.row_reader import RowReader

_UNENDED_SECONDS: Final = 60.0
"""How long a file must be still whose last line has no end."""
_LARGE_BYTES: Final = 1 << 20
"""Of a larger file the log says when it is begun."""
_WATCHED_AFTER: Final = 20
"""So many of the files moved away last are looked at in case somebody goes on to write to them."""
_NAMED_WAITING: Final = 3
"""How many files are named that wait."""


_log: Final = structlog.get_logger("cdi.connect")


class FolderSource:
    """Reads the files of a folder."""

    def __init__(self, feed: ConnectedFeed, definition: FolderFeed, arrivals: Arrivals | None = None) -> None:
        """Look whether the folder can be used.  Raises SourceUnavailableError."""
        self._feed = feed
        self._definition = definition
        self._folder = feed.path(definition.folder)
        _require_usable(self._folder)
        self._arrivals = arrivals or Arrivals(
            self._folder, definition.files, definition.still_seconds, definition.order
        )
        self._file: OpenFile | None = None
        self._filed: deque[tuple[Path, OpenFile]] = deque(maxlen=_WATCHED_AFTER)
        self.remark: str | None = None
        """Which files wait, or were refused, that somebody should see to."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGIO, signal.SIG_IGN)  # sent where somebody writes to a file just looked at

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield a batch a file, in order."""
        while not stopped.is_set():
            try:
                _require_usable(self._folder)
                self._take_back()
                look = self._arrivals.look()
                self.remark = "; ".join([*_waiting(look.waiting), *self._refused_files()]) or None
                refused = [self._refuse(path, reason) for path, reason in look.refused.items()]
            except OSError as failure:
                raise SourceUnavailableError(f"{self._folder}: {failure.strerror or failure}") from None
            for batch, file in refused:
                self._file = file
                yield batch
            read = 0
            for path in look.ready:
                batch = NOT_YET
                for batch in self._batches_of(path):
                    yield batch
                    if stopped.is_set():
                        return
                if batch is NOT_YET:  # it looks cut off: the next look decides what goes before it
                    break
                read += 1
            is_done = not (look.ready or look.refused or look.unsettled)
            yield NOTHING_NEW if is_done else NOT_YET
            if once and is_done:
                return
            if not read:
                stopped.wait(min(self._definition.look_seconds, self._definition.still_seconds))

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Move the file away with its receipt, unless it has changed since it was read."""
        file, self._file = self._file, None
        if file is None:
            raise SourceUnavailableError(f"{batch.origin}: no file is being read")
        try:
            if signature_of(file.path.lstat()) != file.signature:
                self.remark = f"{batch.origin} was changed while it was read, and is read again"
                return
            place = self._place(file, DONE if batch.refused is None else REFUSED)
            file_away(file.path, place, receipt_of(self._feed, file, batch, counts))
            self._filed.append((place, file))
        except FileNotFoundError:
            self.remark = f"{batch.origin} was taken away while it was read"
            return
        except OSError as failure:
            raise SourceUnavailableError(f"{file.path}: it cannot be moved: {failure.strerror or failure}") from None
        if batch.refused is None and file.same_as is None:
            self._feed.cursors.add_origin(self._feed.name, file.digest, batch.origin, self._feed.clock())
            note_rows(self._feed, file)

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _batches_of(self, path: Path) -> Iterator[Batch]:
        """Yield the batch of a file, and before it NOT_YET while it is looked through.

        None is there where the file is to be waited for.
        """
        try:
            try:
                self._definition.require_name(path.name)
                reader = reader_of(self._feed, path)
                file = opened_file(self._feed, path, reader)
                if file.same_as is None:
                    yield from self._batches_of_new(file, reader)
                else:
                    self._file = file
                    yield self._repeated(file, file.same_as, reader.topic)
            except FileRefusedError as refusal:
                if isinstance(refusal, FileNotWholeError) and self._arrivals.still_for(path) < PATIENCE_SECONDS:
                    self._arrivals.hold(path, PATIENCE_SECONDS)
                    return
                batch, self._file = self._refuse(path, str(refusal).removeprefix(f"{path}: "))
                yield batch
        except FileNotFoundError:  # somebody took it away
            return
        except OSError as failure:
            raise SourceUnavailableError(f"{path}: {failure.strerror or failure}") from None

    def _batches_of_new(self, file: OpenFile, reader: RowReader) -> Iterator[Batch]:
        """Read a file to its end before any of it is sent: it must be whole, and hold records.

        Raises FileRefusedError, OSError.
        """
        path = file.path
        if file.signature.size > _LARGE_BYTES:
            _log.info("reading", feed=self._feed.name, origin=path.name, bytes=file.signature.size)
        for _ in scan_whole(self._feed, file, reader):
            yield NOT_YET
        if path in reader.unended and self._arrivals.still_for(path) < _UNENDED_SECONDS:
            self._arrivals.hold(path, _UNENDED_SECONDS)
            return
        note_feeding(self._feed, file)
        self._file = file
        yield Batch(
            path.name,
            reader.rows(path),
            complete_through=vouched_through(self._feed, self._definition, file),
            topic=reader.topic,
            rejected=rejected_beside(self._place(file, DONE)),
            total=file.scan.rows,
            remark=reader.remarks.get(path),
        )

    def _repeated(self, file: OpenFile, earlier: EarlierFile, topic: str) -> Batch:
        """Return the batch of a file whose content was read before; it has no rows."""
        remark = f"the same content as {earlier.file}, read at {earlier.at}: nothing is sent again"
        through = vouched_through(self._feed, self._definition, file)
        return Batch(file.path.name, complete_through=through, topic=topic, remark=remark)

    def _refuse(self, path: Path, reason: str) -> tuple[Batch, OpenFile]:
        """Return the batch of a file that cannot be used; it has no rows.  Raises OSError."""
        topic = topic_in_name(path) or self._feed.definition.topic
        return Batch(path.name, refused=reason, topic=topic), unread_file(path)

    def _place(self, file: OpenFile, folder: str) -> Path:
        """Return where a file goes; another one of its name and time that is there already stays."""
        place = place_in(self._folder / folder, file.path, file.signature.modified_at)
        return place.with_name(f"{file.sha256[:8]}-{place.name}") if place.exists() else place

    def _take_back(self) -> None:
        """Put a file back that somebody went on to write after it was read, so that it is read anew."""
        for place, file in list(self._filed):
            with contextlib.suppress(FileNotFoundError):
                status = place.lstat()
                written = (status.st_size, status.st_mtime_ns) != (file.signature.size, file.signature.modified_at)
                if written and not file.path.exists():
                    place.rename(file.path)
                    _log.warning("file_goes_on", feed=self._feed.name, origin=file.path.name)

    def _refused_files(self) -> Iterator[str]:
        """Name the file that was refused last, while it lies there.  Raises OSError."""
        receipts = sorted((self._folder / REFUSED).glob(f"*{RECEIPT}"), key=lambda receipt: receipt.stat().st_mtime_ns)
        lying = [receipt for receipt in receipts if os.path.lexists(str(receipt).removesuffix(RECEIPT))]
        if lying:
            last = msgspec.json.decode(lying[-1].read_bytes(), type=Receipt)
            files = counted(len(lying), "file lies", "files lie")
            yield f"{files} in {self._folder / REFUSED} until somebody has seen to it: {last.file} ({last.refused})"


def _require_usable(folder: Path) -> None:
    """Raise SourceUnavailableError where a folder is not there, not ours to change, or everybody's."""
    try:
        mode = folder.stat().st_mode
    except OSError as failure:
        raise SourceUnavailableError(f"{folder}: {failure.strerror or failure}") from None
    if not stat.S_ISDIR(mode):
        raise SourceUnavailableError(f"{folder}: it is no folder")
    if mode & stat.S_IWOTH:
        raise SourceUnavailableError(
            f"{folder}: everybody may put files there (mode {stat.S_IMODE(mode):04o}), and so records: take that right "
            "from others (chmod o-w)"
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SourceUnavailableError(f"{folder}: whoever runs this may not list it and move files in it")


def _waiting(waiting: dict[Path, str]) -> Iterator[str]:
    """Name files that have waited for long."""
    if waiting:
        named = [f"{path.name} ({reason})" for path, reason in list(waiting.items())[:_NAMED_WAITING]]
        more = [f"{len(waiting) - _NAMED_WAITING} more"] if len(waiting) > _NAMED_WAITING else []
        yield f"{counted(len(waiting), 'file waits', 'files wait')}: {', '.join([*named, *more])}"
