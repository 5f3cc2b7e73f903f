"""The ten incidents that disclose no crime, each properly disposed of, so that nothing is alerted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.scenario.crimes import scene
from deploy.scenario.lives import life
from deploy.scenario.period import HOUR, MINUTE, between
from deploy.scenario.registers import Registers, as_typed
from deploy.scenario.reports import closed, decided, opened
from schemas.records import Incident


@dataclass(frozen=True, slots=True)
class Ending:
    """What such an incident turned out to be, and why."""

    code: str
    disposition: str
    rationale: str


ENDINGS: Final = (
    Ending("CONCERN-FOR-SAFETY", "NOT_A_CRIME", "Shouting was a television; occupants seen, safe and well."),
    Ending("SUSPICIOUS-CIRCUMSTANCES", "NOT_A_CRIME", "Persons in the yard were the owner's own contractors."),
    Ending("CIVIL-DISPUTE", "NOT_A_CRIME", "Boundary dispute between neighbours; no damage found on inspection."),
    Ending("ALARM", "NOT_A_CRIME", "Alarm set off by a loose shutter; premises checked and secure."),
    Ending("DOMESTIC-INCIDENT", "CRIME_RELATED_INCIDENT", "Verbal argument only, on both parties' accounts."),
    Ending("ASB-PERSONAL", "CRIME_RELATED_INCIDENT", "Third party's report; the person named says nothing happened."),
    Ending("CONCERN-FOR-SAFETY", "CRIME_RELATED_INCIDENT", "Passer-by saw a scuffle; no victim could be traced."),
    Ending("SUSPICIOUS-CIRCUMSTANCES", "DUPLICATE", "Second caller on the same matter."),
    Ending("CONCERN-FOR-SAFETY", "TRANSFERRED", "Happened on the caller's holiday, in another force's area."),
    Ending("ASB-NUISANCE", "EXEMPT", "Report made for an insurer about a matter already before the court."),
)


def undisclosed(rng: random.Random, registers: Registers, crimed: Sequence[Incident]) -> Iterator[list[Incident]]:
    """The life of each; the duplicate is one of the last of the ``crimed`` reported before it."""
    for ending in ENDINGS:
        first = opened(rng, registers, scene(rng), ending.code, dispatched=True)
        changes: dict[str, object] = {"disposition_rationale": ending.rationale, "reporter_informed": True}
        if ending.disposition == "DUPLICATE":
            earlier = [incident for incident in crimed if incident.reported_at < first.reported_at]
            duplicated = max(earlier, key=lambda incident: incident.reported_at)
            changes["duplicate_of"] = as_typed(rng, duplicated.incident_ref)
        elif ending.disposition == "TRANSFERRED":
            # "Not closed until a crime number from the force where the crime occurred has been recorded."
            changes |= {"other_force": "NORTHANTS", "other_force_crime_ref": "NN/4471/13"}
        elif ending.disposition == "EXEMPT":
            changes["fcr_oversight"] = True
        at = first.reported_at + between(rng, 50 * MINUTE, 30 * HOUR)
        yield life(first, [decided(rng, first, 0), closed(at, ending.disposition, ending.code, **changes)])
