"""The ten incidents that disclose no crime, each properly disposed of, so that nothing is alerted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.scenario.crimes import crime_scene
from deploy.scenario.period import HOUR, MINUTE, between
from deploy.scenario.reference_numbers import ReferenceNumbers, as_typed
from deploy.scenario.reports import closing_revision, decision_revision, opened_incident
from deploy.scenario.revisions import snapshots_of
from schemas.records import Incident


@dataclass(frozen=True, slots=True)
class Closure:
    """What such an incident turned out to be, and why."""

    code: str
    disposition: str
    rationale: str


CLOSURES: Final = (
    Closure("CONCERN-FOR-SAFETY", "NOT_A_CRIME", "Shouting was a television; occupants seen, safe and well."),
    Closure("SUSPICIOUS-CIRCUMSTANCES", "NOT_A_CRIME", "Persons in the yard were the owner's own contractors."),
    Closure("CIVIL-DISPUTE", "NOT_A_CRIME", "Boundary dispute between neighbours; no damage found on inspection."),
    Closure("ALARM", "NOT_A_CRIME", "Alarm set off by a loose shutter; premises checked and secure."),
    Closure("DOMESTIC-INCIDENT", "CRIME_RELATED_INCIDENT", "Verbal argument only, on both parties' accounts."),
    Closure("ASB-PERSONAL", "CRIME_RELATED_INCIDENT", "Third party's report; the person named says nothing happened."),
    Closure("CONCERN-FOR-SAFETY", "CRIME_RELATED_INCIDENT", "Passer-by saw a scuffle; no victim could be traced."),
    Closure("SUSPICIOUS-CIRCUMSTANCES", "DUPLICATE", "Second caller on the same matter."),
    Closure("CONCERN-FOR-SAFETY", "TRANSFERRED", "Happened on the caller's holiday, in another force's area."),
    Closure("ASB-NUISANCE", "EXEMPT", "Report made for an insurer about a matter already before the court."),
)


def undisclosed(rng: random.Random, numbers: ReferenceNumbers, crimed: Sequence[Incident]) -> Iterator[list[Incident]]:
    """Yield the snapshots of each; the duplicate is of the last of the ``crimed`` reported before it."""
    for closure in CLOSURES:
        first = opened_incident(rng, numbers, crime_scene(rng), closure.code, dispatched=True)
        changes: dict[str, object] = {"disposition_rationale": closure.rationale, "reporter_informed": True}
        if closure.disposition == "DUPLICATE":
            earlier = [incident for incident in crimed if incident.reported_at < first.reported_at]
            duplicated = max(earlier, key=lambda incident: incident.reported_at)
            changes["duplicate_of"] = as_typed(rng, duplicated.incident_ref)
        elif closure.disposition == "TRANSFERRED":
            # "Not closed until a crime number from the force where the crime occurred has been recorded."
            changes |= {"other_force": "NORTHANTS", "other_force_crime_ref": "NN/4471/13"}
        elif closure.disposition == "EXEMPT":
            changes["fcr_oversight"] = True
        at = first.reported_at + between(rng, 50 * MINUTE, 30 * HOUR)
        closing = closing_revision(at, closure.disposition, closure.code, **changes)
        yield snapshots_of(first, [decision_revision(rng, first, 0), closing])
