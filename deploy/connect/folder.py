"""The way in of a watched folder: whole files are read, sent, and moved away with a receipt.

A file is whole once it has been still for some seconds and nobody has it open for writing.  One that looks cut off is
waited for longer.  A file stays where it is until the broker has its rows: whoever is killed reads it again.
"""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import msgspec

from agents.kafka.writer_release import program_version
from deploy.connect.arrivals import PATIENCE_SECONDS, Arrivals, Signature, signature_of
from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.definition import ConnectedFeed, FeedDefinition
from deploy.connect.file_scan import FileScan, scan_file
from deploy.connect.receipts import (
    DONE,
    REFUSED,
    EarlierFile,
    Receipt,
    file_away,
    place_in,
    rejected_beside,
)
from deploy.connect.sources import SourceUnavailableError
from deploy.files.feed import FeedCounts
from deploy.files.loading import mapping_of
from deploy.files.record_files import FileNotWholeError, FileRefusedError, topic_in_name, topic_of
from deploy.files.row_reader import RowReader
from schemas.quantities import counted
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_UNENDED_SECONDS: Final = 60.0
"""How long a file must be still whose last line has no end."""
_NS_PER_MS: Final = 1_000_000
_NAMED_WAITING: Final = 3
"""How many files are named that wait."""


class FolderFeed(FeedDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="folder"):
    """A feed of files that are dropped into a folder."""

    several_topics: ClassVar[bool] = True

    folder: str
    files: tuple[str, ...] = ("*",)
    """Patterns of the names that are the feed's; any other file is left alone."""
    still_seconds: float = 5.0
    """How long a file must not have changed before it is read."""
    look_seconds: float = 5.0
    """How often the folder is looked at."""
    order: Literal["file_time", "name"] = "file_time"
    """Which of several files is read first: the one changed first, or the one whose name sorts first."""
    complete_through: Literal["newest", "file_time", "nothing"] = "newest"
    """Through when a file vouches: just before its newest event_time, until it was changed, or not at all."""
    margin_seconds: float = 0.0
    """How much earlier than that."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        if self.topic is not None and len(self.mappings) > 1:
            raise ValueError("mapping: one where there is a topic; without topic each file's name says which it is of")
        if not self.files:
            raise ValueError("files: no pattern")
        for name in ("still_seconds", "look_seconds"):
            if not 0 < getattr(self, name) <= 3600:
                raise ValueError(f"{name}: more than 0, and an hour at most")
        if not self.margin_seconds >= 0:
            raise ValueError("margin_seconds: not less than 0")

    @property
    def claims(self) -> str:
        """The files that no other feed may read."""
        return f"the files {' '.join(self.files)} of {self.folder}"

    @property
    def vouches(self) -> bool:
        """Whether its files ever vouch."""
        return self.complete_through != "nothing"

    def open(self, feed: ConnectedFeed) -> FolderSource:
        """Open the folder.  Raises SourceUnavailableError."""
        return FolderSource(feed, self)


@dataclass(slots=True)
class _OpenFile:
    """The file whose rows are being sent."""

    path: Path
    signature: Signature
    digest: str
    sha256: str
    reader: RowReader | None = None
    scanned: FileScan | None = None
    same_as: EarlierFile | None = None
    ties: int = 0


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
        self._open: _OpenFile | None = None
        self.remark: str | None = None
        """Which files wait that somebody should see to."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGIO, signal.SIG_IGN)  # sent where somebody writes to a file just looked at

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield a batch a file, in order."""
        while not stopped.is_set():
            try:
                look = self._arrivals.look()
            except OSError as failure:
                raise SourceUnavailableError(f"{self._folder}: {failure.strerror or failure}") from None
            self.remark = _remark(look.waiting)
            for path, reason in look.refused.items():
                yield self._refused(path, reason)
            settled = True
            for path in look.ready:
                batch = self._batch(path)
                if batch is None:
                    settled = False
                    break
                yield batch
                if stopped.is_set():
                    return
            yield NOTHING_NEW
            if once and settled and not look.ready and not look.refused and not look.unsettled:
                return
            if not (look.ready and settled):
                stopped.wait(min(self._definition.look_seconds, self._definition.still_seconds))

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Move the file away with its receipt, unless it has changed since it was read."""
        file = self._open
        if file is None:
            raise SourceUnavailableError(f"{batch.origin}: no file is being read")
        self._open = None
        try:
            if signature_of(file.path.lstat()) != file.signature:
                self.remark = f"{batch.origin} was changed while it was read, and is read again"
                return
            place = self._place(file, DONE if batch.refused is None else REFUSED)
            file_away(file.path, place, self._receipt(file, batch, counts))
        except OSError as failure:
            raise SourceUnavailableError(f"{file.path}: it cannot be moved: {failure.strerror or failure}") from None
        if batch.refused is None and file.same_as is None:
            self._feed.cursors.add_origin(self._feed.name, file.digest, batch.origin, self._feed.clock())
            if file.scanned is not None and self._feed.feedings is not None:
                self._feed.feedings.save_rows(file.scanned.ties.body_by_version, self._feed.clock())

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _batch(self, path: Path) -> Batch | None:
        """Return the batch of a file; None where it is to be waited for."""
        try:
            signature = signature_of(path.lstat())
            reader = self._reader(path)
            sha256 = _sha256(path)
            file = _OpenFile(path, signature, _digest(sha256, reader), sha256, reader)
            earlier = self._feed.cursors.origin(self._feed.name, file.digest)
            if earlier is not None:
                file.same_as = EarlierFile(file=earlier[0], at=to_rfc3339(earlier[1]))
                self._open = file
                return Batch(path.name, topic=reader.topic)
            return self._scanned(file, reader)
        except FileNotWholeError as refusal:
            if self._arrivals.still_for(path) < PATIENCE_SECONDS:
                self._arrivals.hold(path, PATIENCE_SECONDS)
                return None
            return self._refused(path, _without(path, refusal))
        except FileRefusedError as refusal:
            return self._refused(path, _without(path, refusal))
        except OSError as failure:
            raise SourceUnavailableError(f"{path}: {failure.strerror or failure}") from None

    def _scanned(self, file: _OpenFile, reader: RowReader) -> Batch | None:
        """Read a file to its end before any of it is sent: it must be whole, and hold records.

        Raises FileRefusedError.
        """
        path, feedings = file.path, self._feed.feedings
        file.scanned = scan = scan_file(path, reader, b"" if feedings is None else feedings.key)
        if path in reader.remarks and self._arrivals.still_for(path) < _UNENDED_SECONDS:
            self._arrivals.hold(path, _UNENDED_SECONDS)
            return None
        if not scan.rows:
            raise FileRefusedError(f"{path}: there is no row in it")
        if scan.first_refusal is not None and not scan.records:
            rows = counted(scan.rows, "row")
            raise FileRefusedError(f"{path}: none of its {rows} is a record; the first: {scan.first_refusal}")
        file.ties = scan.ties.ties
        if feedings is not None:
            feedings.save_files()
            file.ties += feedings.ties(scan.ties.body_by_version)
        rejected = rejected_beside(self._place(file, DONE))
        rejected.parent.mkdir(mode=0o700, exist_ok=True)
        rejected.unlink(missing_ok=True)  # what a killed process had set aside
        self._open = file
        return Batch(
            path.name,
            reader.rows(path),
            complete_through=self._through(file),
            topic=reader.topic,
            rejected=rejected,
            total=scan.rows,
        )

    def _reader(self, path: Path) -> RowReader:
        """Return what reads a file.  Raises FileRefusedError."""
        topic, named = self._feed.definition.topic, topic_in_name(path)
        if topic is not None and named not in (None, topic):
            raise FileRefusedError(f"{path}: it is named after {named}, and the feed is of {topic}")
        mapping: ColumnMapping | None
        if path.name.removesuffix(".gz").endswith(".jsonl"):
            topic, mapping = topic or topic_of(path), None
        elif len(self._feed.mappings) == 1:
            topic, mapping = self._feed.mappings[0].topic, self._feed.mappings[0]
        else:
            mapping = mapping_of(path, self._feed.mappings)
            topic = topic_of(path) if mapping is None else mapping.topic
        return self._feed.reader(topic, mapping)

    def _through(self, file: _OpenFile) -> int | None:
        """Return through when a file vouches; one that holds heartbeats vouches by these alone."""
        scan, way = file.scanned, self._definition.complete_through
        if way == "nothing" or scan is None or scan.newest is None or scan.heartbeats:
            return None
        until = scan.newest if way == "newest" else file.signature.modified_at // _NS_PER_MS
        return min(until, self._feed.clock()) - 1 - round(1000 * self._definition.margin_seconds)

    def _refused(self, path: Path, reason: str) -> Batch:
        """Return the batch of a file that cannot be used; it has no rows."""
        status = path.lstat()
        sha256 = _sha256(path) if stat.S_ISREG(status.st_mode) else ""
        self._open = _OpenFile(path, signature_of(status), "", sha256)
        return Batch(path.name, refused=reason, topic=topic_in_name(path) or self._feed.definition.topic)

    def _place(self, file: _OpenFile, folder: str) -> Path:
        """Return where a file goes; another one of its name and time that is there already stays."""
        place = place_in(self._folder / folder, file.path, file.signature.modified_at)
        if place.exists():
            place = place.with_name(f"{file.sha256[:8]}-{place.name}")
        return place

    def _receipt(self, file: _OpenFile, batch: Batch, counts: FeedCounts) -> Receipt:
        through = batch.complete_through
        return Receipt(
            file=file.path.name,
            feed=self._feed.name,
            at=to_rfc3339(self._feed.clock()),
            sha256=file.sha256 or None,
            bytes=file.signature.size,
            changed_at=to_rfc3339(file.signature.modified_at // _NS_PER_MS),
            refused=batch.refused,
            same_as=file.same_as,
            topic=batch.topic,
            rows=0 if file.scanned is None else file.scanned.rows,
            sent=counts.snapshots,
            heartbeats=counts.heartbeats,
            skipped=counts.skipped,
            set_aside=counts.refused,
            blank=counts.blank,
            ties=file.ties,
            complete_through=None if through is None else to_rfc3339(through),
            remark=None if file.reader is None else file.reader.remarks.get(file.path),
        )


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


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _digest(sha256: str, reader: RowReader) -> str:
    """Return what a file is known again by: its content, and how it is read."""
    mapping = reader.mapping
    reading = (program_version(), reader.topic, mapping, None if mapping is None else mapping.distinctions)
    return hashlib.sha256(msgspec.json.encode((sha256, reading), order="deterministic")).hexdigest()


def _without(path: Path, refusal: FileRefusedError) -> str:
    """Return why a file is refused, without its path in front."""
    return str(refusal).removeprefix(f"{path}: ")


def _remark(waiting: dict[Path, str]) -> str | None:
    if not waiting:
        return None
    named = [f"{path.name}: {reason}" for path, reason in list(waiting.items())[:_NAMED_WAITING]]
    more = [f"and {len(waiting) - _NAMED_WAITING} more"] if len(waiting) > _NAMED_WAITING else []
    return f"{counted(len(waiting), 'file waits', 'files wait')}: {'; '.join([*named, *more])}"
