"""The alerts topic against the slow oracle, which shares nothing with the product but the records' types.

The oracle works everything out anew at every moment, so it is given one story at a time; stories share no reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.identifiers import normalise
from schemas.products import Alert
from tests.chaos.checks.alert_changes import Changes, distinct
from tests.chaos.findings import Kind, Verdict
from tests.chaos.stories import Story, number_in
from tests.streams.laws import oracle, oracle_records, oracle_rules
from tests.streams.laws.oracle import StatedChange
from tests.streams.laws.oracle_rules import Key

JUDGES: tuple[tuple[frozenset[str], oracle.Judge], ...] = (
    (oracle_rules.RULES, oracle_rules.findings),
    (oracle_records.RULES, oracle_records.findings),
)
"""Which rules each part of the oracle knows."""
OF_LEICESTERSHIRE = frozenset({"referral-not-audited"})
"""Rules whose sample is drawn by force and reference; the oracle knows one force's."""
RULES = frozenset().union(*(rules for rules, _ in JUDGES))

ChangesByKey = dict[Key, list[StatedChange]]
JudgeStory = Callable[[Story], ChangesByKey]
"""Says what should have been published of a story."""


class StoryOracle:
    """Judges stories, and remembers what it said of those that nothing can change any more."""

    def __init__(self, settled_after: int) -> None:
        """Take a story as settled where it began so long (ms) before the clock's end."""
        self._settled_after = settled_after
        self._settled: dict[int, ChangesByKey] = {}

    def judge(self, story: Story, until: int) -> ChangesByKey:
        """Return every alert's whole history in one story, up to ``until`` (ms)."""
        if story.number in self._settled:
            return self._settled[story.number]
        changes: ChangesByKey = {}
        for _, findings in JUDGES:
            changes |= oracle.watch(list(story.records), until, findings)
        if until > story.start + self._settled_after:
            self._settled[story.number] = changes
        return changes


def check_by_oracle(published: Changes, stories: Iterable[Story], judge: JudgeStory) -> Verdict:
    """Compare each story's alerts, of the rules that the oracle knows, with what it says of the story."""
    verdict = Verdict("alerts equal the independent oracle")
    told = published_by_story(published)
    for story in stories:
        verdict.compared["stories"] += 1
        _check_story(story, told.get(story.number, {}), judge(story), verdict)
    return verdict


def _check_story(story: Story, told: ChangesByKey, says: ChangesByKey, verdict: Verdict) -> None:
    for key in sorted(told.keys() | says.keys(), key=str):
        if key.rule_id in OF_LEICESTERSHIRE and story.force != "LEICS":
            continue
        here, there = told.get(key, []), says.get(key, [])
        verdict.compared["alerts"] += 1
        verdict.compared["changes"] += len(there)
        if here == there:
            continue
        kind: Kind = "LOST" if len(here) < len(there) else "DIFFERENT" if there else "UNEXPECTED"
        verdict.find(
            kind,
            f"{key.rule_id} {key.ref[-60:]}",
            story=story.number,
            published=list(map(_short, here)),
            oracle=list(map(_short, there)),
        )


def published_by_story(published: Changes) -> dict[int, ChangesByKey]:
    """Return what was published by the rules that the oracle knows, in its words, by the number of the story."""
    told: dict[int, ChangesByKey] = {}
    for alerts in published.values():
        for key, number, change in _stated(distinct(alerts)):
            told.setdefault(number, {}).setdefault(key, []).append(change)
    return told


def _stated(alerts: list[Alert]) -> Iterator[tuple[Key, int, StatedChange]]:
    for alert in alerts:
        number = number_in(alert.subject_ref)
        if alert.rule_id in RULES and number is not None:
            key = Key(alert.rule_id, alert.subject_system, normalise(alert.subject_ref), alert.discriminator)
            fields = {name: getattr(alert, name) for name in StatedChange.__dataclass_fields__}
            yield key, number, StatedChange(**fields)


def _short(change: StatedChange) -> str:
    return f"{change.sequence} {change.status} {change.reason or ''} at {change.updated_at}"
