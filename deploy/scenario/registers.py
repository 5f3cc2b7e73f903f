"""Reference numbers, as the force's systems issue them and as people type them into the next system."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from deploy.scenario.period import HOUR, MINUTE, local, local_clock
from schemas.records import Millis


class Registers:
    """The number books of one run: numbers follow time and are never given twice."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def incident(self, reported_at: Millis) -> str:
        """STORM counts through the day; a force opens about a thousand incidents a day."""
        clock = local_clock(reported_at)
        first = 1 + (clock.hour * 60 + clock.minute) * 2 // 3
        return self._give(lambda number: f"LP-{clock:%Y%m%d}-{number:04d}", first)

    def crime(self, recorded_at: Millis) -> str:
        """CIS counts through the year; a crime is recorded about every nine minutes."""
        return self._give(lambda number: f"CR/{number:06d}/13", 21_400 + (recorded_at - local(0)) // (9 * MINUTE))

    def referral(self, received_at: Millis) -> str:
        """CATS counts through the year."""
        return self._give(lambda number: f"CATS-13-{number:05d}", 410 + (received_at - local(0)) // (11 * HOUR))

    def asb_report(self, reported_at: Millis) -> str:
        """SENTINEL counts through the year."""
        return self._give(lambda number: f"SEN 2013 {number:05d}", 5_150 + (reported_at - local(0)) // (25 * MINUTE))

    def disposal(self, issued_at: Millis) -> str:
        """Disposals are numbered on their CIS forms."""
        return self._give(lambda number: f"OOCD/13/{number:05d}", 1_730 + (issued_at - local(0)) // (4 * HOUR))

    def call(self, handled_at: Millis) -> str:
        """The telephone system counts through the year."""
        return self._give(lambda number: f"CMC{number:08d}", 260_000 + (handled_at - local(0)) // MINUTE)

    def _give(self, written: Callable[[int], str], number: int) -> str:
        while (reference := written(number)) in self._given:
            number += 1
        self._given.add(reference)
        return reference


_HANDS: Final[tuple[Callable[[str], str], ...]] = (
    lambda reference: reference,
    lambda reference: reference,
    str.lower,
    lambda reference: reference.replace("/", "-").replace(" ", "-"),
    lambda reference: reference.replace("/", " ").replace("-", " "),
    lambda reference: reference.replace("-", "/"),
    lambda reference: f" {reference} ",
    lambda reference: reference.replace("/", " / ").replace("-", " - "),
)


def as_typed(rng: random.Random, reference: str) -> str:
    """Write a reference as somebody typed it from one system into another: the same once normalised."""
    return rng.choice(_HANDS)(reference)


def misread(reference: str) -> str:
    """Write a crime reference with its first two digits exchanged: a number CIS has not reached."""
    number = reference.removeprefix("CR/")
    return f"CR/{number[1]}{number[0]}{number[2:]}"
