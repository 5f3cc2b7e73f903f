"""The forms in which made-up systems number their records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from schemas.vocabularies import Millis
from streams.policy.calendar import DAY

Form: TypeAlias = Callable[[datetime, int], str]

DATED: Final[tuple[Form, ...]] = (
    lambda day, number: f"LP-{day:%Y%m%d}-{number:04d}",
    lambda day, number: f"{number:04d}/{day:%d%m%Y}",
    lambda day, number: f"{number:04d} {day:%d%m%y}",
    lambda day, number: f"LOG {number} OF {day:%d/%m/%Y}",
    lambda day, number: f"INC{day:%Y%m%d}-{number:05d}",
)
"""Numbered anew each day."""
RUNNING: Final[tuple[Form, ...]] = (
    lambda day, number: f"LP-{day:%y}-{number:08d}",
    lambda day, number: f"{day:%Y}/{number:07d}",
    lambda day, number: f"CR/{number:06d}/{day:%y}",
    lambda day, number: f"{day:%y}*{number:06d}",
    lambda day, number: f"33CR{number:07d}-{day:%y}",
)
"""Numbered through the year."""


class NumberBooks:
    """Issues the references of one force: numbers follow time, and none is issued twice."""

    def __init__(self, dice: random.Random) -> None:
        self._incident = dice.choice([*DATED, *DATED, *RUNNING])
        self._crime = dice.choice(RUNNING[1:])
        self._issued: Counter[str] = Counter()
        self._first = dice.randrange(20_000, 80_000)
        self._dated: set[str] = set()

    def incident(self, at: Millis) -> str:
        """Issue an incident's, in the form drawn for STORM."""
        day = datetime.fromtimestamp(at / 1000, UTC)
        if self._incident in RUNNING:
            return self._incident(day, self._next("STORM", self._first * 3))
        ref = self._incident(day, self._next(f"STORM {at // DAY}", 0))
        self._dated.add(ref)
        return ref

    def crime(self, at: Millis) -> str:
        """Issue a crime's, in the form drawn for CIS."""
        return self._crime(datetime.fromtimestamp(at / 1000, UTC), self._next("CIS", self._first))

    def is_dated(self, ref: str) -> bool:
        """Return whether a reference names the day on which it was issued."""
        return ref in self._dated

    def _next(self, book: str, first: int) -> int:
        self._issued[book] += 1
        return first + self._issued[book]
