"""What reaches the force by other ways than a call, and what its other systems do.

CRR p10, Referrals: crimes against vulnerable people that are referred to the police must be recorded.  The stories of
the old rules are in order, and show that the feeds of a whole force are silent where nothing is wrong.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from deploy.scenario.revisions import snapshots_of
from deploy.scenario.year_2026.closures import AT_RISK
from deploy.scenario.year_2026.crimes import WHEN_TO_RECORD
from deploy.scenario.year_2026.records import DECISION_MAKER, FORCE, at, crime, protection_report
from deploy.scenario.year_2026.story import Story, StoryAlert
from schemas.records import AsbReport, Call, NoCrime, Referral, VerifiableInformation
from schemas.vocabularies import Millis
from streams.policy.calendar import MINUTE

CONDUCT: Final = "CRR p50, Conduct Crime"


def protection_reports() -> tuple[Story, ...]:
    """Leave a hospital's report of a hurt child without a crime; record one; delay one with oversight.

    CRR p10, Referrals.  CRR p10, When to record?: delay needs a rationale and the registrar's oversight.
    """
    return (
        Story(
            "A hospital reports a child hurt at home; no crime is recorded",
            "referral-unlinked",
            AT_RISK,
            protection_report("PPN-7001", at(13, 7)),
            (StoryAlert("referral-unlinked", "PPN-7001"),),
        ),
        Story(
            "A hospital reports a child hurt at home; the assault is recorded by noon",
            "referral-unlinked",
            AT_RISK,
            (
                *protection_report("PPN-7002", at(14, 7)),
                *crime("26C/1022", at(14, 7, 12), "VIOLENCE", referral_refs=("PPN-7002",)),
            ),
        ),
        Story(
            "Recording is delayed for a covert arrest, with the registrar's oversight, and follows on day five",
            "referral-unlinked",
            WHEN_TO_RECORD,
            (
                *protection_report(
                    "PPN-7003",
                    at(15, 7),
                    (
                        at(15, 7, 14),
                        {
                            "decision": "DELAYED",
                            "decision_rationale": "A record would show the suspect the child's disclosure.",
                            "fcr_oversight": True,
                        },
                    ),
                ),
                *crime("26C/1023", at(20, 7, 12), "VIOLENCE", referral_refs=("PPN-7003",)),
            ),
        ),
    )


def repeated_asb() -> tuple[Story, ...]:
    """Leave six reports of one victim undecided, and record from the first that they are harassment.

    CRR p50, Conduct Crime: a course of conduct is one crime.  The review queue puts the six first as well, since three
    reports of one victim are more likely to hide one.
    """
    undecided = [f"A-41{number:02d}" for number in range(6)]
    decided = [f"A-42{number:02d}" for number in range(6)]
    return (
        Story(
            "One woman reports a neighbour six times in a fortnight; all six stay ASB that nobody decided",
            "report-undecided",
            CONDUCT,
            tuple(_asb(ref, at(1 + 2 * number, 8), "v-77a0c1") for number, ref in enumerate(undecided)),
            tuple(StoryAlert("report-undecided", ref) for ref in undecided),
        ),
        Story(
            "Harassment is recorded on the day of the first report, and five more are linked to it as they come",
            "report-undecided",
            CONDUCT,
            (
                *(_asb(ref, at(2 + 2 * number, 8), "v-19be44") for number, ref in enumerate(decided)),
                *crime(
                    "26C/1026",
                    at(2, 8, 12),
                    "VIOLENCE",
                    *((at(4 + 2 * number, 8, 12), {"asb_refs": tuple(decided[: number + 2])}) for number in range(5)),
                    offence_code="195/94",
                    asb_refs=(decided[0],),
                ),
            ),
        ),
    )


def _asb(ref: str, reported_at: Millis, victim_token: str | None, **fields: object) -> AsbReport:
    """Return what the council's system saved of a report of anti-social behaviour."""
    report = AsbReport(
        event_id=f"SENTINEL {ref}",
        force=FORCE,
        source="SENTINEL",
        event_time=reported_at + 5 * MINUTE,
        asb_ref=ref,
        reported_at=reported_at,
        partner="LOCAL_AUTHORITY",
        victim_token=victim_token,
    )
    return replace(report, **fields)


def in_order() -> tuple[Story, ...]:
    """Let the other systems of the force do what they always had to."""
    return (
        Story(
            "Social services report a bruise to child protection, who decide on the spot that it is no crime",
            "referral-unlinked",
            AT_RISK,
            (
                Referral(
                    event_id="CATS R-3001",
                    force=FORCE,
                    source="CATS",
                    event_time=at(16, 7, 9, 10),
                    referral_ref="R-3001",
                    received_at=at(16, 7),
                    unit="CAIU",
                    agency="SOCIAL-SERVICES",
                    agency_sector="PUBLIC",
                    reporter="PROFESSIONAL",
                    crimes_expected=0,
                    decision="NOT_A_CRIME",
                    decision_rationale="Fell from a swing before three teachers.",
                    reporter_informed=True,
                    fcr_audited_at=at(16, 7, 9, 10),
                ),
            ),
        ),
        Story(
            "The council passes on that a neighbour broke a window; it is recorded the same day",
            "asb-crime-not-recorded",
            WHEN_TO_RECORD,
            (
                _asb("A-4001", at(17, 7), None, crimes_expected=1),
                *crime("26C/1024", at(17, 7, 12), "CRIMINAL_DAMAGE", asb_refs=("A-4001",)),
            ),
        ),
        Story(
            "A decision maker independent of the case cancels a theft: the purse was found, and the victim is told",
            "no-crime-unsupported",
            "CRR p25, C2: Cancelled",
            (
                *crime("26C/1025", at(20, 7, 12), "THEFT", (at(22, 7, 12), {"status": "CANCELLED"})),
                NoCrime(
                    event_id="CIS 26C/1025 C2",
                    force=FORCE,
                    source="CIS",
                    event_time=at(22, 7, 12),
                    crime_ref="26C/1025",
                    decided_at=at(22, 7, 12),
                    decided_by=DECISION_MAKER,
                    decided_by_role="DDM",
                    independent=True,
                    reason="C2",
                    avi=(
                        VerifiableInformation(kind="CCTV", detail="She leaves it on the bus.", verified_by="PC-2207"),
                    ),
                    rationale="Lost, not stolen: seen on the operator's film.",
                    victim_informed_at=at(22, 7, 11),
                    offence_class="THEFT",
                ),
            ),
        ),
        Story(
            "A call is reviewed the day after it was handled",
            "call-review-overdue",
            "HMIC 2014, 2.1",
            tuple(
                snapshots_of(
                    Call(
                        event_id="CMC K-5001",
                        force=FORCE,
                        source="CMC",
                        event_time=at(23, 7, 9, 10),
                        call_ref="K-5001",
                        handled_at=at(23, 7),
                        call_handler="CH-08",
                        team="CMC-A",
                    ),
                    [
                        (
                            at(24, 7, 10),
                            {
                                "sampled_at": at(24, 7),
                                "reviewed_at": at(24, 7, 10),
                                "reviewed_by": "SUP-A",
                                "ncrs_compliant": True,
                            },
                        )
                    ],
                )
            ),
        ),
    )
