"""Moments as text: RFC 3339 outside, whole milliseconds since the epoch inside.

Everything in the project holds a moment as :data:`schemas.vocabularies.Millis`; text appears only in JSON, in CSV and
in an alert's discriminator.  No floats: a float cannot hold every millisecond of year 9999, and rounds where we
truncate.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
"""86,400,000 ms: a day of the rules, whatever the clocks do."""

EARLIEST: Final = -2_208_988_800_000
"""1900-01-01T00:00:00.000Z; the smallest moment a record may state."""

LATEST: Final = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z; the greatest moment a record may state."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EXTENDED_LENGTHS: Final = frozenset({20, 24})
"""Lengths of ``2013-05-01T09:00:00Z`` and ``2013-05-01T09:00:00.000Z``: what feeds write nearly always."""

_RFC3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@lru_cache(maxsize=16_384)
def from_rfc3339(text: str) -> int:
    """Read a moment with its offset, as ``2013-05-01T09:00:00.000Z`` or ``2013-05-01 10:00:00+01:00``.

    A fraction may have up to nine digits and is truncated to the millisecond.  Raises ValueError, whose sentence never
    repeats the text (it may have been anything), where the text is no such moment or lies outside 1900 to 9999.
    """
    if not (
        len(text) in _EXTENDED_LENGTHS
        and text[-1] == "Z"
        and text[4] == "-"  # datetime also reads week dates and digits alone, which RFC 3339 does not know
        and text[7] == "-"
        and text[10] == "T"
        and text[13] == ":"
        and text[16] == ":"
        and text[19] in ".Z"
    ):
        text = _extended(text)
    try:
        since_epoch = datetime.fromisoformat(text) - _EPOCH
    except ValueError:
        message = "no such date or time of day"
        raise ValueError(message) from None
    millis = since_epoch.days * DAY + since_epoch.seconds * 1000 + since_epoch.microseconds // 1000
    if not EARLIEST <= millis <= LATEST:
        message = "outside 1900 to 9999"
        raise ValueError(message)
    return millis


def to_rfc3339(ms: int) -> str:
    """Write a moment as ``2013-05-01T09:00:00.000Z``: always UTC, always three decimals.

    Raises ValueError for a moment outside 1900 to 9999.
    """
    if not EARLIEST <= ms <= LATEST:
        message = "outside 1900 to 9999"
        raise ValueError(message)
    day, of_day = divmod(ms, DAY)
    seconds, millis = divmod(of_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date(day)}T{hour:02d}:{minute:02d}:{second:02d}.{millis:03d}Z"


def _extended(text: str) -> str:
    """Rewrite an RFC 3339 time as :meth:`datetime.fromisoformat` reads it, to three decimals at most."""
    parts = _RFC3339.fullmatch(text)
    if parts is None:
        message = "not an RFC 3339 time with an offset (YYYY-MM-DDThh:mm:ssZ)"
        raise ValueError(message)
    date, time_of_day, fraction, offset = parts.groups()
    return f"{date}T{time_of_day}.{(fraction or '0')[:3].ljust(3, '0')}{offset.upper()}"


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    """Write the date that lies ``day`` days after 1970-01-01."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()
