"""The 83 no-crime decisions, each on a crime record of its own, which CIS shows CANCELLED soon after.

15 rapes, 45 violent crimes and 23 robberies; 74 decisions are right.  Rape is no-crimed by the FCR alone, and
rightly.  The nine faults, most of them of people whose training has the gap HMIC describes
(:mod:`deploy.scenario.staff`), and what each raises:

- six robberies, all ``decision-maker-untrained`` (no AVI_ROBBERY) and ``no-crime-unsupported``: three whose AVI nobody
  verified, one without AVI, one without a rationale, and one without AVI that a response sergeant decided: also
  ``no-crime-unauthorised``, and its victim was never told: ``no-crime-victim-uninformed``;
- three of violence: one without AVI (``no-crime-unsupported``), whose maker has no NCRS or HOCR
  (``decision-maker-untrained``); one with a blank rationale (``no-crime-unsupported``); and one by the officer in the
  decision (``no-crime-unauthorised``), whose victim was told a day late (``no-crime-victim-uninformed``, CLEARED).

One fault of one decision counts once, however many rules it trips: nine decisions are wrong.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from deploy.scenario.crimes import crime_scene, crime_snapshots, recorded_crime
from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, any_time, between, next_office_time, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.revisions import Revision, snapshots_of
from deploy.scenario.staff import (
    DDM_UNTRAINED,
    DDM_WITH_AVI,
    DDM_WITHOUT_AVI,
    DEPUTY_FCR,
    DETECTIVES,
    FCR,
    RESPONSE,
    SERGEANT,
    StaffMember,
)
from schemas.records import Crime, NoCrime, Snapshot, VerifiableInformation
from schemas.vocabularies import DeciderRole, Millis

_LAST_RECORDED_DAY: Final = 21
"""Crimes recorded before this day, so that every decision falls in the scenario too."""

_INFORMATION: Final = (
    ("CCTV", "Footage of the place and time shows no contact between the parties."),
    ("WITNESS_STATEMENT", "An independent witness was present throughout and describes no offence."),
    ("PHONE_RECORDS", "Cell data places the person elsewhere at the time reported."),
    ("MEDICAL", "The examining doctor's findings are inconsistent with the account."),
    ("RECOVERED_PROPERTY", "The property reported taken was handed in where its owner had left it."),
)
_RATIONALES: Final = (
    "Additional verifiable information shows that no notifiable crime took place; the victim accepts this.",
    "Reported in good faith and mistaken: see the information listed. Reviewed against the Counting Rules, section C.",
    "The account was withdrawn and the withdrawal is borne out by information independent of the victim.",
)


@dataclass(frozen=True, slots=True)
class NoCrimeDecision:
    """A decision; the defaults are those of a right one."""

    offence_class: str
    by: StaffMember | None = None
    role: DeciderRole = "DDM"
    information: bool = True
    verified: bool = True
    rationale: str | None = "given"
    informed: str = "BEFORE"
    """When the victim was told: BEFORE the decision, a DAY_LATE, or NEVER."""


_DECISIONS: Final = (
    *[NoCrimeDecision("RAPE", FCR, "FCR")] * 15,
    *[NoCrimeDecision("ROBBERY")] * 15,
    *[NoCrimeDecision("ROBBERY", DEPUTY_FCR, "DEPUTY_FCR")] * 2,
    NoCrimeDecision("ROBBERY", DDM_WITHOUT_AVI, verified=False),
    NoCrimeDecision("ROBBERY", DDM_WITHOUT_AVI, verified=False),
    NoCrimeDecision("ROBBERY", DDM_UNTRAINED, verified=False),
    NoCrimeDecision("ROBBERY", DDM_WITHOUT_AVI, information=False),
    NoCrimeDecision("ROBBERY", DDM_UNTRAINED, rationale=None),
    NoCrimeDecision("ROBBERY", SERGEANT, "SERGEANT", information=False, informed="NEVER"),
    *[NoCrimeDecision("VIOLENCE")] * 40,
    *[NoCrimeDecision("VIOLENCE", DEPUTY_FCR, "DEPUTY_FCR")] * 2,
    NoCrimeDecision("VIOLENCE", DDM_UNTRAINED, information=False),
    NoCrimeDecision("VIOLENCE", DDM_WITHOUT_AVI, rationale="  "),
    NoCrimeDecision("VIOLENCE", RESPONSE[3], "OFFICER", informed="DAY_LATE"),
)


def no_crimes(numbers: ReferenceNumbers) -> list[Snapshot]:
    """Return each crime, and the decision that it was none."""
    rng = seeded_random("no-crimes")
    snapshots: list[Snapshot] = []
    for decision in _DECISIONS:
        crime = recorded_crime(
            rng, numbers, crime_scene(rng), any_time(rng, _LAST_RECORDED_DAY), decision.offence_class
        )
        # The next morning or later, and after the victim care contract, which comes within 30 hours.
        decided_at = next_office_time(rng, crime.recorded_at + between(rng, 2 * DAY, 12 * DAY))
        cancelled: Revision = (decided_at + between(rng, 5 * MINUTE, 100 * MINUTE), {"status": "CANCELLED"})
        snapshots += crime_snapshots(rng, crime, [cancelled])
        snapshots += _decision(rng, crime, decided_at, decision)
    return snapshots


def _decision(rng: random.Random, crime: Crime, decided_at: Millis, decision: NoCrimeDecision) -> list[NoCrime]:
    """Return a decision's snapshots: saved at once; some gain a second piece of information within days."""
    informed_at = {"BEFORE": decided_at - between(rng, HOUR, 20 * HOUR), "DAY_LATE": None, "NEVER": None}[
        decision.informed
    ]
    information = (_information(rng, verified=decision.verified),) if decision.information else ()
    first = NoCrime(
        event_id=f"CIS-NO-CRIME {crime.crime_ref}",
        force=FORCE,
        source="CIS",
        event_time=decided_at + between(rng, 0, MINUTE),
        crime_ref=crime.crime_ref,
        decided_at=decided_at,
        decided_by=(decision.by or rng.choice(DDM_WITH_AVI)).staff_id,
        decided_by_role=decision.role,
        reason="NO_CRIME",
        avi=information,
        rationale=rng.choice(_RATIONALES) if decision.rationale == "given" else decision.rationale,
        victim_informed_at=informed_at,
        offence_class=crime.offence_class,
        offence_code=crime.offence_code,
    )
    revisions: list[Revision] = []
    if decision.informed == "DAY_LATE":
        revisions.append((decided_at + 27 * HOUR, {"victim_informed_at": decided_at + 26 * HOUR}))
    elif decision.role == "DDM" and information and rng.random() < 0.2:
        second = _information(rng, verified=decision.verified)
        revisions.append((decided_at + between(rng, DAY, 3 * DAY), {"avi": (*information, second)}))
    return snapshots_of(first, revisions)


def _information(rng: random.Random, *, verified: bool) -> VerifiableInformation:
    kind, detail = rng.choice(_INFORMATION)
    return VerifiableInformation(
        kind=kind, detail=detail, verified_by=rng.choice(DETECTIVES).staff_id if verified else None
    )
