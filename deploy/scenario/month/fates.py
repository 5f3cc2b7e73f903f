"""What becomes of each log of a day: how it is opened and closed, and which crimes it discloses."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from deploy.scenario.month import shares
from deploy.scenario.month.shares import CRIME, LogKind, Place, Traits
from deploy.scenario.month.station import Station

CODES_OF_CLASS = {
    "VIOLENCE": ("VIOLENCE", "VIOLENCE", "HARASSMENT"),
    "THEFT": ("THEFT", "SHOPLIFTING"),
    "VEHICLE": ("VEHICLE-CRIME",),
    "PUBLIC_ORDER": ("PUBLIC-ORDER-OFFENCE",),
    "SEXUAL": ("SEXUAL-OFFENCE",),
    "DRUGS": ("DRUG-OFFENCE",),
}
"""The codes under which STORM opens and closes logs of a class; others are named as their class is."""


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """One log's course, decided before its times are drawn."""

    opens_as: str
    closes_as: str
    traits: Traits
    opened_as_crime: bool = False
    offence_class: str | None = None
    crimes: int = 0
    crimes_recorded: int = 0
    in_time: bool = True
    place: Place | None = None

    @property
    def closed_as_crime(self) -> bool:
        """Whether the closing code says that there is a crime."""
        return self.crimes > 0 and self.place is None

    @property
    def about_people(self) -> bool:
        """Whether the log is a report of something, not traffic or administration."""
        return self.opens_as not in shares.NO_LOGS


def fates_of_day(station: Station, day: int) -> Iterator[Fate]:
    """Yield the fate of every log of a day, kind by kind."""
    crimed = sum(shares.of_day(kind.crimed, day) for kind in shares.LOG_KINDS)
    late = set(station.dice.sample(range(crimed), shares.of_day(shares.LATE_RECORDINGS, day)))
    number = 0
    for kind in shares.LOG_KINDS:
        places = [place for place, of_month in kind.hidden.items() for _ in range(shares.of_day(of_month, day))]
        for place in places:
            yield hidden(station, kind, place)
        recorded = shares.of_day(kind.crimed, day)
        for _ in range(recorded):
            yield crimed_log(station, kind, in_time=number not in late)
            number += 1
        for_nothing = shares.of_day(shares.CLOSED_AS_CRIME_FOR_NOTHING, day) if kind.code == CRIME else 0
        for _ in range(for_nothing):
            yield msgspec.structs.replace(crimed_log(station, kind, in_time=True), crimes_recorded=0)
        for _ in range(kind.a_day - len(places) - recorded - for_nothing):
            yield plain(station, kind)


def hidden(station: Station, kind: LogKind, place: Place) -> Fate:
    """Return the fate of a log whose crime nobody records."""
    offence_class = station.dice.choices(list(shares.HIDDEN_CLASSES), list(shares.HIDDEN_CLASSES.values()))[0]
    as_crime = kind.code == CRIME
    return Fate(
        opens_as=code(station, offence_class) if as_crime else kind.code,
        closes_as=shares.HIDDEN_AS[place] if as_crime else kind.code,
        traits=shares.HIDDEN_TRAITS[place],
        opened_as_crime=as_crime,
        offence_class=offence_class,
        crimes=1,
        place=place,
    )


def crimed_log(station: Station, kind: LogKind, *, in_time: bool) -> Fate:
    """Return the fate of a log whose crimes are recorded; it is closed under the crime."""
    offence_class = station.offence_class()
    closes_as = code(station, offence_class)
    crimes = 2 if station.chance(shares.SECOND_CRIME) else 1
    as_crime = kind.code == CRIME
    return Fate(
        opens_as=closes_as if as_crime else kind.code,
        closes_as=closes_as,
        traits=shares.CRIMED_TRAITS,
        opened_as_crime=as_crime,
        offence_class=offence_class,
        crimes=crimes,
        crimes_recorded=crimes,
        in_time=in_time,
    )


def plain(station: Station, kind: LogKind) -> Fate:
    """Return the fate of a log that discloses no crime."""
    as_crime = kind.code == CRIME
    closing = shares.CLOSED_AS.get(kind.code, ((kind.code, 1),))
    return Fate(
        opens_as=code(station, station.offence_class()) if as_crime else kind.code,
        closes_as=station.dice.choices([name for name, _ in closing], [weight for _, weight in closing])[0],
        traits=shares.PLAIN_TRAITS.get(kind.code, shares.OTHER_TRAITS),
        opened_as_crime=as_crime,
    )


def code(station: Station, offence_class: str) -> str:
    """Draw the code under which STORM holds crimes of a class."""
    return station.dice.choice(CODES_OF_CLASS.get(offence_class, (offence_class.replace("_", "-"),)))
