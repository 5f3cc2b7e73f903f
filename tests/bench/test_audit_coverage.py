"""The measurement that ESTIMATOR.md quotes, over fewer months."""

from __future__ import annotations

import pytest

from tests.bench.audit_coverage import MONTHS, measure


@pytest.mark.parametrize("month", MONTHS)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(month: str) -> None:
    """Nineteen times in twenty; chance alone moves that by 3 % either way over 200 months."""
    found = measure(MONTHS[month], n=120, months=200, seed=1)
    assert found.months == 200
    assert 0.90 <= found.share <= 0.99
    assert abs(found.bias) < 0.01
    assert 0 < found.half_width < 0.2


def test_the_same_seed_measures_the_same() -> None:
    """And another something else."""
    strata = next(iter(MONTHS.values()))
    assert measure(strata, 60, 5, seed=1) == measure(strata, 60, 5, seed=1)
    assert measure(strata, 60, 5, seed=1) != measure(strata, 60, 5, seed=2)
