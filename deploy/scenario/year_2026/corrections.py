"""Corrections by a later save, and of one moment by a higher revision.

What a higher revision says is what the record said at that moment all along.

CRR p10, When to record?: "no later than 24 hours after the initial report was received", which does not change
afterwards.
"""

from __future__ import annotations

from deploy.scenario.year_2026.crimes import WHEN_TO_RECORD
from deploy.scenario.year_2026.records import at, closed, incident
from deploy.scenario.year_2026.story import Story, StoryAlert
from streams.policy.calendar import HOUR, MINUTE


def time_of_report() -> tuple[Story, ...]:
    """Move the time of a report by a later save, and by a correction of the moment it was saved at."""
    first, second = at(27, 7), at(28, 7)
    settled = closed(
        at(28, 7, 15), disposition="NOT_A_CRIME", disposition_rationale="A film was being shot.", reporter_informed=True
    )
    settled_before = (settled[0] - 24 * HOUR, {**settled[1], "closed_at": at(27, 7, 15)})
    return (
        Story(
            "Three days later somebody moves the time of a report by two hours",
            "time-altered",
            WHEN_TO_RECORD,
            incident(
                "L-0727-018",
                first,
                settled_before,
                (at(30, 7), {"reported_at": first + 2 * HOUR}),
                crimes_expected=0,
            ),
            (StoryAlert("time-altered", "L-0727-018", discriminator="reported_at"),),
        ),
        Story(
            "STORM corrects the time of a report in the same moment, by a higher revision",
            "time-altered",
            WHEN_TO_RECORD,
            incident(
                "L-0728-007",
                second + HOUR,
                (second + HOUR + 2 * MINUTE, {"reported_at": second}),
                settled,
                crimes_expected=0,
            ),
        ),
    )


def disclosed_crime() -> tuple[Story, ...]:
    """Take back that a report discloses a crime by a later save, and in the moment it was said."""
    first, second = at(29, 7), at(30, 7)
    return (
        Story(
            "A log says that one crime was reported, and an hour later none; it is closed with nothing",
            "crime-not-recorded",
            WHEN_TO_RECORD,
            incident(
                "L-0729-026",
                first,
                (first + HOUR, {"crimes_expected": 0}),
                closed(first + 3 * HOUR),
                crimes_expected=1,
            ),
            (
                StoryAlert("crime-not-recorded", "L-0729-026"),
                StoryAlert("incident-closed-unresolved", "L-0729-026"),
            ),
        ),
        Story(
            "A slip of the key, one crime for none, is corrected in the same moment by a higher revision",
            "crime-not-recorded",
            WHEN_TO_RECORD,
            incident(
                "L-0730-009",
                second,
                (second + 2 * MINUTE, {"crimes_expected": 0}),
                closed(second + 3 * HOUR),
                crimes_expected=1,
            ),
        ),
    )
