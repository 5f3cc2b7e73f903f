"""A day of reports and of the crimes recorded from them: STORM, CIS, CATS and SENTINEL."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from deploy.scenario.month.crimes import crime_snapshots, recorded
from deploy.scenario.month.station import TEAMS, Station
from deploy.scenario.revisions import snapshots_of
from schemas.records import AsbReport, Crime, Incident, Referral, Snapshot
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR, MINUTE

_NOT_A_CRIME = ("CONCERN-FOR-SAFETY", "SUSPICIOUS-CIRCUMSTANCES", "CIVIL-DISPUTE", "ASB-NUISANCE", "MISSING-PERSON")
_ADMINISTRATIVE = ("MESSAGES", "RTC-DAMAGE-ONLY", "CONTACT-RECORD")


def incident(station: Station, midnight: Millis) -> Iterator[Snapshot]:
    """Draw an incident's life: of a hundred, 55 disclose a crime and 10 are administrative."""
    drawn = station.dice.random()
    if drawn < 0.55:
        yield from _crime_incident(station, midnight)
        return
    administrative = drawn > 0.9
    code = station.dice.choice(_ADMINISTRATIVE if administrative else _NOT_A_CRIME)
    first = _opened(station, midnight, code)
    decided_at = first.reported_at + station.between(10 * MINUTE, 3 * HOUR)
    decided = {} if administrative else {"crimes_expected": 0}
    closed = {
        "status": "CLOSED",
        "closed_at": decided_at + HOUR,
        "closing_code": code,
        "disposition": None if administrative else "NOT_A_CRIME",
        "disposition_rationale": "No offence disclosed." if not station.chance(2) else None,
        "reporter_informed": True,
    }
    yield from snapshots_of(first, [(decided_at, decided), (decided_at + HOUR, closed)])


def _opened(station: Station, midnight: Millis, code: str, offence_class: str | None = None) -> Incident:
    reported_at = station.time_of_day(midnight)
    ref = station.number("STORM-")
    return Incident(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="STORM",
        event_time=reported_at + station.between(MINUTE, 5 * MINUTE),
        incident_ref=ref,
        reported_at=reported_at,
        occurred_at=reported_at - station.between(0, 6 * HOUR),
        channel="PHONE",
        reporter="VICTIM",
        opening_code=code,
        offence_class=offence_class,
        status="OPEN",
        officer_dispatched=True,
        call_handler=station.dice.choice(station.handlers),
        team=station.dice.choice(TEAMS),
        beat=station.beat(),
        victim_token=station.victim(),
    )


def _crime_incident(station: Station, midnight: Millis) -> Iterator[Snapshot]:
    """Draw an incident that discloses a crime; of a hundred, one is never and three are late recorded."""
    offence_class = station.offence_class()
    first = _opened(station, midnight, offence_class.replace("_", "-"), offence_class)
    rape = offence_class == "RAPE"
    decided_at = first.reported_at + station.between(5 * MINUTE, 40 * MINUTE)
    decided: dict[str, object] = {"crimes_expected": 1, "attending_officer": station.officer()}
    if rape and not station.chance(5):
        decided |= {"overseen_by": "INSP1", "overseen_role": "CONTROL_ROOM_INSPECTOR", "overseen_at": decided_at}
    closed: dict[str, object] = {"status": "CLOSED", "disposition": "CRIMED", "closing_code": first.opening_code}
    closed_at = first.reported_at + station.between(3 * HOUR, 2 * DAY)
    if not station.chance(1):
        late = station.chance(3)
        lag = (
            station.between(15 * MINUTE, 50 * MINUTE)
            if rape
            else int(station.dice.lognormvariate(math.log(2), 0.8) * HOUR)
        )
        recorded_at = first.reported_at + (station.between(25 * HOUR, 60 * HOUR) if late else min(lag, 23 * HOUR))
        crime = recorded(station, recorded_at, "OTHER" if station.chance(1) else offence_class, first)
        named_by_crime = station.chance(70)
        if named_by_crime:
            crime = msgspec.structs.replace(crime, incident_refs=(first.incident_ref.lower(),))
        if not named_by_crime or station.chance(60):
            closed["crime_refs"] = (crime.crime_ref.replace("-", "/"),)
        closed_at = max(closed_at, recorded_at + 30 * MINUTE)
        yield from crime_snapshots(station, crime)
    closed["closed_at"] = closed_at
    yield from snapshots_of(first, [(decided_at, decided), (closed_at, closed)])


def other_crime(station: Station, midnight: Millis) -> list[Crime]:
    """Draw a crime that came to CIS without an incident."""
    return crime_snapshots(station, recorded(station, station.time_of_day(midnight), station.offence_class()))


def referral(station: Station, midnight: Millis) -> Iterator[Snapshot]:
    """Draw a referral's life: a third disclose a crime, of which one in ten is not recorded."""
    received_at = station.time_of_day(midnight)
    ref = station.number("CATS-")
    first = Referral(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="CATS",
        event_time=received_at + station.between(5 * MINUTE, HOUR),
        referral_ref=ref,
        received_at=received_at,
        unit="CAIU" if station.chance(70) else "POLIT",
        agency="Children's services",
        agency_sector="PUBLIC",
        reporter="PROFESSIONAL",
        vulnerable=("CHILD",),
        beat=station.beat(),
    )
    decided_at = received_at + station.between(2 * HOUR, 20 * HOUR)
    audited_at = received_at + station.between(2 * DAY, 13 * DAY)
    audited = (audited_at, {"fcr_audited_at": audited_at, "fcr_audit_outcome": "COMPLIANT"})
    decision: dict[str, object] = {
        "crimes_expected": 0,
        "decision": "NOT_A_CRIME",
        "decision_rationale": "None disclosed.",
    }
    if station.chance(33):
        decision = {"crimes_expected": 1, "decision": "CRIMED", "offence_class": "SEXUAL"}
        if not station.chance(10):
            crime = recorded(station, decided_at, "SEXUAL")
            yield from crime_snapshots(station, msgspec.structs.replace(crime, referral_refs=(ref,)))
    yield from snapshots_of(first, [(decided_at + MINUTE, {**decision, "reporter_informed": True}), audited])


def asb_report(station: Station, midnight: Millis) -> list[AsbReport]:
    """Draw a report of anti-social behaviour; three in a hundred disclose a crime nobody records."""
    reported_at = station.time_of_day(midnight)
    ref = station.number("SEN-")
    first = AsbReport(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="SENTINEL",
        event_time=reported_at + station.between(5 * MINUTE, HOUR),
        asb_ref=ref,
        reported_at=reported_at,
        partner="LOCAL_AUTHORITY" if station.chance(40) else "FORCE",
        beat=station.beat(),
    )
    decision: dict[str, object] = {"crimes_expected": 0, "decision": "NOT_A_CRIME", "decision_rationale": "Noise."}
    if station.chance(3):
        decision = {"crimes_expected": 1, "offence_class": "CRIMINAL_DAMAGE"}
    decided_at = reported_at + station.between(2 * HOUR, 20 * HOUR)
    return snapshots_of(first, [(decided_at, {**decision, "reporter_informed": True})])
