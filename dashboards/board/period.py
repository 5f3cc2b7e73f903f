"""The period that a page is about: two London dates in the URL, both included."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from starlette.datastructures import QueryParams

from streams.calendar import local_date, local_midnight


class Period(msgspec.Struct, frozen=True):
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


def period_of(query: QueryParams, present: int, months: int) -> Period:
    """Read the period of a URL; where it says none, the last ``months`` months, this one included."""
    today = local_date(present)
    before = today.year * 12 + today.month - months
    first = _read(query.get("from")) or date(before // 12, before % 12 + 1, 1)
    last = _read(query.get("to")) or today
    return Period(min(first, last), max(first, last))


def _read(text: str | None) -> date | None:
    try:
        stated = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return stated if stated is not None and 1950 <= stated.year < 2200 else None
