"""What ``cdi feed`` says of what it fed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.quantities import counted
from streams.topology.topics import FEED_TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.files.feed import FeedCounts, ScannedFiles
    from deploy.files.old_records import EventTimes
    from deploy.files.row_reader import RowReader
    from streams.policy import PolicyBook


def sent(counts: FeedCounts, reader: RowReader, scanned: ScannedFiles) -> Iterator[str]:
    """Say what became of the rows, and who vouches for them."""
    yield from rows(counts, reader, "fed")
    if scanned.sources and not counts.heartbeats and FEED_TOPICS.intersection(reader.topics):
        names = ", ".join(f"{force} {source}" for force, source in scanned.sources)
        yield f"{names}: nobody vouches for what was fed yet; once all is, 'cdi feed --complete --until T' does"


def rows(counts: FeedCounts, reader: RowReader, fed: str) -> Iterator[str]:
    """Say what became of the rows; ``fed`` is the verb: "fed" or "would be fed"."""
    snapshots, heartbeats = counted(counts.snapshots, "snapshot"), counted(counts.heartbeats, "heartbeat")
    yield f"{snapshots} and {heartbeats} {fed} to {' and '.join(reader.topics)}"
    if counts.skipped:
        yield f"{counted(counts.skipped, 'row')} skipped, as the mapping says"
    if counts.blank:
        yield f"{counted(counts.blank, 'blank row')} passed over"
    if unknown := reader.unknown_classes.total():
        yield f"{counted(unknown, 'unknown offence class was', 'unknown offence classes were')} read as OTHER"


def doubts(reader: RowReader, scanned: ScannedFiles, earlier_ties: int) -> Iterator[str]:
    """Say what is doubtful about rows that were fed; ``earlier_ties`` is of rows of other feedings."""
    for path, remark in reader.remarks.items():
        yield f"{path}: {remark}"
    for ties, stated in ((scanned.ties.ties, "stated before"), (earlier_ties, "that was fed before")):
        if ties:
            yield tied(ties, stated)


def tied(ties: int, stated: str) -> str:
    """Say how many rows state another body of a record at the moment of another."""
    return (
        f"{counted(ties, 'row states', 'rows state')} another body of a record at an event_time and revision "
        f"{stated}: event_id, not their order, settles which one counts; a mapping's revision can say it"
    )


def old_records(times: EventTimes, book: PolicyBook, settings: Settings, read_at: int) -> Iterator[str]:
    """Say what workers ignore, by the wall clock at ``read_at`` (ms) or by the newest that is fed."""
    ignored = times.ignored(book.forget_after, read_at if settings.clock == "live" else None)
    if ignored is not None:
        yield ignored
