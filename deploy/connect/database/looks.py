"""The beginning of a look: what the query yields, the database's clock, from where on is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import structlog

from deploy.connect.database.clocks import ClockReading
from deploy.connect.database.cursor import DatabaseCursor, DatabaseLook
from deploy.connect.database.queries import FeedQueries
from deploy.connect.database.watermarks import (
    WatermarkKind,
    exact_text,
    instant_of,
    milliseconds_of,
    of_instant,
    rank,
)
from deploy.connect.sources import SourceUnavailableError
from schemas.times import DAY

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Row, Select

    from deploy.connect.database.connection import DatabaseReader, ReadRows
    from deploy.connect.database.definition import DatabaseFeed
    from deploy.files.mapping import ColumnMapping

_WORDS = {"aware": "a time with an offset", "naive": "a time without an offset", "number": "a number"}
_log = structlog.get_logger("cdi.connect.database")


class SourceTable:
    """What a feed's query yields, asked through one connection."""

    def __init__(
        self, reader: DatabaseReader, definition: DatabaseFeed, mapping: ColumnMapping, stopped: threading.Event
    ) -> None:
        """DatabaseLook at the columns.  Raises SourceUnavailableError where one is missing."""
        self._reader = reader
        self._definition = definition
        self._stopped = stopped
        self.queries = FeedQueries(definition, reader.kind)
        self.columns = names = reader.read(self.queries.columns(), "looking at the columns", stopped).names
        if twice := [name for name in names if names.count(name) > 1]:
            raise SourceUnavailableError(f"the query yields {twice[0]!r} twice: give one of them another name")
        self.watermark = _index(names, definition.watermark, "watermark")
        self.keys = tuple(_index(names, name, "key") for name in definition.keys)
        self.names = mapping.named(names)
        if missing := sorted(mapping.columns() - set(self.names)):
            raise SourceUnavailableError(
                f"the query yields no column {missing[0]!r}, which the mapping reads; it yields {', '.join(names)}"
            )

    def rows(self, statement: Select[Any], what: str) -> ReadRows:
        """Return the rows of a query."""
        return self._reader.read(statement, what, self._stopped)

    def stream(self, statement: Select[Any], what: str) -> Iterator[Row[Any]]:
        """Yield the rows of a query."""
        return self._reader.stream(statement, what, self._stopped)

    def kind(self, before: WatermarkKind | None) -> WatermarkKind:
        """Return of which kind the watermark is; while there is no row, that it was before.

        Raises SourceUnavailableError where it has changed, or is none.
        """
        definition = self._definition
        read = self.rows(self.queries.any_watermark(), "looking at the watermark")
        if not read.rows:
            return before or ("aware" if definition.time_zone is None else "naive")
        value = read.rows[0][0]
        kind = self._reader.kind.kind_of(value, read.type_codes[0] if read.type_codes else None)
        if kind is None:
            raise SourceUnavailableError(
                f"{definition.watermark} is neither a time nor a number: {type(value).__name__}"
            )
        if before is not None and kind != before:
            raise SourceUnavailableError(
                f"{definition.watermark} was {_WORDS[before]} and is now {_WORDS[kind]}: put it back, or let "
                "the feed begin again with --forget"
            )
        if kind == "naive" and definition.time_zone is None:
            raise SourceUnavailableError(f'{definition.watermark} has no offset: say time_zone = "Europe/London"')
        if isinstance(value, date) and not isinstance(value, datetime) and definition.overlap_ms <= DAY:
            raise SourceUnavailableError(f"{definition.watermark} is a day without a time: overlap must be above 24h")
        return kind

    def unusable(self, kind: WatermarkKind) -> int:
        """Return how many rows have no watermark or key by which they could be read."""
        return int(str(self._value(self.queries.unusable(kind), "counting rows without a watermark")))

    def greatest(self, kind: WatermarkKind) -> str | None:
        """Return the greatest watermark; None where there is none."""
        value = self._value(self.queries.greatest(kind), "looking for the greatest watermark")
        return None if value is None else exact_text(value, kind)

    def now(self) -> int:
        """Return the database's clock (ms)."""
        value = self._value(self.queries.now(), "asking for the database's clock")
        return milliseconds_of(instant_of(exact_text(value, "aware"), None))

    def _value(self, statement: Select[Any], what: str) -> object:
        return self._reader.value(statement, what, self._stopped)


class LookBeginning(NamedTuple):
    """How a look begins."""

    look: DatabaseLook
    cursor: DatabaseCursor
    """What it goes on from; from the beginning where the watermark of a database went back."""
    remark: str | None
    has_risen: bool
    """Whether the greatest watermark is greater than at the look before."""


def begin_look(
    table: SourceTable,
    kind: WatermarkKind,
    cursor: DatabaseCursor,
    overlap: int,
    zone: ZoneInfo | None,
    clock: Callable[[], int],
) -> LookBeginning:
    """Ask for the greatest watermark, and then for the clock: each row of it was there by then."""
    greatest = table.greatest(kind)
    before = clock()
    began = table.now()
    ours = (before + clock()) // 2
    remark = None
    has_risen = False
    if cursor.greatest is not None and (greatest is None or rank(greatest, kind) < rank(cursor.greatest, kind)):
        remark = "the greatest watermark went back: its row was deleted, or the database restored"
        if kind == "number":
            remark += "; since numbers may come again, everything is read again"
            cursor = msgspec.structs.replace(cursor, floor=None, samples=(), settled=None, greatest=None)
        _log.warning("watermark_went_back", was=cursor.greatest, greatest=greatest, kind=kind)
    elif greatest is not None and greatest != cursor.greatest:
        has_risen = True
    clocks = ClockReading(began, ours).after(cursor.clocks, overlap)
    settled = clocks.settled(overlap)
    least, is_whole = least_of(kind, cursor, settled, clocks.put_back, zone)
    look = DatabaseLook(clocks=clocks, settled=settled, greatest=greatest, least=least, is_whole=is_whole)
    return LookBeginning(look, cursor, remark, has_risen)


def least_of(
    kind: WatermarkKind, cursor: DatabaseCursor, settled: int, put_back: int, zone: ZoneInfo | None
) -> tuple[str | None, bool]:
    """Return from which watermark on a look reads, and whether everything is delivered at its end.

    ``settled`` is through when every row is visible to it; where the database's clock was ``put_back`` (ms), rows saved
    since may have smaller watermarks.  Where watermarks are numbers and the first look is not an overlap ago, nobody
    knows yet how far below the greatest a row may still come: until then newer rows alone are read, and then all once
    more.
    """
    if kind != "number":
        delivered = cursor.settled
        zone = zone if kind == "naive" else None
        return (None if delivered is None else of_instant(delivered - put_back, zone)), True
    if cursor.floor is None and cursor.samples and settled < cursor.samples[0][0]:
        return cursor.samples[0][1], False
    return cursor.floor, True


def _index(names: Sequence[str], wanted: str, what: str) -> int:
    """Return where a column stands, by its name or, where only that differs, by its letters."""
    alike = [index for index, name in enumerate(names) if name == wanted]
    alike = alike or [index for index, name in enumerate(names) if name.casefold() == wanted.casefold()]
    if len(alike) != 1:
        raise SourceUnavailableError(f"{what}: the query yields no column {wanted!r}; it yields {', '.join(names)}")
    return alike[0]
