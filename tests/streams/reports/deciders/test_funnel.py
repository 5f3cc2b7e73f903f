"""Funnel limits: exact binomial ones, as Spiegelhalter interpolates them."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from streams.reports.deciders.funnel import LIMITS, funnel_limits


def by_scipy(n: int, rate: float, probability: float) -> float:
    """Return the limit by the formula of the source, with another library's binomial."""
    count = int(binom.ppf(probability, n, rate))
    above, below = binom.cdf(count, n, rate), binom.cdf(count - 1, n, rate)
    return float((count - (above - probability) / (above - below)) / n)


@pytest.mark.parametrize("rate", [0.001, 0.02, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("n", [1, 2, 7, 60, 1_000, 80_000])
def test_the_limits_are_those_of_the_exact_distribution(n: int, rate: float) -> None:
    """From one decision to a large force's year; a limit beyond what a share can be is none."""
    low, high = funnel_limits(n, rate)
    least, most = (by_scipy(n, rate, probability) for probability in LIMITS)
    assert (low, high) == pytest.approx((max(0.0, min(least, rate)), min(1.0, max(most, rate))), abs=1e-9)
    assert low <= rate <= high


def test_the_funnel_narrows_with_the_number() -> None:
    """Towards the rate."""
    widths = [high - low for low, high in (funnel_limits(n, 0.2) for n in (10, 100, 1_000, 10_000))]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_where_none_or_all_are_counted_nothing_else_is_chance(rate: float) -> None:
    """There is no spread."""
    assert funnel_limits(50, rate) == (rate, rate)


def test_of_nothing_any_share_is_possible() -> None:
    """And no rate beyond certainty."""
    assert funnel_limits(0, 0.2) == (0.0, 1.0)
    with pytest.raises(ValueError, match=r"1\.5 is no rate"):
        funnel_limits(5, 1.5)
