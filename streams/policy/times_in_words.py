"""Times and lengths of time in words, for the board, the command line and messages.

Moments and lengths are milliseconds; clocks are London's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.times import EARLIEST, LATEST, from_rfc3339, to_rfc3339
from streams.policy.calendar import DAY, HOUR, LONDON, MINUTE

_DAY_FIRST: Final = re.compile(r"^(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d)(?::00)?$", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def london_time(moment: int) -> datetime:
    """Return a moment on London's clocks, brought within the years that can be written."""
    within = min(max(moment, EARLIEST + DAY), LATEST - DAY)
    return (_EPOCH + timedelta(milliseconds=within)).astimezone(LONDON)


def clock_time(moment: int) -> str:
    """Write a time of day: ``14:03``."""
    return f"{london_time(moment):%H:%M}"


def exact_time(moment: int) -> str:
    """Write a time of day to the second: ``14:03:22``."""
    return f"{london_time(moment):%H:%M:%S}"


def day(moment: int) -> str:
    """Write a date: ``4 May 2013``."""
    at = london_time(moment)
    return f"{at.day} {at:%B %Y}"


def full_time(moment: int) -> str:
    """Write date and time in full: ``Sat 4 May 2013, 14:03:22 BST``."""
    at = london_time(moment)
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M:%S} {at:%Z}"


def local_and_utc(moment: int) -> str:
    """Write a time in full on London's clocks, and as records state it."""
    return f"{full_time(moment)} ({to_rfc3339(moment)})"


def when(moment: int, present: int, wall: int | None = None) -> str:
    """Write a time with as much of its date as needed.

    ``14:03``, ``Sat 4 May, 14:03`` or ``4 May 2012, 14:03``.

    ``wall`` is the reader's time where ``present`` is another: the year is left out only where both are in it.
    """
    at, today = london_time(moment), london_time(present)
    if at.year != london_time(present if wall is None else wall).year:
        return f"{at.day} {at:%b %Y}, {at:%H:%M}"
    if at.date() == today.date():
        return f"{at:%H:%M}"
    if at.year == today.year:
        return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def read_time(text: str) -> int:
    """Read a time as people type it: RFC 3339, or local as ``2013-05-31 14:30``.  Raises ValueError.

    Read it as ``31/05/2013 14:30`` too, which is what a British spreadsheet makes of it.
    """
    text = _DAY_FIRST.sub(r"\3-\2-\1 \4", text)
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
        return int(local.astimezone(UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        return from_rfc3339(text)


def span(length: int) -> str:
    """Write a length, without its sign, in its two largest units: ``2 d 4 h``, ``3 h 05 min``, ``40 s``."""
    length = abs(length)
    if length >= 2 * DAY:
        days, rest = divmod(length, DAY)
        return f"{days} d {rest // HOUR} h"
    if length >= HOUR:
        hours, rest = divmod(length, HOUR)
        return f"{hours} h {rest // MINUTE:02d} min"
    if length >= MINUTE:
        return f"{length // MINUTE} min"
    return f"{length // 1000} s"
