"""The fourteen incidents whose one crime was never recorded, each for a reason of its own.

Every one raises ``crime-not-recorded``.  Ten were closed with nothing that would justify it, so they also raise
``incident-closed-unresolved``; two of those cite a crime number mistyped (its first two digits exchanged), which CIS
does not hold: ``crime-reference-unknown``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from deploy.scenario.crimes import crime_scene
from deploy.scenario.period import HOUR, between
from deploy.scenario.reference_numbers import ReferenceNumbers, transposed
from deploy.scenario.reports import closing_revision, decision_revision, opened_incident, storm_code
from deploy.scenario.revisions import snapshots_of
from schemas.records import Incident


@dataclass(frozen=True, slots=True)
class UnrecordedCrime:
    """An incident that discloses a crime, and how it ends without a crime record."""

    offence_class: str
    disposition: str | None = None
    """What it was closed under; None where it is still open."""
    closing_code: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    cites_transposed: bool = False


_INFORMED: Final = MappingProxyType({"reporter_informed": True})
_SEEN: Final = "Officer spoke to both parties at the address; neither wished to add to the first account."

UNRECORDED_CRIMES: Final = (
    # Written off as no crime: without a rationale, with a blank one, without telling the reporter, without either.
    UnrecordedCrime("VIOLENCE", "NOT_A_CRIME", "CIVIL-DISPUTE", _INFORMED),
    UnrecordedCrime("CRIMINAL_DAMAGE", "NOT_A_CRIME", "ASB-NUISANCE", {**_INFORMED, "disposition_rationale": "   "}),
    UnrecordedCrime("VIOLENCE", "NOT_A_CRIME", "DOMESTIC-INCIDENT", {"disposition_rationale": _SEEN}),
    UnrecordedCrime("VIOLENCE", "NOT_A_CRIME", "CONCERN-FOR-SAFETY"),
    # Kept as a crime-related incident, and the reporter was never told.
    UnrecordedCrime("VIOLENCE", "CRIME_RELATED_INCIDENT", "DOMESTIC-INCIDENT", {"disposition_rationale": _SEEN}),
    UnrecordedCrime("VIOLENCE", "CRIME_RELATED_INCIDENT", "DOMESTIC-INCIDENT", {"disposition_rationale": _SEEN}),
    UnrecordedCrime("ROBBERY", "CRIME_RELATED_INCIDENT", "SUSPICIOUS-CIRCUMSTANCES", {"disposition_rationale": _SEEN}),
    # Closed as crimed under a number that CIS does not hold.
    UnrecordedCrime("CRIMINAL_DAMAGE", "CRIMED", "CRIMINAL-DAMAGE", cites_transposed=True),
    UnrecordedCrime("VIOLENCE", "CRIMED", "VIOLENCE", cites_transposed=True),
    # Closed as the duplicate of an incident that STORM does not hold.
    UnrecordedCrime("ROBBERY", "DUPLICATE", "DUPLICATE", {"duplicate_of": "LP-20130509-9041"}),
    # Delayed with rationale and the FCR's oversight, which moves the limit by seven days; nothing came after.
    UnrecordedCrime(
        "VIOLENCE",
        None,
        "",
        {
            "disposition": "DELAYED",
            "disposition_rationale": (
                "Victim in hospital and not fit to be spoken to; record once the account is taken."
            ),
            "fcr_oversight": True,
        },
    ),
    # Still open: nobody came back to it.
    UnrecordedCrime("VIOLENCE"),
    UnrecordedCrime("CRIMINAL_DAMAGE"),
    UnrecordedCrime("CRIMINAL_DAMAGE"),
)


def unrecorded(rng: random.Random, numbers: ReferenceNumbers, missed: UnrecordedCrime) -> list[Incident]:
    """Return the snapshots of one of them."""
    code = storm_code(missed.offence_class)
    first = opened_incident(rng, numbers, crime_scene(rng), code, offence_class=missed.offence_class, dispatched=True)
    revisions = [decision_revision(rng, first, 1)]
    changes = dict(missed.changes)
    if missed.cites_transposed:
        changes["crime_refs"] = (transposed(numbers.crime(first.reported_at + 2 * HOUR)),)
    at = first.reported_at + between(rng, 2 * HOUR, 40 * HOUR)
    if missed.disposition is not None:
        revisions.append(closing_revision(at, missed.disposition, missed.closing_code, **changes))
    elif changes:
        revisions.append((at, changes))
    return snapshots_of(first, revisions)
