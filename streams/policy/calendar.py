"""Local time (Europe/London) for the few rules that need it: midnights, evenings and opening hours.

Moments are whole milliseconds since the epoch, UTC; a *day number* is the local date as days since 1970-01-01.  Every
function is total: a moment beyond the years the time zone is computed for (a source may state any 64-bit number)
is read as UTC rather than refused, because a nonsense time in one record must not stop the force's clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.times import DAY, HOUR, MINUTE

__all__ = [
    "DAY",
    "HOUR",
    "LONDON",
    "MINUTE",
    "MINUTES_PER_DAY",
    "local_date",
    "local_day",
    "local_midnight",
    "local_month",
    "local_time_on_day_of",
    "midnights_between",
    "moment_on_day",
    "weekday",
    "working_deadline",
]

MINUTES_PER_DAY = 24 * 60
LONDON = ZoneInfo("Europe/London")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = _EPOCH.date()
_FIRST_DAY = (date(1900, 1, 1) - _EPOCH_DATE).days
_LAST_DAY = (date(9999, 12, 31) - _EPOCH_DATE).days
"""The days the time zone is computed for; at both ends London keeps UTC, so nothing jumps where it stops."""
_CACHED_DAYS = 8192


def local_midnight(year: int, month: int, day: int) -> int:
    """Return the moment a local date begins.  Raises ValueError for a date that does not exist."""
    return moment_on_day((date(year, month, day) - _EPOCH_DATE).days, 0)


def local_month(year: int, month: int) -> tuple[int, int]:
    """Return the moments at which a local month begins and ends; December 9999 ends too."""
    first_day = (date(year, month, 1) - _EPOCH_DATE).days
    return moment_on_day(first_day, 0), moment_on_day(first_day + monthrange(year, month)[1], 0)


def local_date(moment: int) -> date:
    """Return the local date of a moment; the first or last date there is for moments beyond those."""
    day = local_day(moment)
    if day < (date.min - _EPOCH_DATE).days:
        return date.min
    if day > (date.max - _EPOCH_DATE).days:
        return date.max
    return _EPOCH_DATE + timedelta(days=day)


def local_time_on_day_of(moment: int, hour: int, minute: int) -> int:
    """Return the first moment of the local day of ``moment`` at which clocks show hour:minute or later.

    So a time that comes twice (01:30 in late October) means the first of the two, and one that never comes (01:30 in
    late March) means the moment the clocks go forward.  24:00 is the next local midnight.
    """
    return moment_on_day(local_day(moment), hour * 60 + minute)


def midnights_between(after: int, through: int) -> Iterator[int]:
    """Yield each local midnight later than ``after`` and not later than ``through``, in order."""
    day = local_day(after) + 1
    while (midnight := moment_on_day(day, 0)) <= through:
        yield midnight
        day += 1


def working_deadline(start: int, duration: int, opens: int, closes: int) -> int:
    """Return the moment at which ``duration`` ms of open time have passed since ``start``.

    A unit is open from ``opens`` to ``closes`` (minutes of the local day, ``opens`` < ``closes`` <= 1440) every day.
    Open time is counted in real milliseconds; before opening and from closing on it stands still, so a start outside
    hours counts from the next opening, and a duration used up exactly at closing ends at that closing.  Raises
    ValueError for hours that never open.
    """
    if not 0 <= opens < closes <= MINUTES_PER_DAY:
        raise ValueError(f"a unit cannot be open from minute {opens} to minute {closes} of a day")
    day, remaining = local_day(start), duration
    while True:
        opening, closing = max(start, moment_on_day(day, opens)), moment_on_day(day, closes)
        if opening < closing:
            if remaining <= closing - opening:
                return opening + remaining
            remaining -= closing - opening
        day += 1


def weekday(day: int) -> int:
    """Return the day of the week of a day number; Monday is 0."""
    return (day + _EPOCH_DATE.weekday()) % 7


def local_day(moment: int) -> int:
    """Return the day number of the local date of a moment (ms)."""
    day, next_midnight = _dates_of_utc_day(moment // DAY)
    return day if moment < next_midnight else day + 1


@lru_cache(maxsize=_CACHED_DAYS)
def _dates_of_utc_day(utc_day: int) -> tuple[int, int]:
    """Return the local day number as a UTC day begins, and the one local midnight within that UTC day."""
    if not _FIRST_DAY <= utc_day <= _LAST_DAY:
        return utc_day, (utc_day + 1) * DAY
    begins = (_EPOCH + timedelta(days=utc_day)).astimezone(LONDON).date()
    day = (begins - _EPOCH_DATE).days
    return day, moment_on_day(day + 1, 0)


@lru_cache(maxsize=_CACHED_DAYS)
def moment_on_day(day: int, minute: int) -> int:
    """Return the first moment of a local day at which clocks show ``minute`` (of the day) or later."""
    if minute == MINUTES_PER_DAY:
        return moment_on_day(day + 1, 0)
    reading = day * DAY + minute * MINUTE
    if not _FIRST_DAY <= day <= _LAST_DAY:
        return reading
    wall = datetime(1970, 1, 1) + timedelta(milliseconds=reading)  # noqa: DTZ001 - a clock's face, not a moment
    earlier, later = (_since_epoch(wall.replace(tzinfo=LONDON, fold=fold)) for fold in (0, 1))
    if earlier <= later:
        return earlier
    # Python reads a time in the gap with the offset before it (too late) or after it (too early); the moment the
    # clocks go forward lies between the two: the first minute from which the later offset holds.
    offset_after = reading - later
    while earlier - later > MINUTE:
        middle = later + (earlier - later) // (2 * MINUTE) * MINUTE
        if _offset(middle) == offset_after:
            earlier = middle
        else:
            later = middle
    return earlier


def _since_epoch(aware: datetime) -> int:
    return (aware.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def _offset(moment: int) -> int:
    """Return how far (ms) London's clocks are ahead of UTC at a moment."""
    offset = (_EPOCH + timedelta(milliseconds=moment)).astimezone(LONDON).utcoffset()
    return (offset or timedelta()) // timedelta(milliseconds=1)
