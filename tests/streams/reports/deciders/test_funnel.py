"""Funnel limits: exact binomial ones."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from streams.reports.deciders.funnel import LIMITS, funnel_limits


@pytest.mark.parametrize("rate", [0.0013, 0.02, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("n", [1, 2, 7, 60, 1_000, 80_000])
def test_the_limits_are_those_of_the_exact_distribution(n: int, rate: float) -> None:
    """From one decision to a large force's year."""
    low, high = (float(binom.ppf(probability, n, rate)) / n for probability in LIMITS)
    assert funnel_limits(n, rate) == pytest.approx((min(low, rate), max(high, rate)), abs=1e-12)


@pytest.mark.parametrize("rate", [0.0013, 0.1, 0.5])
@pytest.mark.parametrize("n", [1, 3, 12, 200])
def test_beyond_a_limit_lies_one_share_in_a_thousand_at_most(n: int, rate: float) -> None:
    """However few decisions there are: one of one is no surprise where a tenth of all are such."""
    low, high = funnel_limits(n, rate)
    above = sum(binom.pmf(count, n, rate) for count in range(n + 1) if count / n > high)
    below = sum(binom.pmf(count, n, rate) for count in range(n + 1) if count / n < low)
    assert max(above, below) <= 0.001 + 1e-12


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
