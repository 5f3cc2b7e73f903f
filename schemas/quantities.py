"""Numbers with their nouns, and lengths of time, in words."""

from __future__ import annotations

from schemas.times import DAY, HOUR, MINUTE


def counted(number: int, one: str, several: str | None = None) -> str:
    """Write a number with its noun: ``1 alert``, ``1,204 alerts``, ``0 alerts``.

    ``several`` is what follows any other number, where an ``s`` alone does not make it: ``1 row is``, ``2 rows are``.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def exact_span(length: int) -> str:
    """Write a length (ms) exactly, in its largest whole unit: ``14 days``, ``72 hours``, ``90 minutes``."""
    if length >= 4 * DAY and length % DAY == 0:
        return counted(length // DAY, "day")
    for unit, name in ((HOUR, "hour"), (MINUTE, "minute"), (1000, "second")):
        if length % unit == 0:
            return counted(length // unit, name)
    return counted(length, "millisecond")
