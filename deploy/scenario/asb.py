"""Anti-social behaviour in SENTINEL, which the force shares with local authorities: forty reports.

33 disclose no crime and say so properly; 4 disclose one that is recorded in time; 3 disclose one that nobody recorded
(``asb-crime-not-recorded``): HMIC tells of two force audits that found such crimes under-recorded.  None of them
belongs to the 123 incidents or their 115 crimes.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

import msgspec

from deploy.scenario.crimes import crime_scene, crime_snapshots, recorded_crime
from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, any_time, between, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers, as_typed
from deploy.scenario.revisions import Revision, snapshots_of
from schemas.records import AsbReport, Snapshot

_NUISANCE: Final = (
    "Young people on the green with a ball; spoken to and moved on.",
    "Loud music on two evenings; the council's noise team has it.",
    "Rubbish left by the garages; passed to environmental services.",
    "Motorcycle ridden on the playing field; gone on arrival, warning signs asked for.",
)
_RECORDED: Final = (("CRIMINAL_DAMAGE", True), ("PUBLIC_ORDER", True), ("CRIMINAL_DAMAGE", False), ("VIOLENCE", False))
"""The class of each crime recorded, and whether CIS names the report (else SENTINEL names the crime)."""
_UNRECORDED: Final[tuple[tuple[str, Mapping[str, object]], ...]] = (
    ("CRIMINAL_DAMAGE", {}),
    ("VIOLENCE", {"decision": "NOT_A_CRIME", "reporter_informed": True}),
    ("CRIMINAL_DAMAGE", {"decision": "NOT_A_CRIME", "decision_rationale": _NUISANCE[2]}),
)
"""The class of each crime nobody recorded, and the fields SENTINEL has on it: none, or too few."""


def asb_reports(numbers: ReferenceNumbers) -> list[Snapshot]:
    """Return the snapshots of all forty reports, and of the four crimes recorded from them."""
    rng = seeded_random("asb")
    snapshots: list[Snapshot] = []
    for _ in range(33):
        first = _first_snapshot(rng, numbers)
        snapshots += snapshots_of(first, [_not_a_crime(rng, first, decision_rationale=rng.choice(_NUISANCE))])
    for offence_class, named_by_crime in _RECORDED:
        snapshots += _report_and_crime(rng, numbers, offence_class, named_by_crime=named_by_crime)
    for offence_class, fields in _UNRECORDED:
        first = _first_snapshot(rng, numbers)
        at = first.event_time + between(rng, HOUR, 30 * HOUR)
        snapshots += snapshots_of(first, [(at, {"crimes_expected": 1, "offence_class": offence_class, **fields})])
    return snapshots


def _first_snapshot(rng: random.Random, numbers: ReferenceNumbers) -> AsbReport:
    reported_at = any_time(rng)
    scene = crime_scene(rng)
    asb_ref = numbers.asb_report(reported_at)
    partner = rng.choices(("FORCE", "LOCAL_AUTHORITY", "OTHER"), (55, 38, 7))[0]
    return AsbReport(
        event_id=f"SENTINEL {asb_ref}",
        force=FORCE,
        source="SENTINEL",
        event_time=reported_at + between(rng, 10 * MINUTE, 5 * HOUR),
        asb_ref=asb_ref,
        reported_at=reported_at,
        partner=partner,  # type: ignore[arg-type]
        beat=scene.beat,
        location=scene.location,
        victim_token=scene.victim_token,
    )


def _not_a_crime(rng: random.Random, report: AsbReport, **changes: object) -> Revision:
    decision = {"crimes_expected": 0, "decision": "NOT_A_CRIME", "reporter_informed": True}
    return (report.event_time + between(rng, HOUR, 40 * HOUR), {**decision, **changes})


def _report_and_crime(
    rng: random.Random, numbers: ReferenceNumbers, offence_class: str, *, named_by_crime: bool
) -> list[Snapshot]:
    """Return a report that discloses a crime, and the crime, recorded within about a day."""
    first = _first_snapshot(rng, numbers)
    crime = recorded_crime(
        rng, numbers, crime_scene(rng), first.reported_at + between(rng, 6 * HOUR, 30 * HOUR), offence_class
    )
    crime = msgspec.structs.replace(crime, beat=first.beat, location=first.location)
    decision: dict[str, object] = {"crimes_expected": 1, "offence_class": offence_class, "decision": "CRIMED"}
    if named_by_crime:
        crime = msgspec.structs.replace(crime, asb_refs=(as_typed(rng, first.asb_ref),))
    else:
        decision["crime_refs"] = (as_typed(rng, crime.crime_ref),)
    at = crime.recorded_at + between(rng, 10 * MINUTE, DAY)
    return [*snapshots_of(first, [(at, {**decision, "reporter_informed": True})]), *crime_snapshots(rng, crime)]
