"""Who decided without the training for it: one list by person, not one alert a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from schemas.identifiers import normalise
from schemas.records import Crime, Disposal
from streams.facts.context import Context
from streams.facts.matters import CRIME, DISPOSAL, Matter
from streams.obligations.findings import Condition
from streams.obligations.switched_off import judge_switched_on
from streams.obligations.training import is_trained
from streams.reports.figure import Period
from streams.rules.decision_maker_untrained import RULE, Decision, decisions_on


class TrainingNeed(NamedTuple):
    """What one person decided without one of the courses for it."""

    force: str
    person: str
    """Normalised; empty where nobody is named."""
    course: str
    """``HOCR or NCRS`` where either will do."""
    decision: str
    """RECORDING, NO_CRIME or REVIEW."""
    taken: int
    first_at: int
    """When the first was taken (ms)."""
    last_at: int
    trained_now: bool
    """Whether the person holds such a course at the clock: what was decided before was decided without it."""


def training_needs(contexts: Iterable[Context], period: Period) -> list[TrainingNeed]:
    """Return the list of a period, by force, whoever decided most without training first."""
    needs: dict[tuple[str, str, str, str], list[int]] = {}
    trained: dict[tuple[str, str, str, str], bool] = {}
    for context in contexts:
        for decision in _untrained(context):
            if period.holds(decision.decided_at):
                course, name = " or ".join(sorted(decision.courses)), decision.name.partition("|")[0]
                key = (context.force, normalise(decision.maker or ""), course, name)
                needs.setdefault(key, []).append(decision.decided_at)
                trained[key] = is_trained(decision.maker, decision.courses, context.clock, context)
    rows = [
        TrainingNeed(*key, len(moments), min(moments), max(moments), trained[key]) for key, moments in needs.items()
    ]
    return most_first(rows)


def most_first(needs: Iterable[TrainingNeed]) -> list[TrainingNeed]:
    """Return needs by force, in each whoever decided most without training first."""
    rows = list(needs)
    of_person: dict[tuple[str, str], int] = {}
    for row in rows:
        of_person[row[:2]] = of_person.get(row[:2], 0) + row.taken
    return sorted(rows, key=lambda row: (row.force, -of_person[row[:2]], row.person, -row.taken, row[2:4]))


def _untrained(context: Context) -> Iterator[Decision]:
    """Yield the decisions of which the rule finds that their maker was not trained."""
    for kind in (CRIME, DISPOSAL):
        if not RULE.about[kind] <= context.completeness.named:
            continue
        for matter in context.facts.matters[kind].values():
            if matter.held:
                yield from _untrained_on(matter, context)


def _untrained_on(matter: Matter[Crime | Disposal], context: Context) -> Iterator[Decision]:
    judgement: Any = judge_switched_on(RULE, RULE.judgement, matter, context)
    wrong = {finding.discriminator for finding in judgement or () if isinstance(finding, Condition) and finding.wrong}
    if wrong:
        yield from (decision for decision in decisions_on(matter) if decision.name in wrong)
