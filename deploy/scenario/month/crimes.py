"""Crimes as CIS first holds them, and what follows for the victim."""

from __future__ import annotations

from deploy.scenario.month.station import CODE_OF, TEAMS, Station
from deploy.scenario.revisions import snapshots_of
from schemas.records import Crime, Incident
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR


def recorded(station: Station, recorded_at: Millis, offence_class: str, incident: Incident | None = None) -> Crime:
    """Return a crime as CIS first holds it, of an incident or of its own."""
    ref = station.number("CR-")
    return Crime(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="CIS",
        event_time=recorded_at,
        crime_ref=ref,
        recorded_at=recorded_at,
        offence_code=CODE_OF.get(offence_class, "099/99"),
        offence_class=offence_class,
        status="RECORDED",
        recorded_by=station.officer(),
        recorded_by_role="ATTENDING_OFFICER",
        oversight_di="DI1",
        team=incident.team if incident else station.dice.choice(TEAMS),
        beat=incident.beat if incident else station.beat(),
        victim_token=incident.victim_token if incident else station.victim(),
    )


def crime_snapshots(station: Station, crime: Crime) -> list[Crime]:
    """Return a crime's snapshots; in three of a hundred the victim has no contract."""
    cared_at = crime.recorded_at + station.between(HOUR, 40 * HOUR)
    closed_at = cared_at + station.between(2 * DAY, 12 * DAY)
    cared = {
        "victim_care_contract_at": None if station.chance(3) else cared_at,
        "victim_consents_support": True,
        "victim_support_referred_at": cared_at,
    }
    closed = {"closed_at": closed_at, "closure_reviewed_by": "DCI1", "closure_reviewed_role": "DCI"}
    return snapshots_of(crime, [(cared_at, cared), (closed_at, closed)])
