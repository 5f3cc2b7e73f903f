"""A force whose references are mistyped: records, and which report each crime is truly of.

The same seed gives the same records.  Every number is ours, by judgement; what is measured on them is no estimate of
any force.  Reference numbers have another form with each seed, so that nothing is learnt of one form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from deploy.scenario.month.station import CODE_OF
from deploy.scenario.reference_numbers import as_typed
from schemas.records import Crime, Incident, Snapshot
from schemas.times import from_rfc3339
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR, MINUTE
from tests.bench.links.mistakes import MISTAKES, mistyped
from tests.bench.links.number_books import NumberBooks

FORCE: Final = "LINKS"
START: Final = from_rfc3339("2025-09-01T00:00:00Z")

CRIMES_A_DAY: Final = 255
"""Of which those reported to the control room have a log."""
OTHER_LOGS_A_DAY: Final = 450
WITHOUT_LOG: Final = 0.15
"""Share of crimes that were reported by another route, so that no report is theirs."""
UNRECORDED: Final = 0.06
"""Share of crimes in logs that nobody records: their alerts have no right candidate."""
MISSING: Final = 0.30
"""Share of recorded crimes that neither side cites."""
MISTYPED: Final = 0.14
"""Share of recorded crimes that one side cites by a mistyped reference, and the other not at all."""
BY_REPORT: Final = 0.3
"""Share of the mistakes that the report makes."""
UNDECIDED: Final = 0.1
"""Share of logs of uncited crimes that say nothing of a crime: no alert is raised on these."""
NEIGHBOUR: Final = 0.06
"""Share of crimes followed by another in the same street in the same night: same class, other victim."""

_STREETS = (
    "High",
    "Mill",
    "Church",
    "Station",
    "Park",
    "Victoria",
    "Green",
    "London",
    "King",
    "Queen",
    "New",
    "Grange",
)
_KINDS = ("Street", "Road", "Lane", "Avenue", "Close", "Drive")
_SHORT = {"Street": "St", "Road": "Rd", "Lane": "Ln", "Avenue": "Ave", "Close": "Cl", "Drive": "Dr"}
_TOWNS = ("Oadby", "Wigston", "Syston", "Melton", "Coalville", "Hinckley", "Lutterworth", "Loughborough")
_CLASSES = ("VIOLENCE", "THEFT", "CRIMINAL_DAMAGE", "VEHICLE", "BURGLARY", "PUBLIC_ORDER", "SEXUAL", "ROBBERY")
_WEIGHTS = (34, 22, 12, 8, 8, 9, 4, 3)
BEATS: Final = 64


class TrueLink(NamedTuple):
    """A recorded crime, the report it is of, and how the two are cited."""

    crime_ref: str
    incident_ref: str | None
    how: str
    """``cited``, ``missing``, ``no log``, or the mistake."""


class Event(msgspec.Struct, frozen=True):
    """What truly happened, before anybody wrote it down."""

    at: Millis
    reported_at: Millis
    offence_class: str
    beat: str
    number: int
    street: str
    town: str
    victim: str
    suspect: str
    officer: str


@dataclass(slots=True)
class Force:
    """Makes the records of one force, a day after another."""

    seed: int
    volume: float = 1.0
    """How many times the crimes of Leicestershire there are; beats, streets and officers grow with them."""
    dice: random.Random = field(init=False)
    books: NumberBooks = field(init=False)
    links: list[TrueLink] = field(default_factory=list)
    unrecorded: set[str] = field(default_factory=set)
    """Incidents whose crime nobody records."""
    _again: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"links {self.seed}")
        self.books = NumberBooks(self.dice)
        self._again = [self._token() for _ in range(max(int(300 * self.volume), 1))]

    @property
    def link_by_report(self) -> dict[str, TrueLink]:
        """The true links by incident."""
        return {link.incident_ref: link for link in self.links if link.incident_ref is not None}

    @property
    def link_by_crime(self) -> dict[str, TrueLink]:
        """The true links by crime."""
        return {link.crime_ref: link for link in self.links}

    def days(self, number: int) -> Iterator[Snapshot]:
        """Yield the records of so many days, in order of event_time within each day's reports."""
        for day in range(number):
            yield from self.day(START + day * DAY)

    def day(self, midnight: Millis) -> list[Snapshot]:
        """Return every snapshot of what is reported on a day, whenever it is saved."""
        snapshots: list[Snapshot] = []
        logs = [(self._moment(midnight), False) for _ in range(round(OTHER_LOGS_A_DAY * self.volume))]
        crimes = [(self._moment(midnight), True) for _ in range(round(CRIMES_A_DAY * self.volume))]
        for moment, is_crime in sorted(logs + crimes):
            event = self._event(moment)
            snapshots += self._crime(event) if is_crime else self._other_log(event)
            if is_crime and self._chance(NEIGHBOUR):
                snapshots += self._crime(self._neighbour(event))
        return sorted(snapshots, key=lambda snapshot: (snapshot.event_time, snapshot.event_id))

    # -- what happens -------------------------------------------------------------------------------------------

    def _event(self, reported_at: Millis) -> Event:
        dice = self.dice
        beat = dice.randrange(max(int(BEATS * self.volume), 1))
        street = f"{_STREETS[dice.randrange(12)]} {_KINDS[beat % 6]}"
        victim = dice.choice(self._again) if self._chance(0.06) else self._token()
        return Event(
            at=reported_at - int(dice.expovariate(1 / (3 * HOUR))),
            reported_at=reported_at,
            offence_class=dice.choices(_CLASSES, _WEIGHTS)[0],
            beat=f"B{beat:03d}",
            number=dice.randrange(1, 140),
            street=street,
            town=_TOWNS[beat % 8],
            victim=victim,
            suspect=self._token(),
            officer=f"PC{beat * 6 + dice.randrange(6)}",
        )

    def _neighbour(self, event: Event) -> Event:
        later = self.dice.randrange(10 * MINUTE, 10 * HOUR)
        return msgspec.structs.replace(
            event,
            at=event.at + self.dice.randrange(-HOUR, HOUR),
            reported_at=event.reported_at + later,
            number=event.number + self.dice.choice((-4, -2, 2, 4, 6)),
            victim=self._token(),
            suspect=event.suspect if self._chance(0.5) else self._token(),
            officer=event.officer if self._chance(0.5) else f"PC{self.dice.randrange(384)}",
        )

    def _crime(self, event: Event) -> list[Snapshot]:
        """Return the log of a crime, if it has one, and its record, with the citations as somebody typed them."""
        if self._chance(WITHOUT_LOG):
            crime = self._recorded(event)
            self.links.append(TrueLink(crime.crime_ref, None, "no log"))
            return [crime]
        opened = self._opened(event)
        if self._chance(UNRECORDED):
            self.unrecorded.add(opened.incident_ref)
            return [opened, self._closed(opened, event, event.reported_at + 3 * HOUR)]
        crime = self._recorded(event)
        draw = self.dice.random()
        if draw < MISSING:
            return self._kept(opened, crime, event, "missing")
        if draw < MISSING + MISTYPED:
            return self._mistaken(opened, crime, event)
        if self._chance(0.85):
            cited = msgspec.structs.replace(crime, incident_refs=(as_typed(self.dice, opened.incident_ref),))
            both = (as_typed(self.dice, crime.crime_ref),) if self._chance(0.5) else ()
            return self._kept(opened, cited, event, "cited", crime_refs=both)
        return self._kept(opened, crime, event, "cited", crime_refs=(as_typed(self.dice, crime.crime_ref),))

    def _mistaken(self, opened: Incident, crime: Crime, event: Event) -> list[Snapshot]:
        mistake = self.dice.choice(MISTAKES)
        if mistake == "system":
            wrong = {self.dice.choice(("referral_refs", "asb_refs")): (as_typed(self.dice, opened.incident_ref),)}
            return self._kept(opened, msgspec.structs.replace(crime, **wrong), event, mistake)
        if self._chance(BY_REPORT):
            refs = (mistyped(self.dice, mistake, crime.crime_ref, self.books.is_dated(crime.crime_ref)),)
            return self._kept(opened, crime, event, mistake, crime_refs=refs)
        refs = (mistyped(self.dice, mistake, opened.incident_ref, self.books.is_dated(opened.incident_ref)),)
        return self._kept(opened, msgspec.structs.replace(crime, incident_refs=refs), event, mistake)

    def _kept(self, opened: Incident, crime: Crime, event: Event, how: str, **closed: Any) -> list[Snapshot]:
        self.links.append(TrueLink(crime.crime_ref, opened.incident_ref, how))
        closed_at = crime.recorded_at + self.dice.randrange(10 * MINUTE, 2 * HOUR)
        if how == "missing" and self._chance(UNDECIDED):
            closed |= {"crimes_expected": None, "closing_code": "CONCERN-FOR-SAFETY"}
        return [opened, crime, self._closed(opened, event, closed_at, **closed)]

    # -- what is written down -----------------------------------------------------------------------------------

    def _opened(self, event: Event) -> Incident:
        ref = self.books.incident(event.reported_at)
        return Incident(
            event_id=ref,
            force=FORCE,
            source="STORM",
            event_time=event.reported_at + 2 * MINUTE,
            incident_ref=ref,
            reported_at=event.reported_at,
            occurred_at=self._stated(0.7, event.at),
            channel="PHONE",
            reporter="VICTIM" if self._chance(0.6) else "OTHER",
            opening_code=event.offence_class,
            status="OPEN",
            call_handler="CH1",
            beat=self._stated(0.95, event.beat),
            location=self._stated(0.95, _address(event)),
            victim_token=self._stated(0.72, event.victim),
            suspect_token=self._stated(0.15, event.suspect),
        )

    def _closed(self, opened: Incident, event: Event, at: Millis, **stated: Any) -> Incident:
        judged = {
            "crimes_expected": 1,
            "offence_class": self._stated(0.7, event.offence_class),
            "closing_code": event.offence_class,
        }
        return msgspec.structs.replace(
            opened,
            event_id=f"{opened.event_id} closed",
            event_time=at,
            status="CLOSED",
            closed_at=at,
            attending_officer=self._stated(0.55, event.officer),
            **(judged | stated),
        )

    def _other_log(self, event: Event) -> list[Snapshot]:
        opened = self._opened(event)
        told = {"crimes_expected": 0, "offence_class": None, "closing_code": "CONCERN-FOR-SAFETY"}
        done = {"disposition": "NOT_A_CRIME", "disposition_rationale": "No offence.", "reporter_informed": True}
        return [opened, self._closed(opened, event, event.reported_at + 4 * HOUR, **told, **done)]

    def _recorded(self, event: Event) -> Crime:
        dice = self.dice
        lag = min(dice.lognormvariate(0.9, 1.0), 23.0) if self._chance(0.94) else 24 + dice.expovariate(1 / 30)
        recorded_at = event.reported_at + int(lag * HOUR) + 6 * MINUTE
        ref = self.books.crime(recorded_at)
        offence_class = event.offence_class if self._chance(0.9) else dice.choice(_CLASSES)
        return Crime(
            event_id=ref,
            force=FORCE,
            source="CIS",
            event_time=recorded_at,
            crime_ref=ref,
            recorded_at=recorded_at,
            occurred_at=self._stated(0.9, event.at + self._off(0.6, 0.25, 0.1)),
            offence_code=CODE_OF[offence_class],
            offence_class=offence_class,
            status="RECORDED",
            recorded_by=event.officer if self._chance(0.65) else f"PC{dice.randrange(int(384 * self.volume) or 1)}",
            recorded_by_role="ATTENDING_OFFICER",
            reported_at=self._stated(0.6, event.reported_at + self._off(0.75, 0.1, 0.1)),
            beat=self._stated(0.95, event.beat if self._chance(0.93) else f"B{dice.randrange(BEATS):03d}"),
            location=self._stated(0.92, self._place(event)),
            victim_token=self._stated(0.85, event.victim if self._chance(0.96) else self._token()),
            suspect_token=self._stated(0.25, event.suspect if self._chance(0.9) else self._token()),
        )

    def _place(self, event: Event) -> str:
        draw = self.dice.random()
        if draw < 0.55:
            return _address(event)
        if draw < 0.85:
            name, kind = event.street.split()
            town = f", {event.town}" if self._chance(0.4) else ""
            return f"{event.number} {name.upper()} {_SHORT[kind].upper()}{town} LE{self.dice.randrange(1, 20)}"
        if draw < 0.93:
            return f"{event.street}, {event.town}"
        return f"{self.dice.randrange(1, 140)} {self.dice.choice(_STREETS)} Way, {self.dice.choice(_TOWNS)}"

    # -- dice ---------------------------------------------------------------------------------------------------

    def _off(self, exact: float, hour: float, day: float) -> Millis:
        draw = self.dice.random()
        if draw < exact:
            return self.dice.randrange(-3, 4) * MINUTE
        if draw < exact + hour:
            return self.dice.randrange(-HOUR, HOUR)
        return self.dice.randrange(-DAY, DAY) if draw < exact + hour + day else -self.dice.randrange(6 * DAY)

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _moment(self, midnight: Millis) -> Millis:
        return midnight + self.dice.randrange(DAY)

    def _stated(self, share: float, value: Any) -> Any:
        return value if self.dice.random() < share else None

    def _token(self) -> str:
        return f"t{self.dice.getrandbits(44):011x}"


def _address(event: Event) -> str:
    return f"{event.number} {event.street}, {event.town}"
