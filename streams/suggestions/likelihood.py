"""Which crime record an unrecorded report probably belongs to: a suggestion for a person, which clears nothing.

Fellegi and Sunter's record linkage: each thing that both records state adds the logarithm of how much more likely it
is to agree (or not) between a report and its own crime than between a report and any other.  The weights are ours, by
judgement, not learnt; a person's word (a Link) is what makes a link of a suggestion.
"""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

from rapidfuzz.fuzz import token_set_ratio

from schemas.identifiers import CrimeRef, normalise
from schemas.products import Alert, Candidate
from schemas.records import AsbReport, Crime
from streams.facts.context import Context
from streams.facts.matters import Matter, Report
from streams.policy.calendar import DAY, HOUR

RULES_THAT_MISS_A_CRIME = frozenset({
    "crime-not-recorded", "incident-closed-unresolved", "rape-not-recorded", "referral-unlinked",
    "asb-crime-not-recorded",
})  # fmt: skip
DAYS_BEFORE = 1
DAYS_AFTER = 14
"""Crimes recorded so many days around the report are looked at."""
LEAST = 0.5
"""A suggestion less probable than this is none."""


class Weight(NamedTuple):
    """What agreement and disagreement say, as log odds."""

    agree: float
    disagree: float


VICTIM = Weight(log(0.95 / 0.0005), log(0.05 / 0.9995))
OFFENCE = Weight(log(0.9 / 0.15), log(0.1 / 0.85))
BEAT = Weight(log(0.9 / 0.05), log(0.1 / 0.95))
PLACE = Weight(log(0.8 / 0.002), log(0.1 / 0.9))
HAPPENED = Weight(log(0.7 / 0.01), log(0.05 / 0.9))
NEARLY = log(0.25 / 0.1)


class Likest(NamedTuple):
    """Of the crimes around a report, the one most likely to be its own."""

    odds: float
    """Log odds that the two are of one matter, before it counts how many crimes there are to choose from."""
    ref: CrimeRef
    reasons: tuple[str, ...]


def suggestion(report: Matter, alert: Alert, likest: Likest, count: int, context: Context) -> Candidate | None:
    """Suggest the likest of so many crimes for a report's alert; None where it is not probable."""
    probability = 1 / (1 + exp(log(count) - likest.odds))
    if probability < LEAST:
        return None
    return Candidate(
        alert_id=alert.alert_id,
        force=context.force,
        subject_system=report.kind.system,
        subject_ref=report.written_ref(),
        crime_ref=context.facts.crimes[likest.ref].written_ref(),
        probability=round(probability, 4),
        reasons=likest.reasons,
    )


def likeness(report: Report, crime: Crime) -> tuple[float, list[str]]:
    """Return the log odds that a report and a crime are of one matter, and what speaks for it."""
    odds, reasons = 0.0, []
    for weight, reason, agrees in (
        (VICTIM, "same victim", _same(report.victim_token, crime.victim_token)),
        (OFFENCE, "same offence class", _same(report.offence_class, crime.offence_class)),
        (BEAT, "same beat", _same(report.beat, crime.beat)),
        (PLACE, "same place", _alike(report.location, crime.location)),
        (HAPPENED, "same time", _together(_happened(report), crime.occurred_at)),
    ):
        if agrees is None:
            continue
        if isinstance(agrees, float):
            odds += agrees
            continue
        odds += weight.agree if agrees else weight.disagree
        if agrees:
            reasons.append(reason)
    return odds, reasons


def _same(one: str | None, other: str | None) -> bool | None:
    return None if not one or not other else normalise(one) == normalise(other)


def _alike(one: str | None, other: str | None) -> bool | float | None:
    if not one or not other:
        return None
    ratio = token_set_ratio(one.casefold(), other.casefold())
    return True if ratio >= 90 else False if ratio <= 50 else 0.0


def _together(one: int | None, other: int | None) -> bool | float | None:
    if one is None or other is None:
        return None
    apart = abs(one - other)
    return True if apart <= HOUR else NEARLY if apart <= DAY else False


def _happened(report: Report) -> int | None:
    """Return when (ms) it happened, as far as the report says."""
    return None if isinstance(report, AsbReport) else report.occurred_at
