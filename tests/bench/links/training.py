"""Estimate the model of links: m and u by expectation maximisation, then the calibration.

No truth is needed for m and u (Fellegi and Sunter; Winkler's EM).  A report has one crime at most among all those near
it in time, which is what tells the pairs that belong together from those that are only near one another.  The
calibration is fitted to truth, on other seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, fsum, log
from typing import Final, NamedTuple, TypeAlias

from streams.facts.facts import Facts
from streams.facts.matters import INCIDENT
from streams.policy.calendar import DAY
from streams.suggestions.comparison import LEVELS, Level, compare
from streams.suggestions.pools import Pools, missing_a_crime
from streams.suggestions.scoring import DAYS_AFTER, DAYS_BEFORE

Pattern: TypeAlias = tuple[Level, ...]
"""How a pair agrees in all fields that both state."""

ROUNDS: Final = 30
FIRST_PRIOR: Final = 0.7
LEAST, MOST = 1e-5, 0.9999
"""No level is taken to be rarer or commoner than this: its weight is bounded, whatever was not seen."""
LEAST_BELONGING: Final = 0.01
"""Nor is any rarer than this among pairs that belong together: people make mistakes of which there was no example."""
ONE_REPORT_IN: Final = 8
"""Of how many reports one is compared with every crime, to see how any two agree."""


class Choice(NamedTuple):
    """The pairs of one report that have something in common, of which one at most belongs together."""

    patterns: list[Pattern]
    competing: int
    """About how many crimes there are to choose from."""


class Estimate(NamedTuple):
    """What expectation maximisation came to."""

    prior: float
    """The share of reports whose crime is there."""
    m: dict[Level, float]


def choices_of(pools: Pools, facts: Facts) -> list[Choice]:
    """Return the pairs of every report with an open alert that misses a crime: most of these have one."""
    missing = (key for key in pools.reports if any(missing_a_crime(facts.matters[INCIDENT][key[1]])))
    found = map(pools.pairs_of_report, missing)
    return [Choice([pair.levels for pair in pairs], competing) for pairs, competing in found if pairs]


def any_patterns(pools: Pools) -> Iterable[Pattern]:
    """Yield how a report and any crime near it in time agree; of one report in so many."""
    for report in list(pools.reports.values())[::ONE_REPORT_IN]:
        for crime in pools.crimes.values():
            if -DAYS_BEFORE <= crime.recorded_at // DAY - report.reported_at // DAY <= DAYS_AFTER:
                yield tuple(compare(report, crime))


def estimate(
    choices: Sequence[Choice],
    u: Mapping[Level, float],
    m: Mapping[Level, float],
    *,
    levels: Mapping[str, Sequence[str]] = LEVELS,
    rounds: int = ROUNDS,
) -> Estimate:
    """Estimate m of the pairs that belong together, by the u of any two, beginning with some m.

    1. Work out how probably each pair belongs together, against all others of its report and against none.
    2. Count each level by that probability: its share is m from now on.  Their sum over all reports is the prior.
    3. Go on from 1.
    """
    prior, current = FIRST_PRIOR, dict(m)
    for _ in range(rounds):
        log_ratios = {level: log(current[level] / u[level]) for level in current}
        weighed: list[tuple[Pattern, float]] = []
        for patterns, competing in choices:
            ratios = [exp(sum([log_ratios[level] for level in pattern])) for pattern in patterns]
            whole = (1 - prior) / prior * max(competing, len(ratios)) + fsum(ratios)
            weighed.extend((pattern, ratio / whole) for pattern, ratio in zip(patterns, ratios, strict=True))
        prior = min(max(fsum(weight for _, weight in weighed) / len(choices), 0.001), 0.999)
        current = {level: max(share, LEAST_BELONGING) for level, share in shares(weighed, levels).items()}
    return Estimate(prior, current)


def shares(
    counted: Iterable[tuple[Pattern, float]], levels: Mapping[str, Sequence[str]] = LEVELS
) -> dict[Level, float]:
    """Return each level's share among the pairs that state its field."""
    number = {(field, name): 0.0 for field, names in levels.items() for name in names}
    for pattern, weight in counted:
        for level in pattern:
            number[level] += weight
    found = {}
    for field, names in levels.items():
        whole = sum(number[field, name] for name in names)
        for name in names:
            seen = number[field, name] / whole if whole else 1 / len(names)
            found[field, name] = min(max(seen, LEAST), MOST)
    return found


def fit_platt(stated: Sequence[tuple[float, bool]], rounds: int = 100) -> tuple[float, float]:
    """Return intercept and slope by which log odds become calibrated probabilities (Platt, by Newton's method)."""
    intercept, slope = 0.0, 1.0
    for _ in range(rounds):
        gradient, cross = [0.0, 0.0], [1e-3, 0.0, 1e-3]
        for odds, right in stated:
            p = 1 / (1 + exp(-max(min(intercept + slope * odds, 500.0), -500.0)))
            for place, factor in enumerate((1.0, odds)):
                gradient[place] += (p - right) * factor
            for place, factor in enumerate((1.0, odds, odds * odds)):
                cross[place] += p * (1 - p) * factor
        determinant = cross[0] * cross[2] - cross[1] ** 2
        steps = (
            (cross[2] * gradient[0] - cross[1] * gradient[1]) / determinant,
            (cross[0] * gradient[1] - cross[1] * gradient[0]) / determinant,
        )
        intercept, slope = intercept - steps[0], slope - steps[1]
        if max(map(abs, steps)) < 1e-9:
            break
    return intercept, slope
