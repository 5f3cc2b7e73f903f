from __future__ import annotations

from fractions import Fraction
from math import comb, exp, fsum, lgamma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.facts.statistics import fisher_one_sided, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombes_published_table(successes: int, n: int, low: float, high: float) -> None:
    """The intervals are those of R. G. Newcombe, Statistics in Medicine 17 (1998), table I, to its four decimals."""
    assert list(wilson(successes, n)) == pytest.approx([low, high], abs=5e-5)


def test_wilson_says_anything_is_possible_where_nothing_was_observed() -> None:
    """No observations leave the whole range from 0 to 1."""
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_counts_that_cannot_be(counts: tuple[int, int]) -> None:
    """More successes than observations, or fewer than none, are a bug and not a share."""
    with pytest.raises(ValueError, match="no share"):
        wilson(*counts)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_encloses_the_observed_share_and_mirrors_its_complement(counts: tuple[int, int]) -> None:
    """Low <= share <= high within 0 to 1, and failures have the mirrored interval."""
    successes, n = counts
    low, high = wilson(successes, n)
    assert 0.0 <= low <= successes / n <= high <= 1.0
    assert list(wilson(n - successes, n)) == pytest.approx([1 - high, 1 - low])


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 1, 1, 3), 17 / 70),  # Fisher's lady tasting tea
        ((4, 0, 0, 4), 1 / 70),
        ((10, 2, 3, 15), 0.0004652),  # Fisher's twins and their convictions
        ((0, 0, 0, 0), 1.0),
        ((0, 7, 0, 9), 1.0),
        ((5, 0, 9, 0), 1.0),
    ],
)
def test_fisher_agrees_with_known_values(table: tuple[int, int, int, int], p: float) -> None:
    """The one-sided probabilities are the textbook's; a table that can only be as it is has probability one."""
    assert fisher_one_sided(*table) == pytest.approx(p, rel=1e-4)


@given(st.tuples(*[st.integers(0, 40)] * 4))
def test_fisher_is_the_sum_of_hypergeometric_terms_rounded_once(table: tuple[int, int, int, int]) -> None:
    """Whichever tail is summed, the result is the exact fraction's nearest float."""
    a, b, c, d = table
    row, column, everything = a + b, a + c, a + b + c + d
    terms = (comb(column, i) * comb(everything - column, row - i) for i in range(a, min(row, column) + 1))
    assert fisher_one_sided(a, b, c, d) == float(Fraction(sum(terms), comb(everything, row)))


def test_fisher_stays_exact_for_thousands_of_calls() -> None:
    """A month of a large control room gives the probability that logarithms of factorials give."""

    def log_comb(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    terms = (exp(log_comb(2_600, i) + log_comb(22_400, 5_000 - i) - log_comb(25_000, 5_000)) for i in range(600, 2_601))
    assert fisher_one_sided(600, 4_400, 2_000, 18_000) == pytest.approx(fsum(terms), rel=1e-6)


def test_fisher_refuses_a_negative_count() -> None:
    """A count below zero is a bug."""
    with pytest.raises(ValueError, match="negative"):
        fisher_one_sided(1, -1, 2, 3)
