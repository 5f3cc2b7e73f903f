"""Reports of rape: N100 typed on the log alone, N100 nobody saw, closures, and oversight that stands.

CRR p63, N100 Reported Incident of Rape; CRR p22, Rape and High-risk DA.
"""

from __future__ import annotations

from typing import Final

from deploy.scenario.year_2026.crimes import N100, WHEN_TO_RECORD
from deploy.scenario.year_2026.records import at, closed, crime, incident
from deploy.scenario.year_2026.story import Story, StoryAlert
from schemas.vocabularies import Millis
from streams.policy.calendar import MINUTE

CLOSURE: Final = "CRR p22, Rape and High-risk DA"


def n100_on_log() -> tuple[Story, ...]:
    """Type N100 on a professional's log, and record N100 in CIS for a passer-by's.

    CRR p63, N100 Reported Incident of Rape: it is a record of the crime system, whatever the log says.
    """
    first, second = at(27, 4, 10), at(28, 4, 10)
    return (
        Story(
            "A nurse reports a rape; N100 is typed on the log, and CIS holds nothing",
            "rape-not-recorded",
            N100,
            incident(
                "L-0427-031",
                first,
                closed(first + 50 * MINUTE, disposition="N100", n100_code="N100/02"),
                **_overseen(first),
                reporter="PROFESSIONAL",
            ),
            (
                StoryAlert("rape-not-recorded", "L-0427-031"),
                StoryAlert("incident-closed-unresolved", "L-0427-031"),
                StoryAlert("report-undecided", "L-0427-031"),
            ),
        ),
        Story(
            "A passer-by reports a rape; it is recorded under N100 in CIS within the hour, and the registrar sees it",
            "rape-not-recorded",
            N100,
            (
                *incident("L-0428-017", second, **_overseen(second), reporter="OTHER"),
                *crime(
                    "26C/1010",
                    second + 45 * MINUTE,
                    "RAPE",
                    (at(7, 5, 11, 1), {"fcr_oversight_at": at(7, 5, 11)}),
                    offence_code="N100/01",
                    incident_refs=("L-0428-017",),
                ),
            ),
        ),
    )


def n100_unseen() -> tuple[Story, ...]:
    """Leave a professional's N100 unseen for more than a day, and have the registrar see one in time.

    CRR p63, N100 Reported Incident of Rape: "The FCR must have oversight of all records that do not result in the
    recording of a confirmed crime".
    """
    first, second = at(29, 4, 10), at(30, 4, 10)
    return (
        Story(
            "A teacher's report of a rape stays N100, and the registrar has not seen it after a day",
            "incident-only-unseen",
            N100,
            (
                *incident("L-0429-008", first, **_overseen(first), reporter="PROFESSIONAL"),
                *crime("26C/1011", first + 40 * MINUTE, "RAPE", offence_code="N100/02", incident_refs=("L-0429-008",)),
            ),
            (StoryAlert("incident-only-unseen", "26C/1011"),),
        ),
        Story(
            "A teacher's report of a rape is N100 until the registrar sees it next morning and it becomes a crime",
            "incident-only-unseen",
            N100,
            (
                *incident("L-0430-012", second, **_overseen(second), reporter="PROFESSIONAL"),
                *crime(
                    "26C/1012",
                    second + 40 * MINUTE,
                    "RAPE",
                    (at(1, 5, 9), {"fcr_oversight_at": at(1, 5, 9), "offence_code": "019/08"}),
                    offence_code="N100/02",
                    incident_refs=("L-0430-012",),
                ),
            ),
        ),
    )


def closures() -> tuple[Story, ...]:
    """Close a rape after a review by nobody in particular, and by an inspector.

    CRR p22, Rape and High-risk DA: the decision maker is of an inspector's rank, or independent and working to the
    registrar's unit.  A detective chief inspector, or an overseeing detective inspector, is no longer asked for.
    """
    return (
        Story(
            "A rape is closed, and no inspector reviewed it",
            "rape-closed-unreviewed",
            CLOSURE,
            crime(
                "26C/1013",
                at(5, 5, 10),
                "RAPE",
                (at(26, 5, 16), {"closed_at": at(26, 5, 16), "closure_reviewed_role": "OTHER"}),
            ),
            (StoryAlert("rape-closed-unreviewed", "26C/1013"),),
        ),
        Story(
            "A rape is closed after an inspector's review",
            "rape-closed-unreviewed",
            CLOSURE,
            crime(
                "26C/1014",
                at(6, 5, 10),
                "RAPE",
                (at(27, 5, 16), {"closed_at": at(27, 5, 16), "closure_reviewed_role": "INSPECTOR"}),
            ),
        ),
    )


def oversight() -> tuple[Story, ...]:
    """Let a sergeant oversee a rape, and let a later save lose an inspector's oversight.

    The inspector was there: that stands, and the record that no longer says so is what is wrong (CRR p10, When to
    record?: what was first said of a time counts).
    """
    first, second = at(11, 5, 10), at(12, 5, 10)
    return (
        Story(
            "A sergeant, not a control-room inspector, oversees a reported rape",
            "rape-not-overseen",
            "HMIC 2014, 2.5",
            (
                *incident("L-0511-022", first, **_overseen(first, overseen_role="OTHER"), crimes_expected=1),
                *crime("26C/1015", first + 40 * MINUTE, "RAPE", incident_refs=("L-0511-022",)),
            ),
            (StoryAlert("rape-not-overseen", "L-0511-022"),),
        ),
        Story(
            "An inspector oversees a reported rape in time; a later save of the log no longer says so",
            "time-altered",
            WHEN_TO_RECORD,
            (
                *incident(
                    "L-0512-005",
                    second,
                    (at(14, 5, 8), {"overseen_by": None, "overseen_role": None, "overseen_at": None}),
                    **_overseen(second),
                    crimes_expected=1,
                ),
                *crime("26C/1016", second + 40 * MINUTE, "RAPE", incident_refs=("L-0512-005",)),
            ),
            (StoryAlert("time-altered", "L-0512-005", discriminator="overseen_at"),),
        ),
    )


def _overseen(reported_at: Millis, **fields: object) -> dict[str, object]:
    """Return what a log of a rape says once the duty inspector has taken it on, after ten minutes."""
    return {
        "event_time": reported_at + 12 * MINUTE,
        "opening_code": "RAPE",
        "offence_class": "RAPE",
        "overseen_by": "INSP-3",
        "overseen_role": "CONTROL_ROOM_INSPECTOR",
        "overseen_at": reported_at + 10 * MINUTE,
        **fields,
    }
