"""An incident in STORM: opened, attended or assessed, decided and closed."""

from __future__ import annotations

import random

from deploy.scenario.crimes import CrimeScene
from deploy.scenario.period import FORCE, HOUR, MINUTE, any_time, between, office_time
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.revisions import Revision
from deploy.scenario.staff import HANDLERS, INSPECTORS, RESPONSE
from schemas.records import Incident
from schemas.vocabularies import Channel, Millis, Reporter

UNDISPATCHED_SHARE = 0.3
"""How many reports nobody is sent to; the crime and incident unit assesses those by telephone."""


def opened_incident(
    rng: random.Random,
    numbers: ReferenceNumbers,
    scene: CrimeScene,
    opening_code: str,
    *,
    offence_class: str | None = None,
    channel: Channel | None = None,
    dispatched: bool | None = None,
    last_day: int = 28,
) -> Incident:
    """Return an incident as the call handler first saved it, with nothing decided.

    A report to which nobody is sent comes in office hours, when the unit that assesses it is at work.
    """
    if dispatched is None:
        dispatched = rng.random() >= UNDISPATCHED_SHARE
    reported_at = any_time(rng, last_day) if dispatched else office_time(rng, 0, last_day)
    channel = channel or rng.choices(("PHONE", "ONLINE", "COUNTER", "OFFICER", "PARTNER"), (78, 4, 8, 6, 4))[0]
    handler = HANDLERS[rng.randrange(len(HANDLERS))]
    incident_ref = numbers.incident(reported_at)
    return Incident(
        event_id=f"STORM {incident_ref}",
        force=FORCE,
        source="STORM",
        event_time=reported_at + between(rng, MINUTE, 4 * MINUTE),
        incident_ref=incident_ref,
        reported_at=reported_at,
        occurred_at=reported_at - between(rng, 5 * MINUTE, 9 * HOUR),
        channel=channel,
        reporter=_reporter(rng, channel),
        opening_code=opening_code,
        offence_class=offence_class,
        status="OPEN",
        officer_dispatched=dispatched,
        call_handler=handler.staff_id,
        team=scene.team,
        beat=scene.beat,
        location=scene.location,
        victim_token=scene.victim_token,
    )


def _reporter(rng: random.Random, channel: Channel) -> Reporter:
    if channel == "PARTNER":
        return "PROFESSIONAL"
    return rng.choices(("VICTIM", "PROFESSIONAL", "PARENT_CARER", "OTHER"), (70, 8, 6, 16))[0]


def decision_revision(rng: random.Random, incident: Incident, crimes_expected: int) -> Revision:
    """Note how many crimes a report discloses, 10 to 45 minutes into it.

    By then an officer is there, or the crime and incident unit has assessed the report.  A control-room inspector
    oversees a rape.
    """
    at = incident.reported_at + between(rng, 10 * MINUTE, 45 * MINUTE)
    changes: dict[str, object] = {"crimes_expected": crimes_expected}
    if incident.officer_dispatched:
        changes["attending_officer"] = rng.choice(RESPONSE).staff_id
    else:
        changes["assessed_at"] = at - MINUTE
    if incident.offence_class == "RAPE":
        changes["overseen_by"] = rng.choice(INSPECTORS).staff_id
        changes["overseen_role"] = "CONTROL_ROOM_INSPECTOR"
        changes["overseen_at"] = at - between(rng, MINUTE, 6 * MINUTE)
    return (at, changes)


def storm_code(offence_class: str) -> str:
    """Return the code for such a crime in STORM; the National Incident Category List has none."""
    return offence_class.replace("_", "-")


def closing_revision(at: Millis, disposition: str, closing_code: str, **changes: object) -> Revision:
    """Close an incident."""
    closing = {"status": "CLOSED", "closed_at": at, "disposition": disposition, "closing_code": closing_code}
    return (at, {**closing, **changes})
