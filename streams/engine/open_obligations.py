"""How many obligations are neither met nor past due, and how long there still is to meet them: for whoever watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Judgement, Obligation, Rule
from streams.policy.calendar import HOUR

STEPS: Final = (("1h", HOUR), ("4h", 4 * HOUR), ("24h", 24 * HOUR), ("72h", 72 * HOUR))
"""How the time left is told apart: each step counts what is within it and not within the one before."""
MORE: Final = "more"

Waiting = tuple[Matter, str, int]
"""A matter, the rule by which it will be looked at again, and the moment (ms) at which it will be."""


class OpenObligations:
    """Counts, a matter at a time, what one force's matters wait for; whoever counts may pause between two steps.

    An obligation is due no earlier than the moment at which it is looked at again, so one that waits for longer than
    the last step needs no judging.
    """

    def __init__(self, context: Context, rules: Mapping[str, Rule], waiting: Sequence[Waiting]) -> None:
        self._context = context
        self._rules = rules
        self._waiting = waiting
        self.counted: Counter[tuple[str, str]] = Counter()
        """Obligations by rule and time left: a step's name, or MORE."""

    def steps(self) -> Iterator[None]:
        """Count one matter at each step."""
        for matter, purpose, at in self._waiting:
            rule = self._rules.get(purpose)
            if rule is not None:
                self._count(matter, rule, at)
                yield

    def _count(self, matter: Matter, rule: Rule, at: int) -> None:
        context = self._context
        if at - context.clock > STEPS[-1][1]:
            self.counted[rule.id, MORE] += 1
            return
        context.counting_by_report.clear()
        for obligation in _obligations(rule.judge(matter, context)):
            if obligation.met_at is None and obligation.due_at >= context.clock:
                self.counted[rule.id, left(obligation.due_at - context.clock)] += 1


def left(milliseconds: int) -> str:
    """Name the step that a time left falls into."""
    return next((name for name, most in STEPS if milliseconds <= most), MORE)


def _obligations(judgement: Judgement) -> list[Obligation]:
    findings = judgement if isinstance(judgement, list) else [judgement]
    return [finding for finding in findings if isinstance(finding, Obligation)]
