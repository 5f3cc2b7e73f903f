"""One made-up force: its people, its number books and its dice.  For load, not for judging rules."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import count

from schemas.vocabularies import Millis
from streams.policy.calendar import HOUR

CODE_OF = {
    "VIOLENCE": "105/01",
    "THEFT": "046/00",
    "CRIMINAL_DAMAGE": "058/00",
    "VEHICLE": "045/10",
    "BURGLARY": "028/03",
    "PUBLIC_ORDER": "125/09",
    "SEXUAL": "020/05",
    "DRUGS": "092/61",
    "ROBBERY": "034/01",
    "RAPE": "019/08",
}
_CLASSES = list(CODE_OF)
_WEIGHTS = (34, 22, 12, 8, 6, 9, 3, 3, 2, 1)
_BY_HOUR = (4, 3, 3, 2, 1, 1, 2, 3, 5, 5, 5, 5, 6, 6, 6, 7, 8, 8, 8, 8, 8, 7, 7, 6)
TEAMS = ("NORTH", "SOUTH", "EAST", "WEST")


@dataclass(slots=True)
class Station:
    """What one force's records are drawn from; the same seed gives the same records."""

    force: str
    seed: int
    dice: random.Random = field(init=False)
    numbers: count[int] = field(init=False)
    officers: list[str] = field(init=False)
    handlers: list[str] = field(init=False)
    deciders: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed} {self.force}")  # noqa: S311 - a made-up force, not a secret
        self.numbers = count(1)
        self.officers = [f"PC{number}" for number in range(1000, 1200)]
        self.handlers = [f"CH{number}" for number in range(100, 140)]
        self.deciders = [f"DDM{number}" for number in range(10, 16)]

    def between(self, shortest: int, longest: int) -> Millis:
        """Draw a duration in ms."""
        return self.dice.randrange(shortest, longest)

    def chance(self, percent: float) -> bool:
        """Tell whether something happens that happens so often in a hundred."""
        return self.dice.random() * 100 < percent

    def time_of_day(self, midnight: Millis) -> Millis:
        """Draw a moment of the day, at the hours when people call."""
        return midnight + self.dice.choices(range(24), _BY_HOUR)[0] * HOUR + self.between(0, HOUR)

    def offence_class(self) -> str:
        """Draw an offence class, about as often as forces record each."""
        return self.dice.choices(_CLASSES, _WEIGHTS)[0]

    def officer(self) -> str:
        """Draw an officer."""
        return self.dice.choice(self.officers)

    def number(self, prefix: str) -> str:
        """Give the next reference of a number book."""
        return f"{prefix}{next(self.numbers):08d}"

    def beat(self) -> str:
        """Draw a beat."""
        return f"B{self.dice.randrange(1, 40):02d}"

    def victim(self) -> str:
        """Draw a victim's pseudonym."""
        return f"v-{self.dice.getrandbits(48):012x}"
