"""The 55 referrals from other agencies to CAIU and POLIT, as CATS holds them.

CATS and CIS know nothing of each other.

16 disclose one crime each.  6 of those are recorded in time under the right class: two crimes name the referral, two
referrals name the crime, and two referrals cite an incident of STORM's whose crime stands for both.  10 are never
recorded (``referral-unlinked``, all critical: a child each): seven nobody has decided, one is said to be crimed without
a number, and two are written off, without a rationale or without a word to the referrer.  39 disclose none and say so
properly.

HMIC recommended that the FCR audit referrals.  Here the FCR audits every one but the ten, within the fortnight: what
nobody audited is what stayed unrecorded (``referral-not-audited``, ten more alerts).  About half of the referrals are
undecided when they are first saved; those are AT_RISK from 15 minutes after receipt and WITHDRAWN once it is settled.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from deploy.scenario.crimes import crime_scene, crime_snapshots, recorded_crime
from deploy.scenario.incidents import IncidentGroup
from deploy.scenario.period import (
    DAY,
    FORCE,
    HOUR,
    MINUTE,
    REPORT_DAYS,
    between,
    next_office_time,
    office_time,
    seeded_random,
)
from deploy.scenario.reference_numbers import ReferenceNumbers, as_typed
from deploy.scenario.revisions import Revision, snapshots_of
from schemas.records import Crime, Referral, Snapshot
from schemas.vocabularies import Millis

_AGENCIES: Final = {
    "CAIU": (
        ("City children's services", "PUBLIC", "SOCIAL_WORKER"),
        ("County children's services", "PUBLIC", "SOCIAL_WORKER"),
        ("Infirmary paediatric ward", "PUBLIC", "PAEDIATRICIAN"),
        ("School safeguarding lead", "PUBLIC", "TEACHER"),
        ("Children's helpline charity", "VOLUNTARY", "COUNSELLOR"),
        ("Nursery group", "PRIVATE", "NURSERY_MANAGER"),
    ),
    "POLIT": (
        ("National online protection centre", "PUBLIC", "ANALYST"),
        ("Internet watch charity", "VOLUNTARY", "ANALYST"),
        ("Hosting provider abuse desk", "PRIVATE", "ABUSE_DESK"),
    ),
}
_NOTHING_DISCLOSED: Final = (
    "Strategy discussion held with the agency; the injury is explained by a fall and the account is consistent.",
    "Concern about parenting and attendance; no offence described by the child or the school.",
    "Address traced to a shared connection; images assessed and found to be lawful.",
    "Historic matter already recorded and finalised; the agency was sent the number.",
)
_NONE: Final[Mapping[str, object]] = MappingProxyType({})
UNRECORDED: Final[tuple[Mapping[str, object], ...]] = (
    *[_NONE] * 7,
    {"decision": "CRIMED"},
    {"decision": "NOT_A_CRIME", "reporter_informed": True},
    {"decision": "NOT_A_CRIME", "decision_rationale": _NOTHING_DISCLOSED[1]},
)
"""What CATS says in the end of the ten that disclose a crime nobody recorded."""


def referrals(numbers: ReferenceNumbers, reported: IncidentGroup) -> list[Snapshot]:
    """Return all 55, and the four crimes recorded for them alone.

    Two cite the joint incidents of ``reported``.
    """
    rng = seeded_random("referrals")
    snapshots: list[Snapshot] = []
    for named_by_crime in (True, True, False, False):
        snapshots += _referral_and_crime(rng, numbers, named_by_crime=named_by_crime)
    for incident in reported.joint:
        first = _first_snapshot(rng, numbers, "CAIU", incident.reported_at + between(rng, 20 * MINUTE, 90 * MINUTE))
        revisions = [
            _crimed(rng, first, "SEXUAL", incident_refs=(as_typed(rng, incident.incident_ref),)),
            _audited(rng, first),
        ]
        snapshots += snapshots_of(first, revisions)
    for number, changes in enumerate(UNRECORDED):
        snapshots += _unrecorded(rng, numbers, changes, "SEXUAL" if number % 2 else "VIOLENCE")
    for number in range(39):
        snapshots += _undisclosed(rng, numbers, unit="POLIT" if number % 3 == 0 else "CAIU")
    return snapshots


def _first_snapshot(
    rng: random.Random, numbers: ReferenceNumbers, unit: str, received_at: Millis | None = None
) -> Referral:
    """Return a referral as CATS first holds it, with nothing decided."""
    if received_at is None:
        received_at = office_time(rng, 0, REPORT_DAYS)
    agency, sector, reporter = rng.choice(_AGENCIES[unit])
    scene = crime_scene(rng)
    referral_ref = numbers.referral(received_at)
    return msgspec.convert(
        {
            "event_id": f"CATS {referral_ref}",
            "force": FORCE,
            "source": "CATS",
            "event_time": received_at + between(rng, 3 * MINUTE, 40 * MINUTE),
            "referral_ref": referral_ref,
            "received_at": received_at,
            "unit": unit,
            "agency": agency,
            "agency_sector": sector,
            "reporter": reporter,
            "vulnerable": ("CHILD",) if unit == "CAIU" or rng.random() < 0.6 else (),
            "beat": scene.beat,
            "location": scene.location,
            "occurred_at": received_at - between(rng, 4 * HOUR, 20 * DAY),
            "victim_token": scene.victim_token,
        },
        Referral,
    )


def _crimed(rng: random.Random, referral: Referral, offence_class: str, **changes: object) -> Revision:
    """Note that a referral discloses a crime, and where it is recorded."""
    decision = {"crimes_expected": 1, "offence_class": offence_class, "decision": "CRIMED", "reporter_informed": True}
    return (referral.event_time + between(rng, 2 * HOUR, 30 * HOUR), {**decision, **changes})


def _audited(rng: random.Random, referral: Referral) -> Revision:
    """Note the FCR's audit, within the fortnight."""
    at = next_office_time(rng, referral.received_at + between(rng, 2 * DAY, 11 * DAY))
    return (at + 5 * MINUTE, {"fcr_audited_at": at, "fcr_audit_outcome": "COMPLIANT"})


def _referral_and_crime(rng: random.Random, numbers: ReferenceNumbers, *, named_by_crime: bool) -> list[Snapshot]:
    """Return a referral and its crime, which a detective records within two days."""
    offence_class = rng.choice(("SEXUAL", "VIOLENCE"))
    first = _first_snapshot(rng, numbers, "CAIU")
    crime: Crime = recorded_crime(
        rng,
        numbers,
        crime_scene(rng),
        first.received_at + between(rng, 2 * HOUR, 46 * HOUR),
        offence_class,
        role="SPECIALIST",
        occurred_at=first.occurred_at,
    )
    crime = msgspec.structs.replace(crime, beat=first.beat, location=first.location, victim_token=first.victim_token)
    refs: tuple[str, ...] = (as_typed(rng, crime.crime_ref),)
    if named_by_crime:
        crime = msgspec.structs.replace(crime, referral_refs=(as_typed(rng, first.referral_ref),))
        refs = ()
    disclosed_at, decision = _crimed(rng, first, offence_class)
    noted_at = max(disclosed_at, crime.recorded_at + between(rng, 5 * MINUTE, 50 * MINUTE))
    return [
        *snapshots_of(first, [(noted_at, {**decision, "crime_refs": refs}), _audited(rng, first)]),
        *crime_snapshots(rng, crime),
    ]


def _unrecorded(
    rng: random.Random, numbers: ReferenceNumbers, changes: Mapping[str, object], offence_class: str
) -> list[Referral]:
    """Return a referral that discloses a crime which nobody recorded or audited."""
    first = _first_snapshot(rng, numbers, "CAIU")
    disclosed_at = first.event_time + between(rng, 3 * HOUR, 40 * HOUR)
    revisions: list[Revision] = [(disclosed_at, {"crimes_expected": 1, "offence_class": offence_class})]
    if changes:
        revisions.append((disclosed_at + between(rng, DAY, 5 * DAY), changes))
    return snapshots_of(first, revisions)


def _undisclosed(rng: random.Random, numbers: ReferenceNumbers, unit: str) -> list[Referral]:
    """Return a referral that discloses no crime, decided at once or hours later; the agency is told why."""
    first = _first_snapshot(rng, numbers, unit)
    decision = {
        "crimes_expected": 0,
        "decision": "NOT_A_CRIME",
        "decision_rationale": rng.choice(_NOTHING_DISCLOSED),
        "reporter_informed": True,
    }
    if rng.random() < 0.5:
        return snapshots_of(msgspec.structs.replace(first, **decision), [_audited(rng, first)])
    return snapshots_of(first, [(first.event_time + between(rng, HOUR, 40 * HOUR), decision), _audited(rng, first)])
