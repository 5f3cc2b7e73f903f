"""The estimated share, its interval and the yearly number: worked examples to the digit, edges, and laws."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.audits.estimation import (
    ReadPair,
    SampledStratum,
    ShareEstimate,
    estimate,
    join_single_readings,
    unrecorded_a_year,
)
from streams.policy import PolicyBook

Z = PolicyBook.built_in().audits.z


def stratum(name: str, population: int | None, **counts: int) -> SampledStratum:
    """Return a stratum with so many readings of each kind: ``x1y0`` is one crime found and none recorded."""
    readings = [ReadPair(int(kind[1]), int(kind[3])) for kind, count in counts.items() for _ in range(count)]
    return SampledStratum(name, population, tuple(readings))


A = stratum("A", 400, x1y1=18, x2y1=2, x1y0=4, x0y0=16)
B = stratum("B", 100, x1y1=6, x1y0=3, x0y0=11)


def test_the_worked_example_of_two_strata() -> None:
    """Y 230 of X 305; the standard error, the effective size and the interval to their fourth decimal."""
    share = estimate([A, B], Z)
    assert share.share is not None
    assert Fraction(share.share).limit_denominator(1000) == Fraction(230, 305)
    assert share.standard_error == pytest.approx(0.0656, abs=5e-5)
    assert share.effective_size == pytest.approx(43.0538, abs=5e-5)
    assert [share.low, share.high] == pytest.approx([0.6083, 0.8583], abs=5e-5)
    assert (share.readings, share.population, share.left_out) == (60, 500, ())


def test_the_worked_example_of_a_year() -> None:
    """Where 1,200 crimes are recorded in the year, some 391 are not."""
    year = unrecorded_a_year(1200, estimate([A, B], Z))
    assert year.number == pytest.approx(391.3043, abs=5e-5)
    assert [year.low, year.high] == pytest.approx([198.1507, 772.7406], abs=5e-5)


def test_the_worked_example_of_one_stratum_of_unknown_size() -> None:
    """1,419 of 1,872 crimes, found one a reading, without correction: 75.8 % and 1.94 to either side."""
    share = estimate([stratum("ALL", None, x1y1=1419, x1y0=1872 - 1419)], Z)
    assert share.share == pytest.approx(0.758, abs=5e-4)
    assert [share.low, share.high] == pytest.approx([0.7381, 0.7769], abs=5e-5)
    assert share.low is not None
    assert share.high is not None
    assert (share.high - share.low) / 2 == pytest.approx(0.0194, abs=5e-5)
    assert share.population is None


def test_where_no_crime_is_found_there_is_no_share() -> None:
    """Nothing of nothing is unknown, not nothing; nor can a year be told."""
    share = estimate([stratum("A", 10, x0y0=4)], Z)
    assert share == ShareEstimate(None, None, None, None, None, 4, 10, ())
    assert unrecorded_a_year(100, share) == (None, None, None)
    assert estimate([], Z) == ShareEstimate(None, None, None, None, None, 0, 0, ())


def test_a_stratum_without_readings_is_left_out_and_named() -> None:
    """It weighs nothing, and one without records is no stratum; what is left is not the frame read whole."""
    share = estimate([stratum("A", 4, x1y1=2, x1y0=2), stratum("B", 7), stratum("C", 0)], Z)
    assert (share.share, share.left_out, share.population) == (0.5, ("B",), 11)
    assert share.low is not None
    assert share.low < 0.5


def test_a_frame_read_whole_leaves_nothing_open() -> None:
    """Its share is the share."""
    share = estimate([stratum("A", 4, x1y1=2, x1y0=2), stratum("B", 1, x1y1=1)], Z)
    assert (share.share, share.low, share.high) == (0.6, 0.6, 0.6)
    assert (share.standard_error, share.effective_size) == (0, None)


def test_a_stratum_read_whole_adds_no_variance() -> None:
    """Only what is unread of the other can differ."""
    alone = estimate([stratum("A", 4, x1y1=3, x1y0=1), stratum("B", 100, x1y1=8, x1y0=2)], Z)
    whole = estimate([stratum("A", 4, x1y1=3, x1y0=1), stratum("B", 10, x1y1=8, x1y0=2)], Z)
    assert alone.standard_error is not None
    assert alone.standard_error > 0
    assert whole.standard_error == 0


@pytest.mark.parametrize(("right", "low", "high"), [(20, 0.8389, 1.0), (0, 0.0, 0.1611)])
def test_where_all_or_none_is_recorded_the_interval_is_that_of_the_crimes_found(
    right: int, low: float, high: float
) -> None:
    """The variance is nothing, and yet nothing is certain: Wilson's interval of 20 (Newcombe 1998, table I)."""
    share = estimate([stratum("A", 100, x2y2=right // 2, x2y0=10 - right // 2, x0y0=5)], Z)
    assert [share.low, share.high] == pytest.approx([low, high], abs=5e-5)
    assert share.effective_size == 20


def test_a_yearly_number_that_would_divide_by_nothing_is_not_known() -> None:
    """Where no crime is recorded, any number may go unrecorded."""
    year = unrecorded_a_year(100, estimate([stratum("A", 100, x1y0=20)], Z))
    assert (year.number, year.high) == (None, None)
    assert year.low == pytest.approx(100 * (1 / 0.1611 - 1), rel=1e-3)


def test_a_stratum_of_one_reading_is_joined_to_the_next_by_name() -> None:
    """The last to the one before it; one that is read whole stands alone."""
    strata = [stratum("A", 9, x1y1=1), stratum("B", 9, x1y1=1), stratum("C", 1, x1y1=1), stratum("D", 9, x1y0=1)]
    assert [(joined.name, joined.population, len(joined.readings)) for joined in join_single_readings(strata)] == [
        ("A + B", 18, 2),
        ("C + D", 10, 2),
    ]
    assert join_single_readings(strata[:1]) == strata[:1]
    assert join_single_readings([*strata[2:3], *strata[:1]])[0].name == "C + A"


def test_a_joined_stratum_weighs_as_one() -> None:
    """As if its records had been drawn from both alike."""
    joined = estimate([stratum("A", 10, x1y0=1), stratum("B", 90, x1y1=3, x1y0=1)], Z)
    assert joined == estimate([stratum("A", 100, x1y1=3, x1y0=2)], Z)


def test_one_reading_alone_is_told_by_the_crimes_it_found() -> None:
    """There is no stratum to join it to."""
    share = estimate([stratum("A", 10, x1y1=1)], Z)
    assert (share.share, share.high) == (1, 1)
    assert share.low == pytest.approx(0.2065, abs=5e-5)


PAIRS = st.integers(0, 3).flatmap(lambda of: st.builds(ReadPair, st.just(of), st.integers(0, of)))


@st.composite
def strata(draw: Any) -> list[SampledStratum]:
    """Draw up to four strata, read in part, whole or not at all."""
    made = []
    for name in "ABCD"[: draw(st.integers(1, 4))]:
        readings = tuple(draw(st.lists(PAIRS, max_size=12)))
        made.append(SampledStratum(name, len(readings) + draw(st.integers(0, 30)), readings))
    return made


@given(strata())
def test_the_interval_lies_between_0_and_1_and_contains_the_share(drawn: list[SampledStratum]) -> None:
    """Or there is neither."""
    share = estimate(drawn, Z)
    if share.share is None:
        assert all(pair.of == 0 for one in drawn for pair in one.readings)
        return
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.share <= share.high <= 1


@given(strata(), st.permutations("ABCD"))
def test_neither_the_order_of_strata_nor_of_readings_matters(drawn: list[SampledStratum], order: list[str]) -> None:
    """To the last bit."""
    shuffled = sorted(
        (one._replace(readings=tuple(reversed(one.readings))) for one in drawn), key=lambda one: order.index(one.name)
    )
    assert estimate(shuffled, Z) == estimate(drawn, Z)


@given(strata())
def test_joining_loses_no_reading_and_no_record(drawn: list[SampledStratum]) -> None:
    """And leaves no stratum of one reading, unless there is no other."""
    read = [one for one in drawn if one.readings]
    joined = join_single_readings(read)
    assert Counter(pair for one in joined for pair in one.readings) == Counter(
        pair for one in read for pair in one.readings
    )
    assert sum(one.population or 0 for one in joined) == sum(one.population or 0 for one in read)
    assert len(joined) <= 1 or all(len(one.readings) > 1 or one.read_whole for one in joined)
