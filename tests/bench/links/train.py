"""Train the model of links on some seeds, calibrate it on others, and write it."""

from __future__ import annotations

from math import log
from typing import Final

import msgspec

from streams.suggestions.model import Calibration
from tests.bench.links.force import Force
from tests.bench.links.measure import Outcome, outcome
from tests.bench.links.model_file import ship, shipped, text_of
from tests.bench.links.training import Choice, Pattern, any_patterns, choices_of, estimate, fit_platt, shares

TRAINED_ON: Final = (101, 102, 103)
CALIBRATED_ON: Final = (201, 202, 203)
DAYS_OF_PAIRS: Final = 4
"""How many days of reports are paired with all crimes for the estimate: their pairs grow with the square."""
UNCALIBRATED: Final = Calibration(prior=0.5, intercept=0.0, slope=1.0)
EVERYTHING: Final = 0.002
"""While the calibration is fitted, what is as improbable as this is suggested too."""
Stated = list[tuple[float, bool]]


def train(version: str | None, days: int) -> str:
    """Estimate, calibrate and write the model; return its file.

    1. Take u from pairs of any two records near in time, and estimate m from those that have something in common.
    2. Judge other seeds by these, uncalibrated, and fit the calibration to what is true.
    """
    like, m, _ = shipped()
    choices: list[Choice] = []
    anything: list[tuple[Pattern, float]] = []
    for seed in TRAINED_ON:
        monitor = outcome(Force(seed), DAYS_OF_PAIRS).monitor
        pools = monitor._missed._pools
        choices += choices_of(pools, monitor.context.facts)
        anything += ((pattern, 1.0) for pattern in any_patterns(pools))
    u = shares(anything)
    estimated = estimate(choices, u, m)
    version = version or like.version
    least = like.least_probability
    like = msgspec.structs.replace(like, least_probability=EVERYTHING, reports=UNCALIBRATED, crimes=UNCALIBRATED)
    ship(text_of(version, like, estimated.m, u))
    outcomes = [outcome(Force(seed), days) for seed in CALIBRATED_ON]
    like = msgspec.structs.replace(
        like,
        least_probability=least,
        reports=_calibration([pair for one in outcomes for pair in _of_reports(one)]),
        crimes=_calibration([pair for one in outcomes for pair in _of_crimes(one)]),
    )
    text = text_of(version, like, estimated.m, u)
    ship(text)
    return text


def _calibration(stated: Stated) -> Calibration:
    intercept, slope = fit_platt([(log(p / (1 - p)), right) for p, right in stated if 0 < p < 1])
    return Calibration(prior=UNCALIBRATED.prior, intercept=intercept, slope=slope)


def _of_reports(found: Outcome) -> Stated:
    return [(_inside(probability), ref == one.true_ref) for one in found.reports for ref, probability in one.candidates]


def _of_crimes(found: Outcome) -> Stated:
    return [(_inside(probability), ref == one.true_ref) for one in found.crimes for ref, probability in one.candidates]


def _inside(probability: float) -> float:
    """Return a probability that was rounded to 0 or 1 as the nearest that is neither."""
    return min(max(probability, 0.00005), 0.99995)
