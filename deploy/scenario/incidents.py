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

from deploy.scenario.crimes import CrimeScene, crime_scene, crime_snapshots, partner_referral_revision, recorded_crime
from deploy.scenario.period import DAY, HOUR, LIMIT, MINUTE, between, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers, as_typed
from deploy.scenario.reports import closing_revision, decision_revision, opened_incident, storm_code
from deploy.scenario.revisions import Revision, snapshots_of
from deploy.scenario.undisclosed import undisclosed
from deploy.scenario.unrecorded import UNRECORDED_CRIMES, unrecorded
from schemas.records import Crime, Incident, Snapshot
from schemas.vocabularies import Millis

LinkedBy: TypeAlias = Literal["BOTH", "CIS", "STORM", "STORM_LATE"]
"""Which of the two systems cites the other's reference: neither knows what the other holds."""


@dataclass(frozen=True, slots=True)
class ReportedIncident:
    """An incident that discloses crimes, some of which are recorded."""

    offence_class: str
    disclosed: int = 1
    recorded: int = 1
    recorded_as: str | None = None
    """The class it was wrongly recorded under."""
    lag: Millis | None = None
    """How long after the report it was recorded, where that matters."""
    linked_by: LinkedBy | None = None
    joint: bool = False
    """Whether CATS holds a referral on the same matter."""


_RECORDED_LATE_IN_LIMIT: Final = tuple(
    ReportedIncident("BURGLARY", lag=lag)
    for lag in (55 * HOUR, 61 * HOUR + 20 * MINUTE, 66 * HOUR, 71 * HOUR + 59 * MINUTE, LIMIT)
)
_INCIDENTS: Final = (
    *[ReportedIncident("RAPE")] * 6,
    *[ReportedIncident("SEXUAL")] * 7,
    *[ReportedIncident("SEXUAL", joint=True)] * 2,
    *[ReportedIncident("ROBBERY")] * 11,
    *[ReportedIncident("VIOLENCE")] * 26,
    *[ReportedIncident("BURGLARY")] * 19,
    *_RECORDED_LATE_IN_LIMIT,
    ReportedIncident("BURGLARY", lag=30 * HOUR, linked_by="STORM_LATE"),
    *[ReportedIncident("CRIMINAL_DAMAGE")] * 17,
    ReportedIncident("ROBBERY", recorded_as="THEFT"),
    ReportedIncident("VIOLENCE", recorded_as="PUBLIC_ORDER"),
    ReportedIncident("CRIMINAL_DAMAGE", recorded_as="VEHICLE"),
    ReportedIncident("CRIMINAL_DAMAGE", disclosed=2, recorded=2),
    ReportedIncident("VIOLENCE", disclosed=2, recorded=1),
)


@dataclass(slots=True)
class IncidentGroup:
    """The snapshots of STORM's incidents and of their crimes, and what other groups build on."""

    snapshots: list[Snapshot] = field(default_factory=list)
    opened: list[Incident] = field(default_factory=list)
    """Each incident as it was opened."""
    joint: list[Incident] = field(default_factory=list)
    """Those on which CATS holds a referral too."""


def incidents(numbers: ReferenceNumbers) -> IncidentGroup:
    """Return all 123, and the crimes of those that were recorded."""
    rng = seeded_random("incidents")
    group = IncidentGroup()
    for incident in _INCIDENTS:
        snapshots, crimes = _incident_and_crimes(rng, numbers, incident)
        _add(group, snapshots)
        group.snapshots += crimes
        if incident.joint:
            group.joint.append(snapshots[0])
    for missed in UNRECORDED_CRIMES:
        _add(group, unrecorded(rng, numbers, missed))
    for snapshots in undisclosed(rng, numbers, group.opened[: len(_INCIDENTS)]):
        _add(group, snapshots)
    return group


def _add(group: IncidentGroup, snapshots: list[Incident]) -> None:
    group.snapshots += snapshots
    group.opened.append(snapshots[0])


def _incident_and_crimes(
    rng: random.Random, numbers: ReferenceNumbers, case: ReportedIncident
) -> tuple[list[Incident], list[Crime]]:
    """Return the snapshots of one incident, and of the crimes recorded from it."""
    scene = crime_scene(rng)
    first = opened_incident(
        rng,
        numbers,
        scene,
        storm_code(case.offence_class),
        offence_class=case.offence_class,
        channel="PARTNER" if case.joint else None,
        dispatched=True if case.offence_class in {"RAPE", "SEXUAL"} or case.lag else None,
    )
    decision = decision_revision(rng, first, case.disclosed)
    linked_by = case.linked_by or _linked_by(rng, case)
    crimes = [_crime(rng, numbers, first, scene, case, linked_by) for _ in range(case.recorded)]
    revisions = [decision, *_closing_revisions(rng, first, crimes, linked_by)]
    followed_up = [snapshot for crime in crimes for snapshot in _followed_up(rng, crime)]
    return snapshots_of(first, revisions), followed_up


def _linked_by(rng: random.Random, case: ReportedIncident) -> LinkedBy:
    if case.offence_class == "RAPE" or case.lag:
        return "BOTH"  # the link is there the moment the crime is
    return rng.choices(("BOTH", "CIS", "STORM"), (60, 22, 18))[0]


def _crime(
    rng: random.Random,
    numbers: ReferenceNumbers,
    incident: Incident,
    scene: CrimeScene,
    case: ReportedIncident,
    linked_by: LinkedBy,
) -> Crime:
    """Return an incident's crime as CIS first holds it."""
    crime = recorded_crime(
        rng,
        numbers,
        scene,
        incident.reported_at + (case.lag or _lag(rng, case.offence_class)),
        case.recorded_as or case.offence_class,
        role="ATTENDING_OFFICER" if incident.officer_dispatched else "CALL_HANDLER",
        occurred_at=incident.occurred_at,
    )
    if linked_by in {"BOTH", "CIS"}:
        return msgspec.structs.replace(crime, incident_refs=(as_typed(rng, incident.incident_ref),))
    return crime


def _lag(rng: random.Random, offence_class: str) -> Millis:
    """Draw how long (ms) after the report a crime is recorded.

    A rape is recorded within the hour, most others within the day.
    """
    if offence_class == "RAPE":
        return between(rng, 15 * MINUTE, 52 * MINUTE)
    minutes = rng.lognormvariate(math.log(260), 1.1)
    return int(min(max(minutes, 50), 48 * 60)) * MINUTE + between(rng, 0, MINUTE)


def _closing_revisions(
    rng: random.Random, incident: Incident, crimes: list[Crime], linked_by: LinkedBy
) -> list[Revision]:
    """Close an incident as crimed, with the references of its crimes unless CIS alone has the link."""
    last = max(crime.recorded_at for crime in crimes)
    noted_at = last + between(rng, 8 * MINUTE, 70 * MINUTE)
    if linked_by == "STORM_LATE":
        noted_at = incident.reported_at + LIMIT + 18 * HOUR
    refs = () if linked_by == "CIS" else tuple(as_typed(rng, crime.crime_ref) for crime in crimes)
    code = incident.opening_code
    if not refs or rng.random() < 0.4:
        return [closing_revision(noted_at, "CRIMED", code, crime_refs=refs)]
    closed_at = noted_at + between(rng, HOUR, 3 * DAY)
    return [(noted_at, {"crime_refs": refs}), closing_revision(closed_at, "CRIMED", code)]


def _followed_up(rng: random.Random, crime: Crime) -> list[Crime]:
    """Return a crime's snapshots.

    Some victims are referred to partner agencies, which act within the fortnight.
    """
    more: list[Revision] = []
    if crime.offence_class in {"VIOLENCE", "SEXUAL"} and rng.random() < 0.25:
        referred_at = crime.recorded_at + between(rng, DAY, 2 * DAY)
        more.append(
            partner_referral_revision("Victim advocacy service", referred_at, referred_at + between(rng, DAY, 12 * DAY))
        )
    return crime_snapshots(rng, crime, more)
