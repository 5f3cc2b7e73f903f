"""The two statistics that reports and rules state: a share's interval, and whether a share rose.

Both are deterministic to the last bit on every machine: Fisher's test is summed in whole numbers and divided once.
"""

from __future__ import annotations

from math import comb, sqrt
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)
"""The two-sided 95 % point of the normal distribution, 1.959963..."""


def wilson(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's score interval for the share ``successes / n``, as (low, high) between 0 and 1.

    With nothing observed (``n`` is 0) any share is possible: (0.0, 1.0).  Raises ValueError for counts that cannot
    be: negative ones, or more successes than observations.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    return wilson_of_share(successes / n, n, z) if n else (0.0, 1.0)


def wilson_of_share(share: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's interval for a share (0 to 1) of ``n`` observations: any number above 0."""
    spread = z * z / n
    centre = share + spread / 2
    half_width = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if share == 0 else (centre - half_width) / (1 + spread)
    high = 1.0 if share == 1 else (centre + half_width) / (1 + spread)
    return low, high


def fisher_one_sided(a: int, b: int, c: int, d: int) -> float:
    """Return the probability of at least ``a`` in the first cell of ((a, b), (c, d)), margins fixed.

    This is Fisher's exact test, one-sided, for "the first row's share (a of a + b) is above the second's (c of
    c + d)".  Exact: the hypergeometric terms are summed as whole numbers over the shorter tail and divided once.
    Raises ValueError for a negative count.
    """
    if min(a, b, c, d) < 0:
        raise ValueError(f"a count cannot be negative: {(a, b, c, d)}")
    row, column, everything = a + b, a + c, a + b + c + d
    least, most = max(0, row - (b + d)), min(row, column)
    ways = comb(everything, row)
    if most - a <= a - least:
        return _ways_between(a, most, row, column, everything) / ways
    return (ways - _ways_between(least, a - 1, row, column, everything)) / ways


def _ways_between(first: int, last: int, row: int, column: int, everything: int) -> int:
    """Count the ways to choose ``row`` of ``everything`` with ``first`` to ``last`` marked ones.

    ``column`` of ``everything`` are marked.
    """
    if first > last:
        return 0
    unmarked = everything - column
    term = comb(column, first) * comb(unmarked, row - first)
    total = term
    for marked in range(first, last):
        term = term * (column - marked) * (row - marked) // ((marked + 1) * (unmarked - row + marked + 1))
        total += term
    return total
