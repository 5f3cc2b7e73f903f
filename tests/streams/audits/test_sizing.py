"""How many records are read, and of which stratum: worked examples to the digit, bounds, and laws."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.audits.sizing import SampleSize, allocate, size_for_half_width, size_of
from streams.audits.strata import FormerReadings, StratumSize
from streams.policy import PolicyBook

POLICY = PolicyBook.built_in().audits
STRATA = [StratumSize("A", 900), StratumSize("B", 400), StratumSize("C", 60)]
FORMER = {
    "A": FormerReadings(80, 70, 100),
    "B": FormerReadings(40, 24, 80),
    "C": FormerReadings(10, 9, 20),
}


def test_the_worked_example_with_a_former_audit() -> None:
    """Neyman's shares: 250 as 159, 82 and 9."""
    size = size_for_half_width(STRATA, 0.05, FORMER, POLICY)
    assert size == SampleSize(250, {"A": 159, "B": 82, "C": 9}, neyman=True)


def test_the_worked_example_without_a_former_audit() -> None:
    """Shares in proportion to the strata: 362 as 240, 106 and 16."""
    size = size_for_half_width(STRATA, 0.05, {}, POLICY)
    assert size == SampleSize(362, {"A": 240, "B": 106, "C": 16}, neyman=False)


@pytest.mark.parametrize("unknown", [{"C": FormerReadings(0, 0, 0)}, {}])
def test_a_stratum_that_nobody_read_before_makes_all_shares_proportional(unknown: dict[str, FormerReadings]) -> None:
    """Rates of some strata only would weigh the others by guess."""
    former = {"A": FORMER["A"], "B": FORMER["B"], **unknown}
    assert size_for_half_width(STRATA, 0.05, former, POLICY) == size_for_half_width(STRATA, 0.05, {}, POLICY)


def test_strata_without_records_are_not_drawn_from() -> None:
    """And what a former audit found in one that is gone says nothing."""
    strata = [*STRATA, StratumSize("D", 0)]
    assert size_for_half_width(strata, 0.05, FORMER, POLICY) == size_for_half_width(STRATA, 0.05, FORMER, POLICY)
    assert size_for_half_width([StratumSize("D", 0)], 0.05, {}, POLICY) == SampleSize(0, {}, neyman=False)
    assert size_of([], 5, {}, POLICY) == SampleSize(0, {}, neyman=False)


@pytest.mark.parametrize("half_width", [0, -0.05])
def test_a_half_width_that_no_sample_reaches_is_refused(half_width: float) -> None:
    """It is above 0."""
    with pytest.raises(ValueError, match="above 0"):
        size_for_half_width(STRATA, half_width, {}, POLICY)


@pytest.mark.parametrize(("n", "total"), [(0, 6), (6, 6), (100, 100), (1360, 1360), (9999, 1360)])
def test_a_given_number_is_brought_within_what_there_is_to_read(n: int, total: int) -> None:
    """At least two of each stratum, at most all."""
    assert size_of(STRATA, n, {}, POLICY).total == total


def test_a_very_narrow_interval_needs_every_record() -> None:
    """And a very wide one the least."""
    assert size_for_half_width(STRATA, 1e-6, {}, POLICY).total == 1360
    assert size_for_half_width(STRATA, 0.9, {}, POLICY).by_stratum == {"A": 2, "B": 2, "C": 2}


def weights(**by_name: float) -> dict[str, Fraction]:
    """Return exact weights."""
    return {name: Fraction(weight) for name, weight in by_name.items()}


def test_what_is_more_than_a_stratum_holds_goes_to_the_others() -> None:
    """A stratum of great weight and few records is read whole."""
    strata = [StratumSize("A", 10), StratumSize("B", 100), StratumSize("C", 100)]
    assert allocate(strata, weights(A=90, B=5, C=5), 50, 2) == {"A": 10, "B": 20, "C": 20}


def test_a_stratum_of_little_weight_is_read_twice_all_the_same() -> None:
    """Or once where it holds one record."""
    strata = [StratumSize("A", 100), StratumSize("B", 100), StratumSize("C", 1)]
    assert allocate(strata, weights(A=100, B=1, C=0.001), 20, 2) == {"A": 17, "B": 2, "C": 1}


def test_what_rounding_leaves_goes_to_the_largest_remainders_and_then_by_name() -> None:
    """Three equal strata share ten as four, three and three."""
    strata = [StratumSize(name, 100) for name in "CAB"]
    assert allocate(strata, weights(A=1, B=1, C=1), 10, 2) == {"A": 4, "B": 3, "C": 3}
    assert allocate(strata, weights(A=1, B=1, C=1.2), 10, 2) == {"A": 3, "B": 3, "C": 4}


def test_a_stratum_read_whole_gives_way_where_the_least_of_the_others_needs_it() -> None:
    """Six records of three strata are two each, whatever the weights."""
    strata = [StratumSize("A", 3), StratumSize("B", 100), StratumSize("C", 100)]
    assert allocate(strata, weights(A=1000, B=1, C=1), 6, 2) == {"A": 2, "B": 2, "C": 2}


NAMED = st.dictionaries(
    st.text("ABCDE", min_size=1, max_size=2),
    st.tuples(st.integers(0, 60), st.fractions(Fraction(1, 1000), 1000)),
    max_size=6,
)


@given(NAMED, st.integers(0, 400), st.integers(1, 5))
def test_an_allocation_adds_up_and_keeps_every_stratum_within_its_bounds(
    named: dict[str, tuple[int, Fraction]], n: int, smallest: int
) -> None:
    """Whatever the weights."""
    strata = [StratumSize(name, population) for name, (population, _) in named.items()]
    sizes = allocate(strata, {name: weight for name, (_, weight) in named.items()}, n, smallest)
    populations = {name: population for name, population in strata if population}
    assert sizes.keys() == populations.keys()
    assert all(min(smallest, populations[name]) <= size <= populations[name] for name, size in sizes.items())
    least = sum(min(smallest, population) for population in populations.values())
    assert sum(sizes.values()) == min(max(n, least), sum(populations.values()))


@given(NAMED, st.integers(0, 400), st.randoms())
def test_an_allocation_does_not_depend_on_the_order_of_strata(
    named: dict[str, tuple[int, Fraction]], n: int, dice: object
) -> None:
    """Nor, with equal remainders, on anything but their names."""
    strata = [StratumSize(name, population) for name, (population, _) in named.items()]
    by_name = {name: weight for name, (_, weight) in named.items()}
    shuffled = list(strata)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate(shuffled, by_name, n, 2) == allocate(strata, by_name, n, 2)
