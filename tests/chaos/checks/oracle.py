"""The alerts topic against the slow oracle, which shares nothing with the product but the records' types.

Stories share no reference, and nobody's name: the oracle is given one at a time, and those that are settled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from schemas.products import Alert
from tests.chaos.checks.alert_changes import Changes, distinct
from tests.chaos.findings import Kind, Verdict
from tests.chaos.stories import Story, number_in
from tests.streams.laws import oracle

ACROSS_STORIES = frozenset({"theme-emerging"})
"""Rules that compare the records of all of a force's stories with one another."""

JudgeStory = Callable[[Story], oracle.AlertHistories]
"""Says what should have been published of a story."""


class StoryOracle:
    """Judges stories, and remembers what it said of those that nothing can change any more."""

    def __init__(self, settled_after: int, policy_version: str) -> None:
        """Take a story as settled where it began so long (ms) before the clock's end."""
        self._policy_version = policy_version
        self._settled_after = settled_after
        self._settled: dict[int, oracle.AlertHistories] = {}

    def judge(self, story: Story, until: int) -> oracle.AlertHistories:
        """Return every alert's whole history in one story, up to ``until`` (ms)."""
        if story.number in self._settled:
            return self._settled[story.number]
        histories = oracle.watch(story.records, until, policy_version=self._policy_version)
        histories = {name: changes for name, changes in histories.items() if changes[0].rule_id not in ACROSS_STORIES}
        if until > story.start + self._settled_after:
            self._settled[story.number] = histories
        return histories


def check_by_oracle(published: Changes, stories: Iterable[Story], judge: JudgeStory) -> Verdict:
    """Compare each story's alerts with what the oracle says of the story."""
    verdict = Verdict("alerts equal the independent oracle")
    by_story = published_by_story(published)
    for story in stories:
        verdict.compared["stories"] += 1
        _check_story(story, by_story.get(story.number, {}), judge(story), verdict)
    return verdict


def _check_story(
    story: Story, published: oracle.AlertHistories, expected: oracle.AlertHistories, verdict: Verdict
) -> None:
    for alert_id in sorted(published.keys() | expected.keys()):
        here, there = published.get(alert_id, []), expected.get(alert_id, [])
        verdict.compared["alerts"] += 1
        verdict.compared["changes"] += len(there)
        if here == there:
            continue
        kind: Kind = "LOST" if len(here) < len(there) else "DIFFERENT" if there else "UNEXPECTED"
        alert = (here or there)[-1]
        verdict.find(
            kind,
            f"{alert.rule_id} {alert.subject_ref[-60:]}",
            story=story.number,
            published=list(map(_short, here)),
            oracle=list(map(_short, there)),
        )


def published_by_story(published: Changes) -> dict[int, oracle.AlertHistories]:
    """Return the changes that were published, as the oracle writes them, by the number of the story."""
    by_story: dict[int, oracle.AlertHistories] = {}
    for alert_id, messages in published.items():
        changes = [_as_the_oracle_writes(alert) for alert in distinct(messages)]
        number = number_in(changes[-1].subject_ref) if changes else None
        if number is not None and changes[-1].rule_id not in ACROSS_STORIES:
            by_story.setdefault(number, {})[alert_id] = changes
    return by_story


def _as_the_oracle_writes(alert: Alert) -> Alert:
    """Return an alert without the title and facts that the contract leaves to the product."""
    return msgspec.structs.replace(alert, title="", facts=())


def _short(alert: Alert) -> str:
    return f"{alert.sequence} {alert.status} {alert.reason or ''} at {alert.updated_at}"
