"""Compare the alerts that the rules raise with those that each story of 2026 should."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from deploy.scenario.year_2026 import StoryAlert, stories
from schemas.identifiers import normalise

if TYPE_CHECKING:
    from schemas.products import Alert

ANYTHING_ELSE = "Anything else"
"""The line of alerts about what is no record of a story."""


class StoryComparison(NamedTuple):
    """What one story should raise, and what the rules raised."""

    title: str
    rule_id: str
    paragraph: str
    expected: frozenset[StoryAlert]
    found: frozenset[StoryAlert]

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.found


def compare_with_stories(alerts: Iterable[Alert]) -> list[StoryComparison]:
    """Return each story beside the alerts about its records, and a line of alerts about anything else."""
    found: dict[str, set[StoryAlert]] = {}
    for alert in alerts:
        found.setdefault(normalise(alert.subject_ref), set()).add(
            StoryAlert(alert.rule_id, normalise(alert.subject_ref), alert.status, alert.discriminator)
        )
    lines = []
    for story in stories():
        expected = frozenset(
            StoryAlert(alert.rule_id, normalise(alert.subject_ref), alert.status, alert.discriminator)
            for alert in story.expected
        )
        of_story = frozenset(alert for subject in story.subjects() for alert in found.pop(subject, set()))
        lines.append(StoryComparison(story.title, story.rule_id, story.paragraph, expected, of_story))
    others = frozenset(alert for of_subject in found.values() for alert in of_subject)
    return [*lines, StoryComparison(ANYTHING_ELSE, "", "", frozenset(), others)]
