"""Places, callers and typing: what ties the month's records together, or fails to."""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.scenario.month import shares
from deploy.scenario.month.station import Station
from deploy.scenario.reference_numbers import as_typed

TEAMS = ("CITY-CENTRAL", "CITY-EAST", "CITY-WEST", "NORTH", "NORTH-WEST", "EAST", "SOUTH", "SOUTH-WEST")
BEATS_OF_A_TEAM = 8


@dataclass(slots=True)
class People:
    """Who calls, from where, and how references are typed."""

    station: Station
    again: list[str] = field(init=False)
    logs: list[str] = field(default_factory=list)
    """The references of logs so far."""

    def __post_init__(self) -> None:
        self.again = [self.station.victim() for _ in range(shares.PEOPLE_WHO_CALL_AGAIN)]

    def beat(self) -> tuple[str, str]:
        """Draw a beat, and give its team."""
        team = self.station.dice.choice(TEAMS)
        return f"{team}-{self.station.dice.randrange(1, BEATS_OF_A_TEAM + 1)}", team

    def caller(self, *, again: bool) -> str:
        """Draw a person: one who calls again and again, or a new one."""
        return self.station.dice.choice(self.again) if again else self.station.victim()

    def other_log(self, ref: str) -> str:
        """Draw one of the last logs, of which another may be a duplicate; the first has only itself."""
        return self.typed(self.station.dice.choice(self.logs[-40:])) if self.logs else ref

    def typed(self, reference: str) -> str:
        """Write a reference as somebody typed it into another system, now and then with a digit left out."""
        if self.station.chance(shares.MISTYPED):
            return reference[:-1]
        return as_typed(self.station.dice, reference)
