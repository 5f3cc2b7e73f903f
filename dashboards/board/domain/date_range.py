"""The range of dates that a page is about: two London dates in the URL, both included."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import msgspec
from starlette.datastructures import QueryParams

from dashboards.board.http.query_params import BadQueryError
from streams.policy.calendar import local_date, local_midnight

EARLIEST_YEAR: Final = 1950
LATEST_YEAR: Final = 2199


class DateRange(msgspec.Struct, frozen=True):
    """From the beginning of one day up to the end of another."""

    first: date
    last: date

    @property
    def start(self) -> int:
        """When the first date begins (ms)."""
        return local_midnight(self.first.year, self.first.month, self.first.day)

    @property
    def end(self) -> int:
        """When the last date ends (ms)."""
        following = self.last + timedelta(days=1)
        return local_midnight(following.year, following.month, following.day)

    @property
    def months(self) -> tuple[str, str]:
        """The months that hold the first and the last date, such as ``2026-04``."""
        return f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"

    @property
    def in_file_name(self) -> str:
        """The range as part of a file's name."""
        return f"{self.first.isoformat()}-to-{self.last.isoformat()}"

    @property
    def query(self) -> str:
        """The range as part of a URL."""
        return f"from={self.first.isoformat()}&to={self.last.isoformat()}"


def dates_of(query: QueryParams, present: int, months: int) -> DateRange:
    """Return the dates of a URL; where it has none, the last ``months`` months, this one included.

    Raises BadQueryError for a date that cannot be read.
    """
    today = min(local_date(present), date(LATEST_YEAR, 12, 31))  # a stream clock may stand at the end of time
    before = today.year * 12 + today.month - months
    return dates_within(query, date(before // 12, before % 12 + 1, 1), today)


def dates_within(query: QueryParams, first: date, last: date) -> DateRange:
    """Return the dates of a URL, with ``first`` and ``last`` for those it does not have.

    Raises BadQueryError.
    """
    begins, ends = _read(query, "from") or first, _read(query, "to") or last
    return DateRange(min(begins, ends), max(begins, ends))


def _read(query: QueryParams, name: str) -> date | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        allowed = f"a date is written as 2026-04-01, with a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
        raise BadQueryError(name, text, allowed)
    return day
