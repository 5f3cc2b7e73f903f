"""One page of a look: its rows as records, where it ends, and what of it is known from before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from deploy.connect.database.cells import cell, utc_text
from deploy.connect.database.cursor import row_digest
from deploy.connect.database.queries import RowPlace
from deploy.connect.database.readings import DatabaseReading, revision_of
from deploy.connect.database.watermarks import (
    WatermarkKind,
    exact_text,
    instant_of,
    milliseconds_of,
    place_of,
)
from deploy.connect.sources import SourceUnavailableError
from deploy.files.mapping import RowOrder, RowTimes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Row

    from deploy.connect.database.definition import DatabaseFeed
    from deploy.connect.database.looks import SourceTable
    from deploy.connect.definition import ConnectedFeed
    from deploy.files.row_reader import FileRow

_GREATEST_REVISION: Final = 2**63 - 1


@dataclass(slots=True)
class TablePage:
    """Rows of a look."""

    is_last: bool
    rows: list[FileRow] = field(default_factory=list)
    """What is to be sent of it."""
    end: RowPlace | None = None
    """Where its last row stands; None where it has none."""
    first: str | None = None
    """The watermark of its first row."""
    seen: dict[bytes, str] = field(default_factory=dict)
    """What its rows are known again by, each with its watermark."""
    keys: list[str] = field(default_factory=list)
    """The key of each row, as text."""
    ahead: int = 0
    """Rows that are too far ahead of the clock."""

    @property
    def origin(self) -> str:
        """What it is called: from which watermark to which."""
        if not self.rows or self.first is None or self.end is None:
            return "no new row"
        first, last = _short(self.first), _short(self.end.watermark)
        return first if first == last else f"{first} to {last}"


class PageReader:
    """Reads pages, and makes records of their rows."""

    def __init__(
        self,
        feed: ConnectedFeed,
        table: SourceTable,
        kind: WatermarkKind,
        zone: ZoneInfo | None,
        began: int,
        reading: DatabaseReading,
    ) -> None:
        """``began`` is the database's clock (ms) at the beginning of the look."""
        definition = feed.definition
        self._definition: DatabaseFeed = definition  # type: ignore[assignment]  # it is the feed's own
        self._table = table
        self._kind = kind
        self._zone = zone
        self._mapping = feed.mappings[0]
        self._reader = feed.reader()
        self._reading = reading
        self._latest = min(began, self._reader.read_at) + self._reader.far_future

    def read(self, least: str | None, after: RowPlace | None, known: dict[bytes, str]) -> TablePage:
        """Read a page: from a watermark on, or behind a row.  Raises SourceUnavailableError."""
        limit = self._definition.page
        statement = self._table.queries.page(self._kind, least, after, limit + 1)
        read = self._table.rows(
            statement, "reading rows" if after is None else f"reading rows behind {_short(after.watermark)}"
        )
        if read.names[:-1] != self._table.columns:
            raise SourceUnavailableError("the query's columns changed while it was read")
        page = TablePage(is_last=len(read.rows) <= limit)
        places = [self._place(row) for row in read.rows]
        if after is not None and after in places:
            raise _stands_still(self._definition)
        for before, place in pairwise(places):
            if before == place:
                raise SourceUnavailableError(
                    f"two rows have one {self._definition.watermark} and one key "
                    f"({', '.join(self._definition.keys)}): the key must name columns that tell them apart"
                )
        for number, (row, place) in enumerate(zip(read.rows[:limit], places, strict=False), 1):
            self._add(page, number, row, place, known)
        return page

    def _place(self, row: Row[Any]) -> RowPlace:
        try:
            return RowPlace(exact_text(row[-1], self._kind), tuple(row[index] for index in self._table.keys))
        except (ValueError, ArithmeticError):
            raise SourceUnavailableError(f"{self._definition.watermark} of a row is none that can be read") from None

    def _add(self, page: TablePage, number: int, row: Row[Any], place: RowPlace, known: dict[bytes, str]) -> None:
        """Read a row as records, unless it is known or too far ahead."""
        page.first = page.first or place.watermark
        page.end = place
        page.keys.append(key_text(place.keys, self._zone))
        cells = {name: cell(value, self._zone) for name, value in zip(self._table.names, row, strict=False)}
        times = RowTimes(0, 0)
        if self._kind != "number":
            moment = instant_of(place.watermark, self._zone if self._kind == "naive" else None)
            cells[self._table.names[self._table.watermark]] = utc_text(moment)
            times = RowTimes(milliseconds_of(moment), milliseconds_of(moment))
            if times.feeding_time > self._latest:
                page.ahead += 1
                return
        digest = row_digest(cells)
        page.seen[digest] = place.watermark
        if digest not in known:
            written = partial(json.dumps, cells, ensure_ascii=False)
            page.rows += self._reader.of_cells(number, cells, self._mapping, (self._order(place), times), written)

    def _order(self, place: RowPlace) -> RowOrder:
        source_place = place_of(place.watermark, self._kind, self._zone if self._kind == "naive" else None)
        revision = revision_of(self._reading, source_place)
        revision = max(-_GREATEST_REVISION, min(revision, _GREATEST_REVISION))
        return RowOrder(revision, revision, revision)


def key_text(keys: Sequence[Any], zone: ZoneInfo | None) -> str:
    """Return a key as text, the same for the same key."""
    return json.dumps([cell(value, zone) for value in keys], ensure_ascii=False)


def _stands_still(definition: DatabaseFeed) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"reading stands still: the database does not find its own {definition.watermark} again by its value: "
        "cast it in the query to a time of six digits or fewer of a second, or raise page above the rows of one value"
    )


def _short(watermark: str) -> str:
    """Return a watermark without the zeros at its end."""
    return watermark.rstrip("0").rstrip(".") if "T" in watermark else watermark
