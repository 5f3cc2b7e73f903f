"""Reference numbers, as the force's systems issue them and as people type them into another system."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from deploy.scenario.period import HOUR, MINUTE, local, local_clock
from schemas.vocabularies import Millis


class ReferenceNumbers:
    """Issues the references of one run: numbers follow time, and none is issued twice."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def incident(self, reported_at: Millis) -> str:
        """Issue an incident's: STORM counts through the day, about a thousand incidents a day."""
        clock = local_clock(reported_at)
        first = 1 + (clock.hour * 60 + clock.minute) * 2 // 3
        return self._issue(lambda number: f"LP-{clock:%Y%m%d}-{number:04d}", first)

    def crime(self, recorded_at: Millis) -> str:
        """Issue a crime's: CIS counts through the year, a crime about every nine minutes."""
        return self._issue(lambda number: f"CR/{number:06d}/13", 21_400 + (recorded_at - local(0)) // (9 * MINUTE))

    def referral(self, received_at: Millis) -> str:
        """Issue a referral's: CATS counts through the year."""
        return self._issue(lambda number: f"CATS-13-{number:05d}", 410 + (received_at - local(0)) // (11 * HOUR))

    def asb_report(self, reported_at: Millis) -> str:
        """Issue an anti-social behaviour report's: SENTINEL counts through the year."""
        return self._issue(lambda number: f"SEN 2013 {number:05d}", 5_150 + (reported_at - local(0)) // (25 * MINUTE))

    def disposal(self, issued_at: Millis) -> str:
        """Issue a disposal's: disposals are numbered on their CIS forms."""
        return self._issue(lambda number: f"OOCD/13/{number:05d}", 1_730 + (issued_at - local(0)) // (4 * HOUR))

    def call(self, handled_at: Millis) -> str:
        """Issue a call's: the telephone system counts through the year."""
        return self._issue(lambda number: f"CMC{number:08d}", 260_000 + (handled_at - local(0)) // MINUTE)

    def _issue(self, template: Callable[[int], str], number: int) -> str:
        while (reference := template(number)) in self._issued:
            number += 1
        self._issued.add(reference)
        return reference


_TYPING_STYLES: Final[tuple[Callable[[str], str], ...]] = (
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
    """Write a reference as somebody typed it into another system: the same once normalised."""
    return rng.choice(_TYPING_STYLES)(reference)


def transposed(reference: str) -> str:
    """Write a crime reference with its first two digits exchanged: a number that CIS has not reached."""
    number = reference.removeprefix("CR/")
    return f"CR/{number[1]}{number[0]}{number[2:]}"
