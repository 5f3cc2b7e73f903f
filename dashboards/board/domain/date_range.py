"""The period that a page is about: two London dates in the URL, both included."""

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
        """The moment (ms) it begins."""
        return local_midnight(self.first.year, self.first.month, self.first.day)

    @property
    def end(self) -> int:
        """The moment (ms) at which it is over."""
        following = self.last + timedelta(days=1)
        return local_midnight(following.year, following.month, following.day)

    @property
    def query(self) -> str:
        """The period as part of a URL."""
        return f"from={self.first.isoformat()}&to={self.last.isoformat()}"


def dates_of(query: QueryParams, present: int, months: int) -> DateRange:
    """Read the period of a URL; where it says none, the last ``months`` months, this one included.

    Raises BadQueryError for a date that is none.
    """
    today = local_date(present)
    before = today.year * 12 + today.month - months
    return dates_within(query, date(before // 12, before % 12 + 1, 1), today)


def dates_within(query: QueryParams, first: date, last: date) -> DateRange:
    """Read the period of a URL; where it says no beginning or no end, these.  Raises BadQueryError."""
    begins, ends = _read(query, "from") or first, _read(query, "to") or last
    return DateRange(min(begins, ends), max(begins, ends))


def _read(query: QueryParams, name: str) -> date | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        stated = date.fromisoformat(text)
    except ValueError:
        stated = date.min
    if not EARLIEST_YEAR <= stated.year <= LATEST_YEAR:
        allowed = f"a date is written as 2026-04-01, with a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
        raise BadQueryError(name, text, allowed)
    return stated
