"""How probable it is that an unrecorded report and a crime record belong together.

Fellegi and Sunter's record linkage: each field that both records state adds the logarithm of how much more likely it is
to agree (or not) between a report and its own crime than between a report and any other.  The weights are ours, by
judgement, not learnt.  A suggestion clears nothing: only a person's word (a Link) links the two.
"""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

from rapidfuzz.fuzz import token_set_ratio

from schemas.identifiers import CrimeRef, normalise
from schemas.records import AsbReport, Crime
from streams.facts.matters import Report
from streams.policy.calendar import DAY, HOUR

RULES_THAT_MISS_A_CRIME = frozenset(
    {
        "crime-not-recorded",
        "incident-closed-unresolved",
        "rape-not-recorded",
        "referral-unlinked",
        "asb-crime-not-recorded",
    }
)
DAYS_BEFORE = 1
DAYS_AFTER = 14
"""A report is compared with the crimes recorded from so many days before it to so many days after it."""
LEAST_PROBABILITY = 0.5
"""A crime less probable than this is not suggested."""


class Weight(NamedTuple):
    """How much agreement and disagreement in a field count, as log odds."""

    agree: float
    disagree: float


VICTIM = Weight(log(0.95 / 0.0005), log(0.05 / 0.9995))
OFFENCE = Weight(log(0.9 / 0.15), log(0.1 / 0.85))
BEAT = Weight(log(0.9 / 0.05), log(0.1 / 0.95))
PLACE = Weight(log(0.8 / 0.002), log(0.1 / 0.9))
TIME = Weight(log(0.7 / 0.01), log(0.05 / 0.9))
SAME_DAY = log(0.25 / 0.1)
"""Times more than an hour but no more than a day apart."""


class Match(NamedTuple):
    """A crime compared with a report; of several the greatest is the best."""

    log_odds: float
    """That the two belong together, before it counts how many crimes there are to choose from."""
    ref: CrimeRef
    reasons: tuple[str, ...]


def compare(report: Report, crime: Crime, ref: CrimeRef) -> Match:
    """Return how well a report and a crime of normalised reference ``ref`` match.

    1. Compare victim, offence class, beat, place and time.  A field that either leaves out counts for nothing.
    2. Add the field's weight for agreement or for disagreement.  Places that are neither alike nor unlike count for
       nothing; times within a day of one another count a little.
    3. Name the fields that agree, without their values.
    """
    log_odds, reasons = 0.0, []
    for (agree, disagree), reason, one, other in (
        (VICTIM, "same victim", report.victim_token, crime.victim_token),
        (OFFENCE, "same offence class", report.offence_class, crime.offence_class),
        (BEAT, "same beat", report.beat, crime.beat),
    ):
        if not one or not other:
            continue
        if one == other or normalise(one) == normalise(other):
            log_odds += agree
            reasons.append(reason)
        else:
            log_odds += disagree
    for (agree, disagree), reason, agreement in (
        (PLACE, "same place", _is_same_place(report.location, crime.location)),
        (TIME, "same time", _is_same_time(_occurred_at(report), crime.occurred_at)),
    ):
        if agreement is None:
            continue
        if isinstance(agreement, float):
            log_odds += agreement
            continue
        log_odds += agree if agreement else disagree
        if agreement:
            reasons.append(reason)
    return Match(log_odds, ref, tuple(reasons))


def probability(match: Match, crime_count: int) -> float:
    """Return how probable a match is where it is the best of ``crime_count`` crimes."""
    return 1 / (1 + exp(log(crime_count) - match.log_odds))


def _is_same_place(one: str | None, other: str | None) -> bool | float | None:
    if not one or not other:
        return None
    ratio = token_set_ratio(one.casefold(), other.casefold())
    return True if ratio >= 90 else False if ratio <= 50 else 0.0


def _is_same_time(one: int | None, other: int | None) -> bool | float | None:
    if one is None or other is None:
        return None
    apart = abs(one - other)
    return True if apart <= HOUR else SAME_DAY if apart <= DAY else False


def _occurred_at(report: Report) -> int | None:
    """Return when it happened, as far as the report says."""
    return None if isinstance(report, AsbReport) else report.occurred_at
