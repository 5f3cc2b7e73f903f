"""The fourteen incidents whose one crime was never recorded, each gone astray in its own way.

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

from deploy.scenario.crimes import scene
from deploy.scenario.lives import life
from deploy.scenario.period import HOUR, between
from deploy.scenario.registers import Registers, misread
from deploy.scenario.reports import closed, decided, opened, storm_code
from schemas.records import Incident


@dataclass(frozen=True, slots=True)
class Ending:
    """How an incident that discloses a crime ends without one."""

    offence_class: str
    disposition: str | None = None
    """What it was closed under; None where it is still open."""
    closing_code: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    cites_misread: bool = False


_INFORMED: Final = MappingProxyType({"reporter_informed": True})
_VISITED: Final = "Officer spoke to both parties at the address; neither wished to add to the first account."

ENDINGS: Final = (
    # Written off as no crime: without a rationale, with a blank one, without telling the reporter, without either.
    Ending("VIOLENCE", "NOT_A_CRIME", "CIVIL-DISPUTE", _INFORMED),
    Ending("CRIMINAL_DAMAGE", "NOT_A_CRIME", "ASB-NUISANCE", {**_INFORMED, "disposition_rationale": "   "}),
    Ending("VIOLENCE", "NOT_A_CRIME", "DOMESTIC-INCIDENT", {"disposition_rationale": _VISITED}),
    Ending("VIOLENCE", "NOT_A_CRIME", "CONCERN-FOR-SAFETY"),
    # Kept as a crime-related incident, and the reporter was never told.
    Ending("VIOLENCE", "CRIME_RELATED_INCIDENT", "DOMESTIC-INCIDENT", {"disposition_rationale": _VISITED}),
    Ending("VIOLENCE", "CRIME_RELATED_INCIDENT", "DOMESTIC-INCIDENT", {"disposition_rationale": _VISITED}),
    Ending("ROBBERY", "CRIME_RELATED_INCIDENT", "SUSPICIOUS-CIRCUMSTANCES", {"disposition_rationale": _VISITED}),
    # Closed as crimed under a number that CIS does not hold.
    Ending("CRIMINAL_DAMAGE", "CRIMED", "CRIMINAL-DAMAGE", cites_misread=True),
    Ending("VIOLENCE", "CRIMED", "VIOLENCE", cites_misread=True),
    # Closed as the duplicate of an incident that STORM does not hold.
    Ending("ROBBERY", "DUPLICATE", "DUPLICATE", {"duplicate_of": "LP-20130509-9041"}),
    # Delayed with rationale and the FCR's oversight, which moves the limit by seven days; nothing came after.
    Ending("VIOLENCE", None, "", {
        "disposition": "DELAYED",
        "disposition_rationale": "Victim in hospital and not fit to be spoken to; record once the account is taken.",
        "fcr_oversight": True,
    }),
    # Still open: nobody came back to it.
    Ending("VIOLENCE"),
    Ending("CRIMINAL_DAMAGE"),
    Ending("CRIMINAL_DAMAGE"),
)  # fmt: skip


def unrecorded(rng: random.Random, registers: Registers, ending: Ending) -> list[Incident]:
    """The life of one of them."""
    code = storm_code(ending.offence_class)
    first = opened(rng, registers, scene(rng), code, offence_class=ending.offence_class, dispatched=True)
    saves = [decided(rng, first, 1)]
    changes = dict(ending.changes)
    if ending.cites_misread:
        changes["crime_refs"] = (misread(registers.crime(first.reported_at + 2 * HOUR)),)
    at = first.reported_at + between(rng, 2 * HOUR, 40 * HOUR)
    if ending.disposition is not None:
        saves.append(closed(at, ending.disposition, ending.closing_code, **changes))
    elif changes:
        saves.append((at, changes))
    return life(first, saves)
