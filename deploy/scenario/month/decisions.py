"""A day of decisions: no-crimes, disposals with PNC, calls; and the training of those who decide."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.scenario.month.crimes import recorded
from deploy.scenario.month.station import Station
from deploy.scenario.revisions import snapshots_of
from schemas.records import (
    Call,
    Disposal,
    HistoryEntry,
    NoCrime,
    OffenderHistory,
    Snapshot,
    TrainingRecord,
    VerifiableInformation,
)
from schemas.vocabularies import DisposalKind, Millis
from streams.policy.calendar import DAY, HOUR, MINUTE

_KINDS: tuple[DisposalKind, ...] = ("CAUTION", "CONDITIONAL_CAUTION", "PND", "COMMUNITY_RESOLUTION")
_THEMES = ("VICTIM_NOT_UPDATED", "WRONG_OPENING_CODE", "VULNERABILITY_NOT_ASKED", "CRIME_NOT_IDENTIFIED")


def training(station: Station, loaded_at: Millis) -> Iterator[TrainingRecord]:
    """Yield everybody's courses as they stand when the month begins; one officer in fifty has none."""
    for staff_id in (*station.officers, *station.handlers, *station.deciders):
        if station.chance(2):
            continue
        for course in ("NCRS", "HOCR") if staff_id not in station.deciders else ("NCRS", "AVI_ROBBERY", "DISPOSALS"):
            yield TrainingRecord(
                event_id=f"{station.force} {staff_id} {course}",
                force=station.force,
                source="TRAINING",
                event_time=loaded_at,
                staff_id=staff_id,
                role="DECISION_MAKER",
                course=course,
                completed_at=loaded_at - station.between(30 * DAY, 700 * DAY),
            )


def no_crime(station: Station, midnight: Millis) -> Iterator[Snapshot]:
    """Draw a cancelled crime; of a hundred, four lack support and in three the victim is not told."""
    crime = recorded(station, station.time_of_day(midnight), station.offence_class())
    decided_at = crime.recorded_at + station.between(6 * HOUR, 6 * DAY)
    yield from snapshots_of(
        crime,
        [
            (crime.recorded_at + HOUR, {"victim_care_contract_at": crime.recorded_at + HOUR}),
            (decided_at + HOUR, {"status": "CANCELLED"}),
        ],
    )
    information = VerifiableInformation(kind="CCTV", detail="Shows no offence.", verified_by=station.officer())
    rape = crime.offence_class == "RAPE"
    decision = NoCrime(
        event_id=f"{station.force} NC {crime.crime_ref}",
        force=station.force,
        source="CIS",
        event_time=decided_at,
        crime_ref=crime.crime_ref,
        decided_at=decided_at,
        decided_by=station.dice.choice(station.deciders),
        decided_by_role="FCR" if rape else "DDM",
        independent=True,
        reason="C2",
        avi=() if station.chance(4) else (information,),
        rationale="Additional verifiable information shows no crime.",
        victim_informed_at=None if station.chance(3) else decided_at - HOUR,
        offence_class=crime.offence_class,
        offence_code=crime.offence_code,
    )
    yield from snapshots_of(decision)


def disposal(station: Station, midnight: Millis) -> Iterator[Snapshot]:
    """Draw a disposal with its offender's history; a few are unsuitable, unexplained or reviewed late."""
    issued_at = station.time_of_day(midnight) + HOUR
    ref, offender_id = station.number("OOCD-"), station.number("PNC-")
    antecedents = (HistoryEntry(kind="CONVICTION", date=issued_at - 300 * DAY, offence_class="THEFT"),)
    yield OffenderHistory(
        event_id=f"{station.force} {offender_id}",
        force=station.force,
        source="PNC",
        event_time=issued_at - HOUR,
        offender_id=offender_id,
        as_of=issued_at - HOUR,
        entries=antecedents if station.chance(4) else (),
    )
    first = Disposal(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="CIS",
        event_time=issued_at + MINUTE,
        disposal_ref=ref,
        kind=station.dice.choice(_KINDS),
        issued_at=issued_at,
        issued_by=station.officer(),
        offender_id=offender_id,
        offender_age=station.dice.randrange(18, 60),
        implications_explained=not station.chance(3),
        offence_admitted=True,
        victim_present=True,
        victim_consulted=not station.chance(3),
        outcome_meaningful=True,
    )
    reviewed_at = issued_at + station.between(HOUR, 9 * DAY if station.chance(4) else 6 * DAY)
    reviewed = {
        "reviewed_at": reviewed_at,
        "reviewed_by": station.dice.choice(station.deciders),
        "pnc_checked_at": reviewed_at,
        "form_attached": True,
    }
    yield from snapshots_of(first, [(reviewed_at, reviewed)])


def call(station: Station, midnight: Millis) -> list[Call]:
    """Draw a call; five in a hundred are never reviewed, the others nearly always within two days."""
    handled_at = station.time_of_day(midnight)
    ref = station.number("CALL-")
    number = station.dice.randrange(len(station.handlers))
    first = Call(
        event_id=f"{station.force} {ref}",
        force=station.force,
        source="CMC",
        event_time=handled_at + 5 * MINUTE,
        call_ref=ref,
        handled_at=handled_at,
        call_handler=station.handlers[number],
        team=f"TEAM-{number % 4}",
    )
    if station.chance(5):
        return snapshots_of(first)
    reviewed_at = handled_at + station.between(HOUR, 9 * DAY if station.chance(3) else 2 * DAY)
    themes = (station.dice.choice(_THEMES),) if station.chance(8) else ()
    return snapshots_of(
        first, [(reviewed_at, {"reviewed_at": reviewed_at, "ncrs_compliant": not themes, "themes": themes})]
    )
