"""How many obligations are open, neither met nor past due, by the time that is left to meet them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Judgement, Obligation, Rule
from streams.policy.calendar import HOUR

TIME_BANDS: Final = (("1h", HOUR), ("4h", 4 * HOUR), ("24h", 24 * HOUR), ("72h", 72 * HOUR))
"""The bands of time left, each with its greatest (ms): a band counts what is in it and not in the one before."""
MORE: Final = "more"
"""The band after the last."""

Scheduled: TypeAlias = tuple[Matter, str, int]
"""A matter, the purpose (a rule's id) for which it is due to be judged, and the moment (ms) at which it is."""


class OpenObligations:
    """Counts the open obligations of one force, a matter at a step; the caller may pause between steps.

    An obligation is due no earlier than the moment at which its matter is judged again, so one whose moment lies beyond
    the last band needs no judging.
    """

    def __init__(self, context: Context, rules: Mapping[str, Rule], scheduled: Sequence[Scheduled]) -> None:
        self._context = context
        self._rules = rules
        self._scheduled = scheduled
        self.counts: Counter[tuple[str, str]] = Counter()
        """Obligations by rule and band of time left."""

    def steps(self) -> Iterator[None]:
        """Count one matter at each step."""
        for matter, purpose, at in self._scheduled:
            rule = self._rules.get(purpose)
            if rule is not None:
                with suppress(Exception):  # set aside where it was judged
                    self._count(matter, rule, at)
                yield

    def _count(self, matter: Matter, rule: Rule, at: int) -> None:
        context = self._context
        if at - context.clock > TIME_BANDS[-1][1]:
            self.counts[rule.id, MORE] += 1
            return
        context.clear_caches()
        for obligation in _obligations(rule.judgement(matter, context)):
            if obligation.met_at is None and obligation.due_at >= context.clock:
                self.counts[rule.id, time_band(obligation.due_at - context.clock)] += 1


def time_band(milliseconds: int) -> str:
    """Return the band into which a time left falls."""
    return next((name for name, most in TIME_BANDS if milliseconds <= most), MORE)


def _obligations(judgement: Judgement) -> list[Obligation]:
    findings = judgement if isinstance(judgement, list) else [judgement]
    return [finding for finding in findings if isinstance(finding, Obligation)]
