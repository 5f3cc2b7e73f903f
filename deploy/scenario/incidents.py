"""The 123 incidents that HMIC examined, and the crimes recorded from them.

113 of them disclose 115 crimes (two disclose two); 100 of those are recorded within 72 hours, 3 as another class.

===============  =========  ========  =============  ==========  ================================
class            incidents  recorded  other class    never       two crimes
===============  =========  ========  =============  ==========  ================================
RAPE                     6         6
SEXUAL                   9         9
ROBBERY                 14        11  1 as THEFT              2
VIOLENCE                36        26  1 as PUBLIC_             8  1, of which one was recorded
                                      ORDER
BURGLARY                25        25
CRIMINAL_DAMAGE         23        17  1 as VEHICLE            4  1, both recorded
===============  =========  ========  =============  ==========  ================================

Alerts meant to fire here: ``offence-misclassified`` for the 3, ``crime-not-recorded`` for the one with one crime of two
(the 14 without any are :mod:`deploy.scenario.unrecorded`).  Four crimes are recorded in the last quarter of the limit
and one on its last millisecond: AT_RISK, then WITHDRAWN as met in time.  One crime is recorded in time but linked to
its incident only after 72 hours: BREACHED, then WITHDRAWN as well.  HMIC found rapes recorded at once, overseen, and
classified right; so they are here.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from deploy.scenario.crimes import Scene, followed_up, partner_referral, recorded, scene
from deploy.scenario.lives import Save, life
from deploy.scenario.period import DAY, HOUR, LIMIT, MINUTE, between, dice
from deploy.scenario.registers import Registers, as_typed
from deploy.scenario.reports import closed, decided, opened, storm_code
from deploy.scenario.undisclosed import undisclosed
from deploy.scenario.unrecorded import ENDINGS, unrecorded
from schemas.records import Crime, Incident, Millis, Snapshot

LinkedBy: TypeAlias = Literal["BOTH", "CIS", "STORM", "STORM_LATE"]
"""Which side of the two systems, that know nothing of each other, names the other's reference."""


@dataclass(frozen=True, slots=True)
class Case:
    """An incident that discloses crimes, of which some were recorded."""

    offence_class: str
    disclosed: int = 1
    recorded: int = 1
    recorded_as: str | None = None
    """The class it was wrongly recorded under."""
    lag: Millis | None = None
    """How long after the report it was recorded, where that matters."""
    linked_by: LinkedBy | None = None
    joint: bool = False
    """Whether CATS will hold a referral on the same matter."""


_LAST_MOMENTS: Final = tuple(
    Case("BURGLARY", lag=lag) for lag in (55 * HOUR, 61 * HOUR + 20 * MINUTE, 66 * HOUR, 71 * HOUR + 59 * MINUTE, LIMIT)
)
_CASES: Final = (
    *[Case("RAPE")] * 6,
    *[Case("SEXUAL")] * 7,
    *[Case("SEXUAL", joint=True)] * 2,
    *[Case("ROBBERY")] * 11,
    *[Case("VIOLENCE")] * 26,
    *[Case("BURGLARY")] * 19,
    *_LAST_MOMENTS,
    Case("BURGLARY", lag=30 * HOUR, linked_by="STORM_LATE"),
    *[Case("CRIMINAL_DAMAGE")] * 17,
    Case("ROBBERY", recorded_as="THEFT"),
    Case("VIOLENCE", recorded_as="PUBLIC_ORDER"),
    Case("CRIMINAL_DAMAGE", recorded_as="VEHICLE"),
    Case("CRIMINAL_DAMAGE", disclosed=2, recorded=2),
    Case("VIOLENCE", disclosed=2, recorded=1),
)


@dataclass(slots=True)
class Incidents:
    """The snapshots of STORM's incidents and of their crimes, and what other groups lean on."""

    snapshots: list[Snapshot] = field(default_factory=list)
    opened: list[Incident] = field(default_factory=list)
    """Each incident as it was opened."""
    joint: list[Incident] = field(default_factory=list)
    """Those on which CATS holds a referral too."""


def incidents(registers: Registers) -> Incidents:
    """All 123, and the crimes of those that were recorded."""
    rng = dice("incidents")
    result = Incidents()
    for case in _CASES:
        life_of_incident, crimes = _case(rng, registers, case)
        _add(result, life_of_incident)
        result.snapshots += crimes
        if case.joint:
            result.joint.append(life_of_incident[0])
    for ending in ENDINGS:
        _add(result, unrecorded(rng, registers, ending))
    for whole_life in undisclosed(rng, registers, result.opened[: len(_CASES)]):
        _add(result, whole_life)
    return result


def _add(result: Incidents, whole_life: list[Incident]) -> None:
    result.snapshots += whole_life
    result.opened.append(whole_life[0])


def _case(rng: random.Random, registers: Registers, case: Case) -> tuple[list[Incident], list[Crime]]:
    """The lives of one incident and of the crimes recorded from it."""
    where = scene(rng)
    first = opened(
        rng,
        registers,
        where,
        storm_code(case.offence_class),
        offence_class=case.offence_class,
        channel="PARTNER" if case.joint else None,
        dispatched=True if case.offence_class in {"RAPE", "SEXUAL"} or case.lag else None,
    )
    decision = decided(rng, first, case.disclosed)
    linked_by = case.linked_by or _linked_by(rng, case)
    crimes = [_crime(rng, registers, first, where, case, linked_by) for _ in range(case.recorded)]
    saves = [decision, *_ending(rng, first, crimes, linked_by)]
    lives = [snapshot for crime in crimes for snapshot in _crime_life(rng, crime)]
    return life(first, saves), lives


def _linked_by(rng: random.Random, case: Case) -> LinkedBy:
    if case.offence_class == "RAPE" or case.lag:
        return "BOTH"  # the link is there the moment the crime is
    return rng.choices(("BOTH", "CIS", "STORM"), (60, 22, 18))[0]


def _crime(
    rng: random.Random, registers: Registers, incident: Incident, where: Scene, case: Case, linked_by: LinkedBy
) -> Crime:
    """A crime of an incident as CIS first holds it: by the officer who attended, or by the unit that took the call."""
    crime = recorded(
        rng,
        registers,
        where,
        incident.reported_at + (case.lag or _lag(rng, case.offence_class)),
        case.recorded_as or case.offence_class,
        role="ATTENDING_OFFICER" if incident.officer_dispatched else "CALL_HANDLER",
        occurred_at=incident.occurred_at,
    )
    if linked_by in {"BOTH", "CIS"}:
        crime = _naming(rng, crime, incident)
    return crime


def _naming(rng: random.Random, crime: Crime, incident: Incident) -> Crime:
    return msgspec.structs.replace(crime, incident_refs=(as_typed(rng, incident.incident_ref),))


def _lag(rng: random.Random, offence_class: str) -> Millis:
    """How long after the report a crime is recorded: a rape within the hour, others mostly within the day."""
    if offence_class == "RAPE":
        return between(rng, 15 * MINUTE, 52 * MINUTE)
    minutes = rng.lognormvariate(math.log(260), 1.1)
    return int(min(max(minutes, 50), 48 * 60)) * MINUTE + between(rng, 0, MINUTE)


def _ending(rng: random.Random, incident: Incident, crimes: list[Crime], linked_by: LinkedBy) -> list[Save]:
    """How an incident that led to crimes ends: their references typed in (or not), and closed as crimed."""
    last = max(crime.recorded_at for crime in crimes)
    noted_at = last + between(rng, 8 * MINUTE, 70 * MINUTE)
    if linked_by == "STORM_LATE":
        noted_at = incident.reported_at + LIMIT + 18 * HOUR
    refs = () if linked_by == "CIS" else tuple(as_typed(rng, crime.crime_ref) for crime in crimes)
    code = incident.opening_code
    if not refs or rng.random() < 0.4:
        return [closed(noted_at, "CRIMED", code, crime_refs=refs)]
    closed_at = noted_at + between(rng, HOUR, 3 * DAY)
    return [(noted_at, {"crime_refs": refs}), closed(closed_at, "CRIMED", code)]


def _crime_life(rng: random.Random, crime: Crime) -> list[Crime]:
    """A crime's life; some victims are referred to partner agencies, which act within the fortnight."""
    more: list[Save] = []
    if crime.offence_class in {"VIOLENCE", "SEXUAL"} and rng.random() < 0.25:
        referred_at = crime.recorded_at + between(rng, DAY, 2 * DAY)
        more.append(partner_referral("Victim advocacy service", referred_at, referred_at + between(rng, DAY, 12 * DAY)))
    return followed_up(rng, crime, more)
