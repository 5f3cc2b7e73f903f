"""Sudden deaths: recorded nowhere, under N300 and unseen, and N300 in a homicide's place.

CRR p35, N300 Reported Incident of Sudden or Unexpected Death; CRR p37, N300 Reported Incident of Death FAQ.
"""

from __future__ import annotations

from typing import Final

from deploy.scenario.revisions import Revision
from deploy.scenario.year_2026.records import at, closed, crime, incident
from deploy.scenario.year_2026.story import Story, StoryAlert
from schemas.records import Crime
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR

N300: Final = "CRR p35, N300 Reported Incident of Sudden or Unexpected Death"
OVERSIGHT: Final = "CRR p37, N300 Reported Incident of Death FAQ"


def unrecorded() -> tuple[Story, ...]:
    """Close a log of a drug death with no record in CIS, with an N300, and as a natural death.

    CRR p35, N300 Reported Incident of Sudden or Unexpected Death: all but natural deaths are recorded in the crime
    system.
    """
    log: dict[str, object] = {"opening_code": "CONCERN-FOR-SAFETY", "reporter": "OTHER", "crimes_expected": 0}
    return (
        Story(
            "A log is closed as a sudden death, by drugs as it seems, and CIS holds no record of it",
            "death-not-recorded",
            N300,
            incident("L-0608-002", at(8, 6), closed(at(8, 6, 16), "SUDDEN-DEATH"), **log),
            (StoryAlert("death-not-recorded", "L-0608-002"),),
        ),
        Story(
            "A death by drugs is recorded under N300/03 the same day, and the registrar sees it",
            "death-not-recorded",
            N300,
            (
                *incident("L-0609-006", at(9, 6), closed(at(9, 6, 16), "SUDDEN-DEATH"), **log),
                *_n300("26C/1018", at(9, 6, 13), "N300/03", seen=True, incident_refs=("L-0609-006",)),
            ),
        ),
        Story(
            "A man of 91 dies in his sleep; the log says so, and his daughter is told",
            "death-not-recorded",
            N300,
            incident(
                "L-0610-015",
                at(10, 6),
                closed(
                    at(10, 6, 16),
                    "SUDDEN-DEATH",
                    disposition="NOT_A_CRIME",
                    disposition_rationale="Natural causes: the doctor issues the certificate.",
                    reporter_informed=True,
                ),
                **log,
            ),
        ),
    )


def unseen() -> tuple[Story, ...]:
    """Leave an N300 unseen for two weeks.

    CRR p37, N300 Reported Incident of Death FAQ: the registrar has oversight of those too.  One seen in time stands
    among the deaths above.
    """
    return (
        Story(
            "The registrar has not seen a death under N300/01 after two weeks",
            "incident-only-unseen",
            OVERSIGHT,
            _n300("26C/1019", at(11, 6, 13), "N300/01", seen=False),
            (StoryAlert("incident-only-unseen", "26C/1019"),),
        ),
    )


def in_place_of_homicide() -> tuple[Story, ...]:
    """Answer a log that discloses a homicide with an N300, and with the crime.

    CRR p34, N300 Reported Incident of Sudden or Unexpected Death: where homicide is
    believed, "there must be no delay in recording the appropriate homicide crime".  N300 is no crime.
    """
    log: dict[str, object] = {
        "opening_code": "CONCERN-FOR-SAFETY",
        "reporter": "OTHER",
        "crimes_expected": 1,
        "offence_class": "HOMICIDE",
    }
    return (
        Story(
            "A log discloses a homicide and is closed with an N300 for its only record",
            "crime-not-recorded",
            "CRR p34, N300 Reported Incident of Sudden or Unexpected Death",
            (
                *incident("L-0615-001", at(15, 6), closed(at(15, 6, 20), "SUDDEN-DEATH"), **log),
                *_n300("26C/1020", at(15, 6, 13), "N300/01", seen=True, incident_refs=("L-0615-001",)),
            ),
            (
                StoryAlert("crime-not-recorded", "L-0615-001"),
                StoryAlert("incident-closed-unresolved", "L-0615-001"),
            ),
        ),
        Story(
            "A log discloses a homicide, and the murder is recorded within hours",
            "crime-not-recorded",
            "CRR p34, N300 Reported Incident of Sudden or Unexpected Death",
            (
                *incident("L-0616-004", at(16, 6), closed(at(16, 6, 20), "SUDDEN-DEATH"), **log),
                *crime("26C/1021", at(16, 6, 13), "HOMICIDE", incident_refs=("L-0616-004",)),
            ),
        ),
    )


def _n300(ref: str, recorded_at: Millis, code: str, *, seen: bool, **fields: object) -> tuple[Crime, ...]:
    """Return a record of a death; where ``seen``, the registrar saw it six days later."""
    seen_at = recorded_at + 6 * DAY
    revisions: list[Revision] = [(seen_at + HOUR, {"fcr_oversight_at": seen_at})] if seen else []
    return crime(ref, recorded_at, "OTHER", *revisions, offence_code=code, **fields)
