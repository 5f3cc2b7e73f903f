"""Valid dispositions and decisions: what answers a report without a crime, and since when it has.

An incident's disposition and a referral's or ASB report's decision are the same idea in two systems.  CRIMED alone
answers nothing: it promises a crime record, and only the record keeps the promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from schemas.identifiers import normalise
from schemas.records import AsbReport, Incident, Referral
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.counting import may_be_n100
from streams.obligations.no_crime_flaws import stated

NO_CRIME_ANSWERS = frozenset({"CRIME_RELATED_INCIDENT", "NOT_A_CRIME"})
RAPE_ANSWERS = frozenset({"N100", "DUPLICATE"})


def decided(said: Incident | Referral | AsbReport) -> str | None:
    """Return the disposition or decision that a snapshot states."""
    return said.disposition if isinstance(said, Incident) else said.decision


def rationale(said: Incident | Referral | AsbReport) -> str | None:
    """Return the reason given for the disposition or decision."""
    return said.disposition_rationale if isinstance(said, Incident) else said.decision_rationale


def answered_since(report: Matter, context: Context, among: frozenset[str] | None = None) -> int | None:
    """Return since when (ms) a report has had a valid disposition or decision without a break, or None.

    ``among`` narrows which dispositions are looked at.
    """
    if decided(report.newest) is None:
        return None

    def holds(said: Any, moment: int) -> bool:
        return (among is None or decided(said) in among) and _answers(report, said, moment, context)

    if report.kind is INCIDENT:
        return _held_since(report, holds, _duplicate_moments(report, context))
    return _held_since(report, holds, ())


def delayed(report: Matter, due_at: int) -> bool:
    """Say whether recording is delayed with the registrar's oversight since no later than ``due_at``, and still is.

    CRR, "Delayed recording": with a rationale and FCR oversight; it moves the deadline and meets nothing.
    """
    since = report.record.since(_is_delay)
    return since is not None and since.event_time <= due_at


def _is_delay(said: Any) -> bool:
    return decided(said) == "DELAYED" and stated(rationale(said)) and said.fcr_oversight


def _answers(report: Matter, said: Any, moment: int, context: Context) -> bool:
    answer = decided(said)
    if answer in NO_CRIME_ANSWERS:
        return stated(rationale(said)) and said.reporter_informed
    if answer == "EXEMPT":
        return stated(rationale(said)) and said.fcr_oversight
    if answer == "TRANSFERRED":
        return stated(said.other_force_crime_ref)
    if answer == "N100":
        return stated(said.n100_code) and may_be_n100(report, said, context)
    if answer == "DUPLICATE":
        return _duplicates(report, said, moment, context)
    return False


def _duplicates(report: Matter, said: Incident, moment: int, context: Context) -> bool:
    ref = normalise(said.duplicate_of or "")
    other = context.facts.incidents.get(ref)
    if other is None or other is report:
        return False
    other_said = other.record.as_of(moment)
    return other_said is not None and other_said.disposition != "DUPLICATE"


def _duplicate_moments(report: Matter, context: Context) -> Iterable[int]:
    """Yield the moments at which an incident that this one was said to duplicate changed."""
    named = {normalise(said.duplicate_of) for said in report.record.effective if said.duplicate_of}
    for ref in named:
        other = context.facts.incidents.get(ref)
        if other is not None and other is not report:
            for said in other.record.effective:
                yield said.event_time


def _held_since(report: Matter, holds: Callable[[Any, int], bool], others: Iterable[int]) -> int | None:
    start = None
    for moment in sorted({*(said.event_time for said in report.record.effective), *others}, reverse=True):
        said = report.record.as_of(moment)
        if said is None or not holds(said, moment):
            break
        start = moment
    return start
