"""Send a batch's records, and then say how far their sources are complete.

A batch is with the broker whole before its heartbeats are sent, and its heartbeats before it is confirmed.  Sent twice
it changes nothing: a record's event_id is a function of its row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from deploy.connect.cursors import Voice
from deploy.files.feed import EPOCH, FeedCounts, RejectedRows
from deploy.files.old_records import EventTimes
from deploy.files.record_files import SET_ASIDE, FileRefusedError
from schemas.quantities import counted
from schemas.records import POSSIBLE_FEEDS, Heartbeat, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.connect.batch import Batch
    from deploy.connect.definition import ConnectedFeed
    from deploy.files.feed import Producer
    from deploy.files.row_reader import FileRow

FOLDER = "connect"
"""The folder, in the data folder, of rejected rows and locks."""
_ALWAYS_ALLOWED: Final = 10
"""Rows that may be set aside whatever their number: as many dead letters are no alarm either."""


class Delivery:
    """Delivers the batches of one feed."""

    def __init__(self, feed: ConnectedFeed, connect: Callable[[], Producer]) -> None:
        """Have ``connect`` make a producer, and another once one has failed.

        Raises CursorsUnavailableError.
        """
        self._feed = feed
        self._connect = connect
        self._producer: Producer | None = None
        self._voices = feed.cursors.voices(feed.name)
        self._withheld = feed.cursors.is_withheld(feed.name)
        """Whether too many rows were set aside, of the last batch that had any or since the feed last gave its word."""
        self._weighed = feed.cursors.weighed(feed.name)
        """How many rows were set aside since it last gave its word, and of how many."""

    @property
    def remark(self) -> str | None:
        """What somebody should see to: that the feed vouches for nothing.  None while it does."""
        if not self._withheld:
            return None
        return "it vouches for nothing since more rows than set_aside_most allows were set aside: see to its mapping"

    def deliver(self, batch: Batch, on_row: Callable[[FileRow], None] = lambda _: None) -> FeedCounts:
        """Send a batch, and wait until the broker has its records and, behind them, its heartbeats.

        Every source that the feed has ever been the voice of is vouched for, as far as the batch says, unless too many
        rows were set aside since it last did: then the batch's word is withheld, and that of later ones without rows.
        ``on_row`` is called with each row once it is queued or set aside.  Raises FileRefusedError,
        CursorsUnavailableError, and whatever the source or the producer raises.
        """
        if batch.refused is not None:
            return FeedCounts()
        topic = batch.topic or self._feed.topic
        producer = self._producer or self._connect()
        self._producer = None
        rejected = RejectedRows(self._feed.clock(), self._rejected_file(batch))
        try:
            counts, heard = self._send_rows(batch, topic, producer, rejected, on_row)
            producer.flush()
        except BaseException:
            rejected.take_back()
            raise
        rejected.close()
        if new := heard - self._voices:
            self._feed.cursors.add_voices(self._feed.name, new)
            self._voices |= new
        self._weigh(batch, counts)
        if batch.complete_through is not None:
            for of_topic in self._topics_with(topic):
                counts.heartbeats += self._vouch(of_topic, batch.complete_through, producer)
            producer.flush()
        self._producer = producer
        return counts

    def _weigh(self, batch: Batch, counts: FeedCounts) -> None:
        """Take back a batch's word where too many rows were set aside: the feed has not delivered them.

        The last page of a look speaks for those before it too.
        """
        in_batch = counts.refused, counts.snapshots + counts.refused
        refused, rows = (before + more for before, more in zip(self._weighed, in_batch, strict=True))
        if in_batch[1]:
            withheld = self._is_too_much(*in_batch) or self._is_too_much(refused, rows)
            if withheld != self._withheld:
                self._feed.cursors.withhold(self._feed.name, withheld=withheld)
                self._withheld = withheld
        gives_word = batch.complete_through is not None or counts.heartbeats
        weighed = (0, 0) if gives_word else (refused, rows)
        if weighed[0] or self._weighed[0]:
            self._feed.cursors.weigh(self._feed.name, *weighed)
        self._weighed = weighed
        if self._withheld and batch.complete_through is not None:
            batch.complete_through = None
            of = f"{refused:,} of {counted(rows, 'row')} were set aside" if in_batch[1] else "of rows set aside before"
            batch.add_remark(f"it vouches for nothing: {of}, more than set_aside_most allows")

    def _is_too_much(self, refused: int, rows: int) -> bool:
        most = self._feed.definition.set_aside_most
        return refused > (max(most * rows, _ALWAYS_ALLOWED) if most else 0)

    def _send_rows(
        self,
        batch: Batch,
        topic: str,
        producer: Producer,
        rejected: RejectedRows,
        on_row: Callable[[FileRow], None],
    ) -> tuple[FeedCounts, set[Voice]]:
        """Send the records, behind a first heartbeat of each new source: nothing of it is complete yet."""
        counts, heard, times = FeedCounts(), set[Voice](), EventTimes()
        for row in batch.rows:
            match row.record:
                case Heartbeat() if not self._feed.definition.vouches:
                    counts.skipped += 1
                case Heartbeat() as heartbeat:
                    producer.send_heartbeat(topic, heartbeat)
                    counts.heartbeats += 1
                case Snapshot() as snapshot:
                    voice = Voice(snapshot.TOPIC, snapshot.force, snapshot.source)
                    if voice not in heard:
                        heard.add(voice)
                        self._open_voice(voice, producer)
                    producer.send(snapshot)
                    times.add(snapshot)
                    counts.snapshots += 1
                case None:
                    _count_unsent(row, counts)
                    if row.refusal is not None:
                        rejected.add(batch.origin, row)
            on_row(row)
        is_live = self._feed.settings.clock == "live"
        batch.add_remark(times.ignored(self._feed.book.forget_after, self._feed.clock() if is_live else None))
        return counts, heard

    def _open_voice(self, voice: Voice, producer: Producer) -> None:
        if voice not in self._voices and voice.topic in POSSIBLE_FEEDS and self._feed.definition.vouches:
            heartbeat = Heartbeat(force=voice.force, source=voice.source, complete_through=EPOCH)
            producer.send_heartbeat(voice.topic, heartbeat)

    def _topics_with(self, topic: str) -> tuple[str, ...]:
        """Return the topics of the records that rows of a topic's mapping hold."""
        return next((mapping.topics for mapping in self._feed.mappings if topic in mapping.topics), (topic,))

    def _vouch(self, topic: str, through: int, producer: Producer) -> int:
        """Send the heartbeats of a feed's sources, and return how many."""
        voices = sorted(voice for voice in self._voices if voice.topic == topic and topic in POSSIBLE_FEEDS)
        for _, force, source in voices:
            producer.send_heartbeat(topic, Heartbeat(force=force, source=source, complete_through=through))
        return len(voices)

    def _rejected_file(self, batch: Batch) -> Path:
        """Return where rejected rows go.  Raises FileRefusedError."""
        file = batch.rejected or self._feed.settings.data / FOLDER / f"{self._feed.name}{SET_ASIDE}"
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if batch.rejected is not None:
                file.unlink(missing_ok=True)  # what a killed process had set aside
        except OSError as failure:
            raise FileRefusedError(f"{file}: {failure.strerror or failure}") from None
        return file


def _count_unsent(row: FileRow, counts: FeedCounts) -> None:
    if row.is_blank:
        counts.blank += 1
    elif row.is_deleted:
        counts.deleted += 1
    elif row.refusal is None:
        counts.skipped += 1
    else:
        counts.refused += 1
