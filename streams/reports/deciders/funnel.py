"""The limits of a funnel plot: between what a share lies by chance alone, for how many it is of.

Source: D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
1185-1202: exact binomial limits, the pair between which at least 99.8 % of shares fall.  They are not interpolated
between whole numbers, as there: beyond either lies one share in a thousand at most, however few there are.
"""

from __future__ import annotations

from math import exp, floor, lgamma, log, log1p, sqrt
from typing import Final

LIMITS: Final = (0.001, 0.999)
"""Below and above which, one in a thousand each, a share lies by chance."""
_FAR: Final = 12
"""So many standard deviations from the mean nothing that matters is left."""


def funnel_limits(n: int, rate: float) -> tuple[float, float]:
    """Return the 99.8 % limits of a share of ``n``, each of which counts with probability ``rate``.

    With nothing counted (``n`` is 0) any share is possible.  Raises ValueError for a rate outside 0 to 1.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"{rate} is no rate")
    if n == 0:
        return 0.0, 1.0
    if rate in (0, 1):
        return rate, rate
    low, high = (_limit(n, rate, probability) for probability in LIMITS)
    return min(low, rate), max(high, rate)


def _limit(n: int, rate: float, probability: float) -> float:
    """Return the least share up to which a binomial's distribution reaches ``probability``."""
    count = max(0, floor(n * rate - _FAR * sqrt(n * rate * (1 - rate))))
    term = exp(
        lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1) + count * log(rate) + (n - count) * log1p(-rate)
    )
    reached = term
    while reached < probability and count < n:
        term *= (n - count) / (count + 1) * rate / (1 - rate)
        count += 1
        reached += term
    return count / n
