"""Crimes as CIS holds them: recorded late, reclassified, and coded as what they are not.

CRR p10, When to record?; CRR p13, Classification and reclassification; CRR p63, N100 Reported Incident of Rape.
"""

from __future__ import annotations

from typing import Final

from deploy.scenario.year_2026.records import assessment, at, crime
from deploy.scenario.year_2026.story import Story, StoryAlert

WHEN_TO_RECORD: Final = "CRR p10, When to record?"
CLASSIFICATION: Final = "CRR p13, Classification and reclassification"
N100: Final = "CRR p63, N100 Reported Incident of Rape"


def recorded_late() -> tuple[Story, ...]:
    """Record what came online on day nine, and on the same day.

    CRR p10, When to record?: "on the same day the report is received and no later than 24 hours after".  Nobody opened
    a log, so only CIS says when it was reported.
    """
    late, same_day = at(7, 4), at(8, 4)
    return (
        Story(
            "Damage reported online waits in an inbox and is recorded on day nine",
            "crime-recorded-late",
            WHEN_TO_RECORD,
            crime("26C/1001", at(16, 4), "CRIMINAL_DAMAGE", reported_at=late, route="ONLINE"),
            (StoryAlert("crime-recorded-late", "26C/1001", "CLEARED"),),
        ),
        Story(
            "Damage reported online is recorded in the afternoon",
            "crime-recorded-late",
            WHEN_TO_RECORD,
            crime("26C/1002", at(8, 4, 15), "CRIMINAL_DAMAGE", reported_at=same_day, route="ONLINE"),
        ),
    )


def rape_to_n100() -> tuple[Story, ...]:
    """Recode a rape to N100: by an officer, and by the registrar.

    CRR p63, N100 Reported Incident of Rape: the reclassification "must be carried out by a College of
    Policing-accredited crime registrar", who also has oversight of every N100 that remains.
    """
    as_n100 = {"offence_code": "N100/01"}
    return (
        Story(
            "An officer recodes a rape to N100",
            "crime-reclassified",
            N100,
            crime("26C/1003", at(9, 4, 11), "RAPE", (at(11, 4, 16), as_n100)),
            (
                StoryAlert("crime-reclassified", "26C/1003"),
                StoryAlert("incident-only-unseen", "26C/1003"),
            ),
        ),
        Story(
            "The registrar recodes a rape to N100, says why on the record and has seen it",
            "crime-reclassified",
            N100,
            crime(
                "26C/1004",
                at(10, 4, 11),
                "RAPE",
                (
                    at(13, 4, 10, 5),
                    {
                        **as_n100,
                        "reclassified_at": at(13, 4, 10),
                        "reclassified_role": "FCR",
                        "reclassification_rationale": "Recorded against the wrong person; she says nothing happened.",
                        "fcr_oversight_at": at(13, 4, 10),
                    },
                ),
            ),
        ),
    )


def to_lesser_class() -> tuple[Story, ...]:
    """Make a rape another sexual offence, and a robbery a theft.

    CRR p13, Classification and reclassification: by the registrar or a designated decision maker, with "justification
    ... within the crime record"; from a rape the policy lets the registrar alone decide.
    """
    as_sexual = {"offence_code": "020/05", "offence_class": "SEXUAL"}
    as_theft = {"offence_code": "046/00", "offence_class": "THEFT"}
    return (
        Story(
            "A decision maker makes a rape another sexual offence",
            "crime-reclassified",
            CLASSIFICATION,
            crime(
                "26C/1005",
                at(14, 4, 12),
                "RAPE",
                (
                    at(15, 4, 12),
                    {
                        **as_sexual,
                        "reclassified_at": at(15, 4, 12),
                        "reclassified_role": "DDM",
                        "reclassification_rationale": "No penetration on the second account.",
                    },
                ),
            ),
            (StoryAlert("crime-reclassified", "26C/1005"),),
        ),
        Story(
            "A sergeant makes a robbery a theft and gives no reason",
            "crime-reclassified",
            CLASSIFICATION,
            crime(
                "26C/1006",
                at(16, 4, 12),
                "ROBBERY",
                (at(17, 4, 9), {**as_theft, "reclassified_at": at(17, 4, 9), "reclassified_role": "SERGEANT"}),
            ),
            (StoryAlert("crime-reclassified", "26C/1006"),),
        ),
        Story(
            "A decision maker agrees on the board within the day, and says why, that a robbery was a theft",
            "crime-reclassified",
            CLASSIFICATION,
            (
                *crime("26C/1007", at(20, 4, 12), "ROBBERY", (at(21, 4, 9), as_theft)),
                assessment(
                    "CIS",
                    "26C/1007",
                    at(21, 4, 15),
                    "DDM",
                    "Bag taken from a trolley; no force was used or threatened.",
                    offence_class="THEFT",
                ),
            ),
        ),
    )


def code_and_class() -> tuple[Story, ...]:
    """Enter a code of rape under the class OTHER, and under RAPE.

    CRR p13, Classification and reclassification: what a crime is counted as follows from what was done.
    """
    return (
        Story(
            "Code 019/07, rape of a girl under 16, is entered with class OTHER",
            "offence-code-contradicts-class",
            CLASSIFICATION,
            crime("26C/1008", at(22, 4, 10), "OTHER", offence_code="019/07"),
            (StoryAlert("offence-code-contradicts-class", "26C/1008"),),
        ),
        Story(
            "Code 019/07 is entered with class RAPE",
            "offence-code-contradicts-class",
            CLASSIFICATION,
            crime("26C/1009", at(23, 4, 10), "RAPE", offence_code="019/07"),
        ),
    )
