"""Logs closed without a crime: as related to one, under other codes, as repeats, unread.

CRR p6, Incident reports; CRR p9, Crime Related Incidents; CRR p10, Referrals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from deploy.scenario.year_2026.records import assessment, at, closed, crime, incident
from deploy.scenario.year_2026.story import Story, StoryAlert

RELATED: Final = "CRR p9, Crime Related Incidents"
REPORTS: Final = "CRR p6, Incident reports"
AT_RISK: Final = "CRR p10, Referrals"


def related_incidents() -> tuple[Story, ...]:
    """Close a victim's report as a crime related incident, then those for which the text allows it.

    CRR p9, Crime Related Incidents: reported by another than the victim, 1; or dealt with by another force, 2.
    """
    return (
        Story(
            "A victim reports violence; it is closed as a crime related incident, with the rationale 'x'",
            "incident-closed-unresolved",
            RELATED,
            incident(
                "L-0518-040",
                at(18, 5),
                closed(
                    at(18, 5, 12),
                    disposition="CRIME_RELATED_INCIDENT",
                    disposition_rationale="x",
                    reporter_informed=True,
                ),
                crimes_expected=1,
            ),
            (
                StoryAlert("incident-closed-unresolved", "L-0518-040"),
                StoryAlert("crime-not-recorded", "L-0518-040"),
            ),
        ),
        Story(
            "A passer-by reports a scuffle; the man struck says that nothing happened",
            "incident-closed-unresolved",
            RELATED,
            incident(
                "L-0519-011",
                at(19, 5),
                closed(
                    at(19, 5, 12),
                    disposition="CRIME_RELATED_INCIDENT",
                    disposition_rationale="Traced on CCTV and spoken to: play fighting, he confirms no crime.",
                    reporter_informed=True,
                ),
                reporter="OTHER",
                crimes_expected=1,
            ),
        ),
        Story(
            "A victim reports violence that another force has recorded, and the log has its number",
            "incident-closed-unresolved",
            RELATED,
            incident(
                "L-0520-009",
                at(20, 5),
                closed(
                    at(20, 5, 12),
                    disposition="CRIME_RELATED_INCIDENT",
                    disposition_rationale="Happened at the coast; recorded there.",
                    reporter_informed=True,
                    other_force="MARSHIRE",
                    other_force_crime_ref="MS/2026/88120",
                ),
                crimes_expected=1,
            ),
        ),
    )


def closing_codes() -> tuple[Story, ...]:
    """Close what a victim's call opened as violence under a code of no report, and a message too.

    CRR p6, Incident reports: every report is an auditable one, whatever it is closed as.
    """
    return (
        *_closed_under_codes_of_no_report(),
        Story(
            "A message left for an officer is opened and closed as a message",
            "report-undecided",
            REPORTS,
            incident("L-0528-019", at(28, 5), closed(at(28, 5, 10), "MESSAGES"), opening_code="MESSAGES"),
        ),
    )


def _closed_under_codes_of_no_report() -> Iterator[Story]:
    for day, code in ((21, "MESSAGES"), (22, "DUPLICATE"), (25, "CONTACT-RECORD")):
        ref = f"L-05{day}-003"
        yield Story(
            f"A log that a victim's call opened as violence is closed as {code}, and nothing else is said",
            "report-undecided",
            REPORTS,
            incident(ref, at(day, 5), closed(at(day, 5, 11), code)),
            (StoryAlert("incident-closed-unresolved", ref), StoryAlert("report-undecided", ref)),
        )


def duplicates() -> tuple[Story, ...]:
    """Call a log a repeat of one that nobody holds, and of one that has its crime.

    CRR p6, Incident reports: what repeats another report names it.
    """
    return (
        Story(
            "A victim's log is closed as a duplicate of a log that STORM does not hold",
            "incident-closed-unresolved",
            REPORTS,
            incident(
                "L-0601-014",
                at(1, 6),
                closed(at(1, 6, 11), "DUPLICATE", disposition="DUPLICATE", duplicate_of="L-0601-999"),
            ),
            (
                StoryAlert("incident-closed-unresolved", "L-0601-014"),
                StoryAlert("report-undecided", "L-0601-014"),
            ),
        ),
        Story(
            "A second call about one assault is closed as a duplicate of the log whose crime is recorded",
            "incident-closed-unresolved",
            REPORTS,
            (
                *incident("L-0602-020", at(2, 6), crimes_expected=1),
                *crime("26C/1017", at(2, 6, 11), "VIOLENCE", incident_refs=("L-0602-020",)),
                *incident(
                    "L-0602-021",
                    at(2, 6, 9, 5),
                    closed(at(2, 6, 11), "DUPLICATE", disposition="DUPLICATE", duplicate_of="L-0602-020"),
                ),
            ),
        ),
    )


def people_at_risk() -> tuple[Story, ...]:
    """Close a domestic log with a child flagged, unread and read by a supervisor.

    CRR p10, Referrals: what is done to vulnerable people is recorded, however others resolve it.
    """
    qualifiers = ("DOMESTIC", "VULNERABLE-CHILD")
    return (
        Story(
            "A domestic log with a child flagged is closed with no crime, and nobody assessed it",
            "vulnerable-closed-unassessed",
            AT_RISK,
            incident(
                "L-0604-033",
                at(4, 6),
                closed(at(4, 6, 13), "DOMESTIC-INCIDENT"),
                opening_code="DOMESTIC-INCIDENT",
                qualifiers=qualifiers,
                crimes_expected=0,
            ),
            (StoryAlert("vulnerable-closed-unassessed", "L-0604-033"),),
        ),
        Story(
            "A domestic log with a child flagged is closed, and a supervisor reads it the same evening",
            "vulnerable-closed-unassessed",
            AT_RISK,
            (
                *incident(
                    "L-0605-010",
                    at(5, 6),
                    closed(at(5, 6, 13), "DOMESTIC-INCIDENT"),
                    opening_code="DOMESTIC-INCIDENT",
                    qualifiers=qualifiers,
                    crimes_expected=0,
                ),
                assessment(
                    "STORM",
                    "L-0605-010",
                    at(5, 6, 18),
                    "SUPERVISOR",
                    "Argument over keys; both adults and the child seen, nothing done to anybody.",
                    crimes=0,
                ),
            ),
        ),
    )
