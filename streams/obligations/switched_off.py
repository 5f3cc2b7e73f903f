"""Rules that the policy switches off, or has judged from a date on: all else is out of their scope.

It silences alerts and changes no count: what rules say of a matter is asked for elsewhere too, and answered as ever.
"""

from __future__ import annotations

from collections.abc import Callable

from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Finding, Judgement, Postponed, Rule


def judge_switched_on(
    rule: Rule, judge: Callable[[Matter, Context], Judgement], matter: Matter, context: Context
) -> Judgement:
    """Return what a rule finds of a matter, without what it is off for or what is before its date."""
    judgement = judge(matter, context)
    if judgement is None or isinstance(judgement, Postponed):
        return judgement
    if not isinstance(judgement, list):
        return None if _is_off(rule, matter, judgement, context) else judgement
    return [finding for finding in judgement if not _is_off(rule, matter, finding, context)]


def _is_off(rule: Rule, matter: Matter, finding: Finding, context: Context) -> bool:
    """Return whether the rule was off, or not yet judged, at the own time of what a finding is about."""
    moment = rule.dated(matter, finding) if rule.dated is not None else None
    if moment is None:
        moment = getattr(matter.record.first, matter.kind.begins) if matter.held else context.clock
    return not context.policy(moment).judges(rule.id, moment)
