"""Crime records as CIS holds them: recorded, then followed up with the victim, and some closed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, between
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.revisions import Revision, snapshots_of
from deploy.scenario.staff import (
    DETECTIVE_CHIEF_INSPECTOR,
    DETECTIVE_INSPECTOR,
    DETECTIVES,
    HANDLERS,
    RESPONSE,
    StaffMember,
)
from schemas.records import Crime, PartnerReferral
from schemas.vocabularies import Millis, RecorderRole

OFFENCE_CODES: Final[dict[str, tuple[str, ...]]] = {
    "RAPE": ("019/08", "019/10"),
    "SEXUAL": ("020/05", "017/15", "022/06"),
    "ROBBERY": ("034/01",),
    "VIOLENCE": ("008/06", "105/01", "195/94"),
    "BURGLARY": ("028/03", "030/02"),
    "CRIMINAL_DAMAGE": ("058/00",),
    "THEFT": ("046/00", "049/10"),
    "VEHICLE": ("045/10", "048/01"),
    "DRUGS": ("092/61",),
    "PUBLIC_ORDER": ("125/09", "066/01"),
}
"""Home Office codes by class."""

STATE_CRIMES: Final = frozenset({"DRUGS", "PUBLIC_ORDER"})
"""Classes whose crimes, here, have no victim to look after."""

_STREETS: Final = (
    "Foundry Lane",
    "Wharf Parade",
    "Orchard Rise",
    "Tanner's Yard",
    "Millrace Close",
    "Beacon Hill Road",
    "Larkspur Avenue",
    "Granary Street",
    "Old Tollgate",
    "Coppice Way",
    "Sexton's Walk",
    "Hosiery Court",
)
_AREAS: Final = ("CENTRAL", "EAST", "NORTH", "SOUTH", "WEST")


@dataclass(frozen=True, slots=True)
class CrimeScene:
    """Where something happened and to whom: no real place or person."""

    team: str
    beat: str
    location: str
    victim_token: str


def crime_scene(rng: random.Random) -> CrimeScene:
    """Draw a place and a victim."""
    area, beat = rng.choice(_AREAS), rng.randint(1, 9)
    location = f"{rng.randint(1, 180)} {rng.choice(_STREETS)}"
    return CrimeScene(f"LPU-{area}", f"{area[0]}{beat:02d}", location, f"v-{rng.getrandbits(48):012x}")


def recorder(rng: random.Random, role: RecorderRole) -> StaffMember:
    """Draw a member of staff who records crimes in this role."""
    people = {"ATTENDING_OFFICER": RESPONSE, "CALL_HANDLER": HANDLERS, "SPECIALIST": DETECTIVES}
    return rng.choice(people.get(role, RESPONSE))


def recorded_crime(
    rng: random.Random,
    numbers: ReferenceNumbers,
    scene: CrimeScene,
    recorded_at: Millis,
    offence_class: str,
    *,
    role: RecorderRole = "ATTENDING_OFFICER",
    by: str | None = None,
    occurred_at: Millis | None = None,
) -> Crime:
    """Return the first snapshot of a crime, saved when it was recorded and linked to no report."""
    crime_ref = numbers.crime(recorded_at)
    return Crime(
        event_id=f"CIS {crime_ref}",
        force=FORCE,
        source="CIS",
        event_time=recorded_at,
        crime_ref=crime_ref,
        recorded_at=recorded_at,
        occurred_at=occurred_at,
        offence_code=rng.choice(OFFENCE_CODES[offence_class]),
        offence_class=offence_class,
        status="RECORDED",
        recorded_by=by or recorder(rng, role).staff_id,
        recorded_by_role=role,
        oversight_di=DETECTIVE_INSPECTOR.staff_id if offence_class == "RAPE" else None,
        team=scene.team,
        beat=scene.beat,
        location=scene.location,
        victim_token=None if offence_class in STATE_CRIMES else scene.victim_token,
    )


def crime_snapshots(rng: random.Random, crime: Crime, more: Iterable[Revision] = ()) -> list[Crime]:
    """Return the snapshots of a crime whose victim is looked after in time.

    A third of crimes are then closed.

    The victim care contract comes within 30 hours, support the moment the victim consents ("automatically forwarded"),
    and a rape closes only after a detective chief inspector's review.
    """
    revisions = list(more)
    cared_at = crime.recorded_at + between(rng, 2 * HOUR, 30 * HOUR)
    if crime.victim_token is not None:
        consents = rng.random() < 0.7
        revisions.append(
            (
                cared_at + between(rng, MINUTE, 5 * MINUTE),
                {
                    "victim_care_contract_at": cared_at,
                    "victim_consents_support": consents,
                    "victim_support_referred_at": cared_at if consents else None,
                },
            )
        )
    if not more and rng.random() < 0.33:
        closed_at = cared_at + between(rng, 3 * DAY, 16 * DAY)
        reviewed = crime.offence_class == "RAPE"
        revisions.append(
            (
                closed_at + MINUTE,
                {
                    "closed_at": closed_at,
                    "closure_reviewed_by": DETECTIVE_CHIEF_INSPECTOR.staff_id if reviewed else None,
                    "closure_reviewed_role": "DCI" if reviewed else None,
                },
            )
        )
    return snapshots_of(crime, revisions)


def partner_referral_revision(agency: str, referred_at: Millis, actioned_at: Millis | None) -> Revision:
    """Note a victim's referral to another agency and, if ``actioned_at`` is given, that the agency acted."""
    referral = PartnerReferral(agency=agency, referred_at=referred_at, actioned_at=actioned_at)
    return ((actioned_at or referred_at) + MINUTE, {"partner_referrals": (referral,)})
