"""A day's logs in the control room, and the crimes that CIS records from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from deploy.scenario.month import shares
from deploy.scenario.month.crimes import crime_snapshots, recorded
from deploy.scenario.month.fates import Fate, fates_of_day
from deploy.scenario.month.people import People
from deploy.scenario.month.shares import Traits
from deploy.scenario.month.station import Station
from deploy.scenario.month.truth import TrueReport, Truth
from deploy.scenario.revisions import Revision, snapshots_of
from schemas.records import Incident, Snapshot
from schemas.vocabularies import Millis, Reporter
from streams.policy.calendar import DAY, HOUR, MINUTE

QUALIFIERS = ("DOMESTIC-ABUSE", "VULNERABLE-ADULT", "VULNERABLE-CHILD-YOUNG-PERSON")


@dataclass(slots=True)
class ControlRoom:
    """STORM for a month: opens logs, closes them, and notes what is true of them."""

    station: Station
    people: People
    truth: Truth = field(default_factory=Truth)
    crimes: int = 0
    """How many crimes were recorded from logs."""

    def day(self, midnight: Millis, number: int) -> Iterator[Snapshot]:
        """Yield every snapshot of the logs that begin on a day, whenever it is saved."""
        for fate in fates_of_day(self.station, number):
            yield from self._log(midnight, fate)

    def _log(self, midnight: Millis, fate: Fate) -> Iterator[Snapshot]:
        opened = self._opened(midnight, fate)
        attended: list[Revision] = []
        if opened.officer_dispatched:
            at = opened.event_time + self.station.between(10 * MINUTE, 90 * MINUTE)
            attended = [(at, {"attending_officer": self.station.officer()})]
        if fate.crimes_recorded:
            yield from self._crimed(opened, fate, attended)
        else:
            yield from self._uncrimed(opened, fate, attended)

    def _opened(self, midnight: Millis, fate: Fate) -> Incident:
        station, reported_at = self.station, self.station.time_of_day(midnight)
        traits = fate.traits
        beat, team = self.people.beat()
        ref = station.number("LP-25-")
        again = station.chance(traits.repeat)
        named = again or (fate.about_people and station.chance(shares.NAMED_VICTIM))
        vulnerable = station.chance(traits.vulnerable)
        domestic = fate.opens_as == "DOMESTIC-INCIDENT" or fate.closes_as == "DOMESTIC-INCIDENT"
        qualifier = QUALIFIERS[0] if domestic else station.dice.choice(QUALIFIERS[1:])
        caller = self.people.caller(again=again) if named else None
        suspected = caller is not None and domestic and station.chance(shares.NAMED_SUSPECT)
        return Incident(
            event_id=f"{station.force} {ref}",
            force=station.force,
            source="STORM",
            event_time=reported_at + station.between(MINUTE, 5 * MINUTE),
            incident_ref=ref,
            reported_at=reported_at,
            occurred_at=reported_at - station.between(0, 6 * HOUR),
            channel=station.dice.choices(("PHONE", "ONLINE", "COUNTER", "OFFICER", "PARTNER"), (74, 12, 4, 6, 4))[0],
            reporter=reporter(station, traits),
            opening_code=fate.opens_as,
            qualifiers=(qualifier,) if vulnerable else (),
            status="OPEN",
            officer_dispatched=station.chance(traits.dispatched),
            call_handler=station.dice.choice(station.handlers),
            team=team,
            beat=beat,
            victim_token=caller,
            suspect_token=f"s-{caller}" if suspected else None,
        )

    def _crimed(self, opened: Incident, fate: Fate, attended: list[Revision]) -> Iterator[Snapshot]:
        station = self.station
        recorded_at = opened.reported_at + self._recording_lag(fate)
        refs = []
        cited = station.chance(shares.CITED_BY_CIS)
        for _ in range(fate.crimes_recorded):
            crime = recorded(station, recorded_at, fate.offence_class or "OTHER", opened)
            refs_of_log = (self.people.typed(opened.incident_ref),) if cited else ()
            crime = msgspec.structs.replace(crime, incident_refs=refs_of_log, reported_at=opened.reported_at)
            refs.append(crime.crime_ref)
            yield from crime_snapshots(station, crime)
        self.crimes += fate.crimes_recorded
        closed: dict[str, object] = {"disposition": "CRIMED"} if station.chance(shares.CRIMED_TYPED) else {}
        after = fate.in_time or not station.chance(shares.CLOSED_BEFORE_RECORDING)
        if after and (not cited or station.chance(shares.CITED_BY_STORM)):
            closed["crime_refs"] = tuple(map(self.people.typed, refs))
        closed_at = recorded_at if after else opened.event_time + station.between(2 * HOUR, 20 * HOUR)
        yield from self._closed(opened, fate, attended, closed_at + station.between(10 * MINUTE, 2 * HOUR), closed)

    def _recording_lag(self, fate: Fate) -> Millis:
        draw = self.station.dice.lognormvariate
        if fate.in_time:
            return int(min(draw(math.log(shares.IN_TIME_MEDIAN_HOURS), 1.0), 23.5) * HOUR) + 6 * MINUTE
        past = min(draw(math.log(shares.LATE_MEDIAN_HOURS), 0.9), shares.LATE_LONGEST_HOURS)
        return DAY + int(past * HOUR) + MINUTE

    def _uncrimed(self, opened: Incident, fate: Fate, attended: list[Revision]) -> Iterator[Snapshot]:
        station = self.station
        closed: dict[str, object] = {}
        if fate.closes_as == "DUPLICATE" and fate.opens_as != "DUPLICATE":
            closed = {"disposition": "DUPLICATE", "duplicate_of": self.people.other_log(opened.incident_ref)}
        elif fate.opened_as_crime and not fate.closed_as_crime and station.chance(shares.NOT_A_CRIME_TYPED):
            closed = {"disposition": "NOT_A_CRIME", "disposition_rationale": "No offence.", "reporter_informed": True}
        lag = int(station.dice.lognormvariate(math.log(3), 1.0) * HOUR)
        yield from self._closed(opened, fate, attended, opened.event_time + min(lag, 5 * DAY) + 2 * HOUR, closed)

    def _closed(
        self, opened: Incident, fate: Fate, attended: list[Revision], at: Millis, closed: dict[str, object]
    ) -> Iterator[Snapshot]:
        judged = {"crimes_expected": fate.crimes, "offence_class": fate.offence_class}
        state = {"status": "CLOSED", "closed_at": at, "closing_code": fate.closes_as, **judged, **closed}
        revisions: list[Revision] = [*(part for part in attended if part[0] < at), (at, state)]
        if self.station.chance(shares.TIME_CORRECTED):
            corrected = opened.reported_at - self.station.between(5 * MINUTE, 3 * HOUR)
            revisions.append((at + HOUR, {"reported_at": corrected}))
        self._note(opened, fate)
        yield from snapshots_of(opened, revisions)

    def _note(self, opened: Incident, fate: Fate) -> None:
        self.people.logs.append(opened.incident_ref)
        if fate.crimes:
            in_time = fate.crimes_recorded if fate.in_time else 0
            self.truth.reports.append(
                TrueReport(
                    "STORM", opened.incident_ref, opened.reported_at, fate.offence_class or "OTHER", fate.crimes,
                    fate.crimes_recorded, in_time, fate.crimes_recorded, fate.place,
                )
            )  # fmt: skip


def reporter(station: Station, traits: Traits) -> Reporter:
    """Draw who told_by the police."""
    told_by = (traits.victim, traits.professional, traits.parent_carer)
    return station.dice.choices(("VICTIM", "PROFESSIONAL", "PARENT_CARER", "OTHER"), (*told_by, 100 - sum(told_by)))[0]
