"""How probable it is that a report discloses an unrecorded crime: log odds, added up within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import Final

LEAST_SCORE: Final = 0.001
MOST_SCORE: Final = 0.999
"""A model's score is held between these."""
DECIMALS: Final = 4


def logit(p: float) -> float:
    """Return the log odds of a probability."""
    return log(p / (1 - p))


def logistic(x: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + exp(-x))


def clamp(x: float, bound: float) -> float:
    """Return ``x`` held between ``-bound`` and ``bound``."""
    return min(max(x, -bound), bound)


def log_odds(mean: float, log_ratios: Iterable[float], evidence_cap: float) -> float:
    """Return the log odds of a report: its prior's mean, moved by its own ratios.

    Together they move it no further than the cap.
    """
    return logit(mean) + clamp(sum(log_ratios), evidence_cap)


def scored(odds: float, score: float, weight: float, cap: float) -> float:
    """Return log odds moved part of the way (``weight``) to a model's score, and no further than ``cap``."""
    held = min(max(score, LEAST_SCORE), MOST_SCORE)
    return odds + clamp(weight * (logit(held) - odds), cap)


def probability(odds: float) -> float:
    """Return the probability that is published of log odds: four decimals, half-even."""
    return round(logistic(odds), DECIMALS)
