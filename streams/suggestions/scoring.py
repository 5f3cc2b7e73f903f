"""How probable it is that an unrecorded report and a crime record belong together.

Fellegi and Sunter's record linkage: each field that both records state adds the logarithm of how much more often it
agrees so between a report and its own crime than between a report and any other.  The sums of all pairs that one
record could be half of are weighed against one another and against there being none, and calibrated.  A suggestion
clears nothing: only a person's word (a Link) links the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from schemas.products import FieldWeight, ProbableRecord, SubjectSystem
from schemas.records import Crime
from streams.facts.matters import Report
from streams.suggestions.comparison import (
    ComparedCrime,
    ComparedReport,
    Level,
    compare,
    compare_stated,
    first_reported_at,
)
from streams.suggestions.model import Calibration, built_in, built_in_weights

RULES_THAT_MISS_A_CRIME = frozenset(
    {
        "crime-not-recorded",
        "crime-reference-unknown",
        "incident-closed-unresolved",
        "rape-not-recorded",
        "referral-unlinked",
        "asb-crime-not-recorded",
    }
)
DAYS_BEFORE = 1
DAYS_AFTER = 14
"""A report is compared with the crimes recorded from so many days before it to so many days after it."""
MOST_SUGGESTED: Final = 3

K = TypeVar("K")


class Pair(NamedTuple, Generic[K]):
    """The other half of a pair, and what is said for it."""

    other: K
    log_ratio: float
    """The logarithm of how much more often two that belong together agree so."""
    levels: tuple[Level, ...]


class ProbablePair(NamedTuple, Generic[K]):
    """The other half of a pair, and how probable it is."""

    other: K
    probability: float
    levels: tuple[Level, ...]


def weigh(other: K, report: ComparedReport, crime: ComparedCrime) -> Pair[K]:
    """Return what is said for a report and a crime; ``other`` is the half that is not searched for."""
    weights, levels = built_in_weights(), tuple(compare(report, crime))
    return Pair(other, sum([weights[level].log_ratio for level in levels]), levels)


def is_doubtful(report: Report, crime: Crime) -> bool:
    """Return whether all that two linked records state speaks against their belonging together.

    A mistyped reference often is another record's.
    """
    if report.victim_token and report.victim_token == crime.victim_token:
        return False
    weights = built_in_weights()
    levels = compare_stated(report, first_reported_at(report), crime, crime.recorded_at)
    return sum([weights[level].log_ratio for level in levels]) < built_in().doubt


def most_probable(pairs: Iterable[Pair[K]], competing: int, calibration: Calibration) -> list[ProbablePair[K]]:
    """Return the most probable pairs of one record, the best first, of ``competing`` others.

    1. Weigh each pair against all others and against there being none; calibrate.
    2. Leave out what is less probable than the model's least.
    3. Take the best; of equal ones the first by reference.
    """
    weighed = list(pairs)
    if not weighed:
        return []
    probabilities = calibration.probability([pair.log_ratio for pair in weighed], competing)
    found = [
        ProbablePair(pair.other, round(probability, 4), pair.levels)
        for pair, probability in zip(weighed, probabilities, strict=True)
        if probability >= built_in().least_probability
    ]
    return sorted(found, key=lambda pair: (-pair.probability, pair.other))[:MOST_SUGGESTED]


def reasons(levels: Sequence[Level]) -> tuple[str, ...]:
    """Return what speaks for a pair, in words, without any value of a record."""
    weights = built_in_weights()
    return tuple(weights[level].words for level in levels if weights[level].log_ratio > 0)


def probable_record(system: SubjectSystem, ref: str, pair: ProbablePair[K]) -> ProbableRecord:
    """Return the other half of a pair, whose record was first written as ``ref``, as it is published."""
    weights = built_in_weights()
    return ProbableRecord(
        system=system,
        ref=ref,
        probability=pair.probability,
        reasons=reasons(pair.levels),
        weights=tuple(
            FieldWeight(field=level[0], finding=weights[level].words, weight=round(weights[level].log_ratio, 2))
            for level in pair.levels
        ),
    )
