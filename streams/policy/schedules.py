"""When a feed is expected to speak: at intervals, or once a day by a local time.

A feed that comes at intervals may be silent for the interval.  One that comes once a day (a nightly file) is expected
by a local time of day on some days of the week; what comes from half a day before that time on, or from ``earliest``
on, is that day's.  Either has a grace before anybody is told.  Pure: whoever asks says what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from streams.policy.calendar import MINUTE, MINUTES_PER_DAY, local_day, moment_on_day, weekday
from streams.policy.reading import WrittenAs
from streams.policy.times_in_words import span
from streams.policy.value_types import DurationText, TimeText, milliseconds, minutes_of_day

Day: TypeAlias = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
DAYS: Final = get_args(Day)
GRACE: Final = 15 * MINUTE
"""How long after the expected moment nobody is told yet, where a schedule does not say: a file takes its time."""
_Days = Annotated[
    frozenset[Day], Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(DAYS))}")
]
_HALF_A_DAY: Final = MINUTES_PER_DAY // 2


class Schedule(msgspec.Struct, frozen=True):
    """When a feed is expected to speak; lengths in ms, times of day in minutes since local midnight."""

    every: int = 0
    """How long it may say nothing; 0 where it comes once a day."""
    daily: int = 0
    """By when it has come, where it comes once a day."""
    earliest: int = 0
    """From when on what comes is that day's; on the day before where it is not earlier than ``daily``."""
    days: frozenset[int] = frozenset(range(len(DAYS)))
    """The days of the week on which it comes (Monday is 0)."""
    grace: int = 0

    def silent_after(self, heard_at: int) -> int:
        """Return the moment (ms) past which a feed last heard at ``heard_at`` is silent."""
        if self.every:
            return heard_at + self.every + self.grace
        return next(by for opens, by in self._windows(heard_at) if opens > heard_at) + self.grace

    def late_after(self, through: int) -> int:
        """Return the moment (ms) past which a feed complete through ``through`` is late.

        What comes once a day vouches for the time up to the day before's at least, at whatever hour it was made.
        """
        if self.every:
            return through + self.every + self.grace
        later = (by for _, by in self._windows(through) if by > through)
        next(later)
        return next(later) + self.grace

    def in_words(self) -> str:
        """Say when the feed is expected, and from when on it is missed."""
        missed = f", and missed {span(self.grace)} later" if self.grace else ""
        if self.every:
            return f"every {span(self.every)}{missed}"
        names = "day" if len(self.days) == len(DAYS) else ", ".join(DAYS[day].capitalize() for day in sorted(self.days))
        return f"by {self.daily // 60:02}:{self.daily % 60:02} each {names}{missed}"

    def _windows(self, moment: int) -> Iterator[tuple[int, int]]:
        """Yield from when on it may come, and by when it has, for its days from that of ``moment`` on."""
        day = local_day(moment)
        while True:
            if weekday(day) in self.days:
                opens_on = day if self.earliest < self.daily else day - 1
                yield moment_on_day(opens_on, self.earliest), moment_on_day(day, self.daily)
            day += 1


class _WrittenSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule as a policy file writes it."""

    every: Annotated[DurationText, Meta(description='a duration above zero such as "1h"')] | None = None
    daily: Annotated[TimeText, Meta(description='a local time of day such as "06:00"')] | None = None
    earliest: Annotated[TimeText, Meta(description='a local time of day such as "18:00"')] | None = None
    days: _Days | None = None
    grace: Annotated[DurationText, Meta(description='a duration such as "0s" or "15m"')] | None = None


def _schedule(written: _WrittenSchedule) -> Schedule:
    """Return the schedule that is judged by.  Raises ValueError, naming it, for what contradicts itself."""
    if (written.every is None) == (written.daily is None):
        raise ValueError("neither every nor daily" if written.every is None else "both every and daily")
    grace = GRACE if written.grace is None else milliseconds(written.grace)
    if written.every is not None:
        for name in ("earliest", "days"):
            if getattr(written, name) is not None:
                raise ValueError(f"{name} beside every")
        if not (every := milliseconds(written.every)):
            raise ValueError(f"every = {written.every}")
        return Schedule(every=every, grace=grace)
    daily = _minutes("daily", written.daily or "")
    if written.earliest is None:
        earliest = (daily + _HALF_A_DAY) % MINUTES_PER_DAY
    else:
        earliest = _minutes("earliest", written.earliest)
    days = frozenset(map(DAYS.index, written.days or DAYS))
    return Schedule(daily=daily, earliest=earliest, days=days, grace=grace)


def _minutes(name: str, text: str) -> int:
    """Return the minutes of a time of day.  Raises ValueError for one after 24:00."""
    minutes = minutes_of_day(text)
    if minutes > MINUTES_PER_DAY:
        raise ValueError(f"{name} = {text}")
    return minutes


WrittenSchedule = Annotated[
    Schedule,
    Meta(
        description='{ every = "1h" } or { daily = "06:00", earliest = "18:00", days = ["MON", ...] }, the last two '
        'optional, either with a grace = "15m"'
    ),
    WrittenAs(_WrittenSchedule, _schedule),
]
