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
    """Return what a rule finds of a matter, without what it is off for or what is before its date.

    Where all that it finds has the matter's own time, it is not asked about a matter for which it is not judged.
    """
    if rule.dated is None:
        return judge(matter, context) if is_on(rule, own_time(matter, context), context) else None
    judgement = judge(matter, context)
    if judgement is None or isinstance(judgement, Postponed):
        return judgement
    if not isinstance(judgement, list):
        return judgement if is_on(rule, _time_of(rule, matter, judgement, context), context) else None
    return [finding for finding in judgement if is_on(rule, _time_of(rule, matter, finding, context), context)]


def is_on(rule: Rule, moment: int, context: Context) -> bool:
    """Return whether a rule is on, and judged, for what is of this time (ms)."""
    return context.policy(moment).judges(rule.id, moment)


def _time_of(rule: Rule, matter: Matter, finding: Finding, context: Context) -> int:
    """Return the own time (ms) of what a finding is about; the matter's where that is not stated."""
    moment = rule.dated(matter, finding) if rule.dated is not None else None
    return own_time(matter, context) if moment is None else moment


def own_time(matter: Matter, context: Context) -> int:
    """Return when (ms) a matter was first stated to have begun; the clock where it is not held."""
    return getattr(matter.record.first, matter.kind.begins) if matter.held else context.clock
