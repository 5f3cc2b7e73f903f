"""Regularised logistic regression on marks that are there or not, counted by cells of equal marks.

One weight after another is moved by a step of Newton's method until none moves any more.  Weights are pulled towards 0
(L2, a normal prior): a mark that few reports show weighs little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

import msgspec

from streams.reviews.model.marks import Marks
from streams.reviews.probability import logistic

MOST_ROUNDS: Final = 20
LONGEST_STEP: Final = 2.0
SMALL_STEP: Final = 0.01
"""A round in which no weight moves further is the last."""


class Outcomes(msgspec.Struct):
    """How often something was so, of how many reports of equal marks; counts need not be whole."""

    yes: float = 0.0
    of: float = 0.0


class Weights(msgspec.Struct, frozen=True):
    """Log odds: of a report without any of these marks, and what each mark adds."""

    without: float
    marks: dict[str, float]

    def probability(self, marks: Marks) -> float:
        """Return how probable it is for a report of these marks; a mark that is not known adds nothing."""
        return logistic(self.without + sum(self.marks.get(mark, 0.0) for mark in marks))


def fit(cells: Mapping[Marks, Outcomes], shrinkage: float) -> Weights:
    """Return the weights under which the outcomes are likeliest; ``shrinkage`` pulls them towards 0."""
    outcomes = list(cells.values())
    showing: dict[str, list[int]] = defaultdict(list)
    for place, marks in enumerate(cells):
        for mark in marks:
            showing[mark].append(place)
    yes, of = sum(cell.yes for cell in outcomes), sum(cell.of for cell in outcomes)
    without = log((yes + 0.5) / (of - yes + 0.5))
    odds = [without] * len(outcomes)
    weights = dict.fromkeys(showing, 0.0)
    for _ in range(MOST_ROUNDS):
        step = _step(outcomes, odds, range(len(odds)), 0.0, 0.0)
        without += step
        longest = abs(step)
        for mark, places in showing.items():
            step = _step(outcomes, odds, places, weights[mark], shrinkage)
            weights[mark] += step
            longest = max(longest, abs(step))
        if longest < SMALL_STEP:
            break
    return Weights(without, {mark: round(weight, 4) for mark, weight in sorted(weights.items())})


def _step(
    outcomes: Sequence[Outcomes], odds: list[float], places: Sequence[int], weight: float, shrinkage: float
) -> float:
    """Move the log odds of these cells by Newton's step for the weight they share, and return the step."""
    slope, curvature = -shrinkage * weight, shrinkage + 1e-9
    for place in places:
        probability, cell = logistic(odds[place]), outcomes[place]
        slope += cell.yes - cell.of * probability
        curvature += cell.of * probability * (1 - probability)
    step = max(-LONGEST_STEP, min(LONGEST_STEP, slope / curvature))
    for place in places:
        odds[place] += step
    return step
