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

from deploy.scenario.crimes import followed_up, recorded, scene
from deploy.scenario.lives import Save, life
from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, any_time, between, dice
from deploy.scenario.registers import Registers, as_typed
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
"""The class of each crime nobody recorded, and what SENTINEL says of it: nothing, or too little."""


def asb_reports(registers: Registers) -> list[Snapshot]:
    """All forty, and the four crimes recorded from them."""
    rng = dice("asb")
    snapshots: list[Snapshot] = []
    for _ in range(33):
        first = _reported(rng, registers)
        snapshots += life(first, [_decided(rng, first, decision_rationale=rng.choice(_NUISANCE))])
    for offence_class, named_by_crime in _RECORDED:
        snapshots += _recorded(rng, registers, offence_class, named_by_crime=named_by_crime)
    for offence_class, said in _UNRECORDED:
        first = _reported(rng, registers)
        at = first.event_time + between(rng, HOUR, 30 * HOUR)
        snapshots += life(first, [(at, {"crimes_expected": 1, "offence_class": offence_class, **said})])
    return snapshots


def _reported(rng: random.Random, registers: Registers) -> AsbReport:
    reported_at = any_time(rng)
    where = scene(rng)
    asb_ref = registers.asb_report(reported_at)
    partner = rng.choices(("FORCE", "LOCAL_AUTHORITY", "OTHER"), (55, 38, 7))[0]
    return AsbReport(
        event_id=f"SENTINEL {asb_ref}",
        force=FORCE,
        source="SENTINEL",
        event_time=reported_at + between(rng, 10 * MINUTE, 5 * HOUR),
        asb_ref=asb_ref,
        reported_at=reported_at,
        partner=partner,  # type: ignore[arg-type]
        beat=where.beat,
        location=where.location,
        victim_token=where.victim_token,
    )


def _decided(rng: random.Random, report: AsbReport, **changes: object) -> Save:
    said = {"crimes_expected": 0, "decision": "NOT_A_CRIME", "reporter_informed": True}
    return (report.event_time + between(rng, HOUR, 40 * HOUR), {**said, **changes})


def _recorded(rng: random.Random, registers: Registers, offence_class: str, *, named_by_crime: bool) -> list[Snapshot]:
    """A report that discloses a crime, recorded within a day or so, and the crime."""
    first = _reported(rng, registers)
    where = msgspec.structs.asdict(first)
    crime = recorded(rng, registers, scene(rng), first.reported_at + between(rng, 6 * HOUR, 30 * HOUR), offence_class)
    same_place = {name: where[name] for name in ("beat", "location")}
    crime = msgspec.structs.replace(crime, **same_place)
    said: dict[str, object] = {"crimes_expected": 1, "offence_class": offence_class, "decision": "CRIMED"}
    if named_by_crime:
        crime = msgspec.structs.replace(crime, asb_refs=(as_typed(rng, first.asb_ref),))
    else:
        said["crime_refs"] = (as_typed(rng, crime.crime_ref),)
    at = crime.recorded_at + between(rng, 10 * MINUTE, DAY)
    return [*life(first, [(at, {**said, "reporter_informed": True})]), *followed_up(rng, crime)]
