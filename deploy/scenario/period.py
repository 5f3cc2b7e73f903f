"""When the scenario takes place, and how its random moments are drawn.

Reports come in from Monday 13 May to Sunday 9 June 2013, inside HMIC's audit period (1 November 2012 to 31 October
2013); what follows from them is done by :data:`END`, by which every deadline of the scenario has passed.  Days are
counted from :data:`FIRST_DAY`; times of day are local, as a log book has them.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR, LONDON, MINUTE

FORCE: Final = "LEICS"
FIRST_DAY: Final = date(2013, 5, 13)
REPORT_DAYS: Final = 28
LIMIT: Final = 72 * HOUR
"""How long the Counting Rules of 2013 allowed between report and crime record."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BY_HOUR: Final = (4, 3, 3, 2, 1, 1, 2, 3, 5, 5, 5, 5, 6, 6, 6, 7, 8, 8, 8, 8, 8, 7, 7, 6)
"""How busy the control room is in each hour of the day."""


def local(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> Millis:
    """Return the moment (ms) of a local time on a day of the scenario.

    Days before the first are negative.
    """
    clock = datetime.combine(FIRST_DAY + timedelta(days=day), time(hour, minute, second), tzinfo=LONDON)
    return (clock.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def local_clock(moment: Millis) -> datetime:
    """Return the local date and time at a moment (ms)."""
    return (_EPOCH + timedelta(milliseconds=moment)).astimezone(LONDON)


START: Final = local(-1, 20)
"""Sunday evening before: the training records are loaded."""

END: Final = local(56, 9)
"""Monday 8 July 2013, 09:00: the last snapshot."""


def seeded_random(group: str) -> random.Random:
    """Return the random numbers of one group of records: always the same, whatever other groups draw."""
    return random.Random(f"Leicestershire 2013, {group}")  # noqa: S311 - a scenario, not a secret


def between(rng: random.Random, shortest: int, longest: int) -> Millis:
    """Draw a duration (ms, whole seconds) between two."""
    return rng.randint(shortest // 1000, longest // 1000) * 1000


def any_time(rng: random.Random, last_day: int = REPORT_DAYS) -> Millis:
    """Draw a moment before ``last_day``, at the times of day when people call the police."""
    hour = rng.choices(range(24), _BY_HOUR)[0]
    return local(rng.randrange(last_day), hour, rng.randrange(60), rng.randrange(60))


def office_time(rng: random.Random, first_day: int = 0, last_day: int = REPORT_DAYS) -> Millis:
    """Draw a moment from ``first_day`` to before ``last_day``, between eight and five o'clock."""
    return local(rng.randrange(first_day, last_day), rng.randrange(8, 17), rng.randrange(60), rng.randrange(60))


def next_office_time(rng: random.Random, earliest: Millis) -> Millis:
    """Draw a moment in office hours on the day after ``earliest``."""
    day = (local_clock(earliest).date() - FIRST_DAY).days + 1
    return office_time(rng, day, day + 1)


__all__ = [
    "DAY",
    "END",
    "FIRST_DAY",
    "FORCE",
    "HOUR",
    "LIMIT",
    "MINUTE",
    "REPORT_DAYS",
    "START",
    "any_time",
    "between",
    "local",
    "local_clock",
    "next_office_time",
    "office_time",
    "seeded_random",
]
