"""How a file of a watched folder is read, by what it is known again, and through when it vouches."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from agents.kafka.writer_release import program_version
from deploy.connect.folder.arrivals import Signature, signature_of
from deploy.connect.folder.file_scan import FileScan, scan_file
from deploy.connect.folder.name_times import time_in_name
from deploy.connect.folder.receipts import EarlierFile, Receipt
from deploy.files.loading import mapping_of
from deploy.files.record_files import FileRefusedError, topic_in_name, topic_of
from deploy.files.ties import TieCounter
from schemas.quantities import counted
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.connect.batch import Batch
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.folder.definition import FolderFeed
    from deploy.files.feed import FeedCounts
    from deploy.files.row_reader import RowReader

_NS_PER_MS: Final = 1_000_000


@dataclass(slots=True)
class OpenFile:
    """A file that is being read."""

    path: Path
    signature: Signature
    sha256: str
    reader: RowReader | None = None
    """What reads its rows; None where it is refused unread."""
    digest: str = ""
    """What it is known again by."""
    same_as: EarlierFile | None = None
    """The file of the same content that was read before."""
    scan: FileScan = field(default_factory=FileScan)
    """What it holds, as far as it was read."""
    ties: int = 0


def opened_file(feed: ConnectedFeed, path: Path, reader: RowReader) -> OpenFile:
    """Return a file, and whose content it repeats.  Raises FileRefusedError, OSError."""
    signature = signature_of(path.lstat())
    file = OpenFile(path, signature, _sha256(path), reader)
    file.digest = _digest(feed, file.sha256, reader)
    earlier = feed.cursors.origin(feed.name, file.digest)
    if earlier is not None:
        file.same_as = EarlierFile(file=earlier[0], at=to_rfc3339(earlier[1]))
    return file


def unread_file(path: Path) -> OpenFile:
    """Return a file that is refused.  Raises OSError."""
    status = path.lstat()
    return OpenFile(path, signature_of(status), _sha256(path) if stat.S_ISREG(status.st_mode) else "")


def scan_whole(feed: ConnectedFeed, file: OpenFile, reader: RowReader) -> Iterator[None]:
    """Read a file to its end, and yield now and then.

    Raises FileRefusedError, also where none of it is a record.
    """
    file.scan = scan = FileScan(TieCounter(b"" if feed.feedings is None else feed.feedings.key))
    yield from scan_file(file.path, reader, scan)
    if not scan.rows and reader.mapping is None:
        raise FileRefusedError(f"{file.path}: there is no row in it")
    if scan.first_refusal is not None and not scan.records:
        rows = counted(scan.rows, "row")
        raise FileRefusedError(f"{file.path}: none of its {rows} is a record; the first: {scan.first_refusal}")


def note_feeding(feed: ConnectedFeed, file: OpenFile) -> None:
    """Keep when a file was first read, before its rows are sent, and count its ties."""
    file.ties = file.scan.ties.ties
    if feed.feedings is not None:
        feed.feedings.save_files()
        file.ties += feed.feedings.ties(file.scan.ties.body_by_version)


def note_rows(feed: ConnectedFeed, file: OpenFile) -> None:
    """Keep what the rows of a file stated, so that those of later files can be compared with them."""
    mapping = None if file.reader is None else file.reader.mapping
    if feed.feedings is None or (mapping is not None and mapping.orders_feedings):
        return
    feed.feedings.save_rows(file.scan.ties.body_by_version, feed.clock())


def vouched_through(feed: ConnectedFeed, definition: FolderFeed, file: OpenFile) -> int | None:
    """Return through when (ms) a file vouches; one that holds heartbeats vouches by these alone.

    One that holds nothing new, since it has no row or is the one before again, vouches by its time as any other, and
    by its newest record for no more than was vouched for before.  An old one that came again vouches for nothing.
    """
    scan, way = file.scan, definition.complete_through
    if way == "nothing" or scan.heartbeats:
        return None
    if file.same_as is not None and not feed.cursors.is_last_origin(feed.name, file.digest):
        return None
    if way == "newest" and scan.newest is None:
        is_of_one_topic = definition.topic is not None or len(definition.mappings) == 1
        return feed.cursors.condition(feed.name).complete_through if is_of_one_topic else None
    until: int | None = file.signature.modified_at // _NS_PER_MS
    if way == "newest":
        until = scan.newest
    elif way == "name":
        until = time_in_name(file.path.name, definition.name_time or "")
    return None if until is None else min(until, feed.clock()) - 1 - round(1000 * definition.margin_seconds)


def receipt_of(feed: ConnectedFeed, file: OpenFile, batch: Batch, counts: FeedCounts) -> Receipt:
    """Return the receipt of a file."""
    through = batch.complete_through
    return Receipt(
        file=file.path.name,
        feed=feed.name,
        at=to_rfc3339(feed.clock()),
        sha256=file.sha256 or None,
        bytes=file.signature.size,
        changed_at=to_rfc3339(file.signature.modified_at // _NS_PER_MS),
        refused=batch.refused,
        same_as=file.same_as,
        topic=batch.topic,
        rows=file.scan.rows,
        sent=counts.snapshots,
        heartbeats=counts.heartbeats,
        skipped=counts.skipped,
        set_aside=counts.refused,
        blank=counts.blank,
        ties=file.ties,
        complete_through=None if through is None else to_rfc3339(through),
        remark=batch.remark,
    )


def reader_of(feed: ConnectedFeed, path: Path) -> RowReader:
    """Return what reads a file: by its kind, and by the topic in its name.  Raises FileRefusedError."""
    topic, named = feed.definition.topic, topic_in_name(path)
    if topic is not None and named not in (None, topic):
        raise FileRefusedError(f"{path}: it is named after {named}, and the feed is of {topic}")
    mapping = mapping_of(path, feed.mappings)
    topic = topic or topic_of(path) if mapping is None else mapping.topic
    return feed.reader(topic, mapping)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _digest(feed: ConnectedFeed, sha256: str, reader: RowReader) -> str:
    """Return what a file is known again by: its content, and how it is read."""
    mapping = next((one for one in feed.mappings if reader.mapping is not None and one.topic == reader.topic), None)
    reading = (program_version(), reader.topic, None if mapping is None else mapping.reading)
    return hashlib.sha256(msgspec.json.encode((sha256, reading), order="deterministic")).hexdigest()
