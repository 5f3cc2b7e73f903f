"""Read a database again and again: each look reads, in pages, what was changed since the one before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from agents.settings.clock import stopwatch
from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.database.address import read_address
from deploy.connect.database.connection import DatabaseReader
from deploy.connect.database.cursor import DatabaseCursor, DatabaseLook, decode_cursor
from deploy.connect.database.definition import DatabaseFeed, takes_event_time_of, takes_row_times
from deploy.connect.database.looks import LookBeginning, SourceTable, begin_look
from deploy.connect.database.pages import PageReader, TablePage
from deploy.connect.database.queries import RowPlace
from deploy.connect.database.readings import keep_reading, this_reading
from deploy.connect.database.vanished import VanishedRows
from deploy.connect.database.watermarks import WatermarkKind, instant_of, milliseconds_of, of_instant
from deploy.connect.sources import SourceUnavailableError
from deploy.files.record_files import FileRefusedError
from schemas.quantities import counted
from streams.policy.value_types import milliseconds

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed
    from deploy.files.feed import FeedCounts

_LONGEST_WAIT_SECONDS: Final = 20.0
_STAYS_OPEN_SECONDS: Final = 60.0
"""Up to which pace the connection is kept from one look to the next."""
_COUNT_SECONDS: Final = 3600.0
"""How often rows are counted that cannot be put in order: the database may have to read them all."""
_CLOCKS_DIFFER_MS: Final = 5_000

_log: Final = structlog.get_logger("cdi.connect.database")


class DatabaseSource:
    """Reads one feed from its database."""

    def __init__(self, feed: ConnectedFeed, definition: DatabaseFeed) -> None:
        """Read the cursor; the database is asked with the first batch.

        Raises SourceUnavailableError, FileRefusedError, CursorsUnavailableError.
        """
        self._feed = feed
        self._definition = definition
        self._mapping = feed.mappings[0]
        if definition.vouch is None and not takes_event_time_of(self._mapping, definition.watermark):
            raise FileRefusedError(
                f"{feed.name}: the mapping takes event_time from elsewhere than the watermark: say vouch = true where "
                "it is when the row was saved, to within the overlap, or vouch = false"
            )
        self._zone = None if definition.time_zone is None else ZoneInfo(definition.time_zone)
        self._reading = this_reading(feed, definition)
        encoded = feed.cursors.read(feed.name)
        self._cursor = decode_cursor(encoded, self._reading.digest)
        if encoded is not None and self._cursor == DatabaseCursor(reading=self._reading.digest):
            _log.warning("reading_from_the_beginning", feed=feed.name, reason="another query or mapping")
        self._next: tuple[Batch, TablePage, DatabaseCursor] | None = None
        self._reader: DatabaseReader | None = None
        self._counted_at: float | None = None
        self._unusable = 0
        self._ahead = 0
        self._remarks: dict[str, str] = {}
        self._vanished = VanishedRows(feed, definition) if definition.vanished is not None else None

    @property
    def remark(self) -> str | None:
        """What somebody should see to although the feed gets on."""
        return "; ".join(self._remarks.values()) or None

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield the pages of each look; at its end, through when all is read."""
        while not stopped.is_set():
            began = stopwatch()
            try:
                yield from self._look(stopped)
            except SourceUnavailableError:
                if stopped.is_set():  # the query was ended for it
                    return
                raise
            if once:
                return
            pace = milliseconds(self._definition.every) / 1000
            if pace > _STAYS_OPEN_SECONDS:
                self.close()
            while (left := began + pace - stopwatch()) > 0 and not stopped.wait(min(left, _LONGEST_WAIT_SECONDS)):
                yield NOTHING_NEW

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Keep how far the batch has read."""
        if self._next is None or self._next[0] is not batch:
            raise ValueError("not the batch that was yielded last")
        _, page, cursor = self._next
        if self._vanished is not None:
            self._vanished.add(page.keys)
        keep_reading(self._feed, self._reading)
        self._feed.cursors.write(self._feed.name, cursor.encode())
        self._cursor, self._next = cursor, None

    def close(self) -> None:
        """Close the connection."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _look(self, stopped: threading.Event) -> Iterator[Batch]:
        definition = self._definition
        reader = self._reader = self._reader or self._connect()
        table = SourceTable(reader, definition, self._mapping, stopped)
        kind = table.kind(self._cursor.kind)
        if kind == "number" and takes_row_times(self._mapping):
            raise FileRefusedError("the mapping takes a time from the row's watermark, which is a number")
        self._count_unusable(table, kind)
        if self._cursor.look is None:
            beginning = begin_look(table, kind, self._cursor, definition.overlap_ms, self._zone, self._feed.clock)
            self._note_beginning(beginning)
            self._cursor = msgspec.structs.replace(beginning.cursor, look=beginning.look, kind=kind)
        yield from self._pages(table, kind, stopped)
        if self._vanished is not None:
            self._note("vanished", self._vanished.look(table, self._feed.clock()))

    def _connect(self) -> DatabaseReader:
        definition = self._definition
        return DatabaseReader(
            read_address(definition.url, self._feed.beside),
            f"{definition.statement} {definition.watermark} {' '.join(definition.keys)}",
            -(-milliseconds(definition.timeout) // 1000),
            self._feed.name,
        )

    def _pages(self, table: SourceTable, kind: WatermarkKind, stopped: threading.Event) -> Iterator[Batch]:
        """Yield the pages of a look, each with the cursor that follows it."""
        after: RowPlace | None = None
        self._ahead = 0
        while True:
            look = self._cursor.look
            assert look is not None  # noqa: S101 - begun above
            pages = PageReader(self._feed, table, kind, self._zone, look.clocks.database, self._reading)
            page = pages.read(look.least, after, self._cursor.seen)
            after = page.end
            batch = Batch(page.origin, page.rows, total=len(page.rows))
            self._ahead += page.ahead
            self._next = (batch, page, self._cursor_behind(page, look, kind))
            if page.is_last:
                self._note_ahead()
                batch.complete_through = self._complete_through(look)
            yield batch
            if page.is_last or stopped.is_set():
                return

    def _cursor_behind(self, page: TablePage, look: DatabaseLook, kind: WatermarkKind) -> DatabaseCursor:
        """Return how far a page has read once the broker has it."""
        cursor, overlap = self._cursor, self._definition.overlap_ms
        settled = look.settled
        if not page.is_last:
            assert page.end is not None  # noqa: S101 - only a last page may be empty
            least = cursor.floor if kind == "number" else of_instant(settled, self._zone_of(kind))
            further = msgspec.structs.replace(look, least=page.end.watermark)
            return msgspec.structs.replace(cursor, look=further, seen=cursor.with_seen(page.seen, least, kind))
        floor, samples = cursor.next_samples(look, overlap) if kind == "number" else (None, ())
        least = floor if kind == "number" else of_instant(settled, self._zone_of(kind))
        return msgspec.structs.replace(
            cursor,
            settled=settled if look.is_whole else cursor.settled,
            floor=floor,
            samples=samples,
            greatest=look.greatest,
            clocks=look.clocks,
            look=None,
            seen=cursor.with_seen(page.seen, least, kind),
        )

    def _zone_of(self, kind: WatermarkKind) -> ZoneInfo | None:
        return self._zone if kind == "naive" else None

    def _complete_through(self, look: DatabaseLook) -> int | None:
        """Return through when (ms) everything is read: what is still to come has a later event_time.

        While clocks show an hour twice, that is what they show, read as the first of the two, as event_time is.
        """
        if not look.is_whole or not self._definition.vouches:
            return None
        settled = of_instant(look.settled, self._zone)
        return milliseconds_of(instant_of(settled, self._zone)) - 1

    def _note_beginning(self, beginning: LookBeginning) -> None:
        ahead = beginning.look.clocks.database - beginning.look.clocks.ours
        which = "ahead of" if ahead > 0 else "behind"
        differs = f"the database's clock is {counted(abs(ahead) // 1000, 'second')} {which} ours"
        self._note("clock", differs if abs(ahead) > _CLOCKS_DIFFER_MS else None)
        if beginning.remark is not None or beginning.has_risen:
            self._note("went back", beginning.remark)

    def _note_ahead(self) -> None:
        rows = counted(self._ahead, "row has a watermark", "rows have watermarks")
        line = f"{rows} too far ahead of the clock to be fed before it is nearer"
        self._note("ahead", line if self._ahead else None)

    def _count_unusable(self, table: SourceTable, kind: WatermarkKind) -> None:
        """Count, now and then, the rows that no look can read."""
        if self._counted_at is not None and stopwatch() - self._counted_at < _COUNT_SECONDS:
            return
        self._unusable = table.unusable(kind)
        self._counted_at = stopwatch()
        columns = " or ".join((self._definition.watermark, *self._definition.keys))
        rows = counted(self._unusable, "row is", "rows are")
        self._note(
            "unusable", f"{rows} not read: no usable {columns} (NULL, infinite or BC)" if self._unusable else None
        )

    def _note(self, subject: str, line: str | None) -> None:
        """Keep what somebody should see to; None: no more."""
        if line is None:
            self._remarks.pop(subject, None)
        else:
            self._remarks[subject] = line
