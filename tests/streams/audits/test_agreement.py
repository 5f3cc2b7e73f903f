"""How far two readers agree, and what an outcome's word is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.audits.agreement import Agreement, DoubleReading, agreement
from streams.audits.outcomes import OUTCOMES, Outcome, outcome_of, read_outcome

R: Outcome = "COMPLIANT"
N: Outcome = "NOT_RECORDED"


def readings(*counted: tuple[Outcome, Outcome, int]) -> list[DoubleReading]:
    """Return so many readings of each pair; they differ where their outcomes do."""
    return [DoubleReading(first, second, first != second) for first, second, count in counted for _ in range(count)]


def test_the_worked_example() -> None:
    """Observed 0.8667, by chance 0.6067: kappa 0.6610."""
    found = agreement(readings((R, R, 20), (N, N, 6), (R, N, 3), (N, R, 1)))
    assert (found.read_twice, found.alike) == (30, 26)
    assert found.share == pytest.approx(0.8667, abs=5e-5)
    assert found.kappa == pytest.approx(0.6610, abs=5e-5)


def test_where_both_always_say_the_same_word_kappa_says_nothing() -> None:
    """Chance would have them agree as well."""
    assert agreement(readings((R, R, 9))) == Agreement(9, 9, 1.0, None)


def test_where_nothing_is_read_twice_there_is_nothing_to_say() -> None:
    """Not that nobody agrees."""
    assert agreement([]) == Agreement(0, 0, None, None)


def test_readings_of_one_outcome_may_differ_all_the_same() -> None:
    """In a class, or in how many crimes: they are not alike, and their words agree."""
    found = agreement([DoubleReading(R, R, differ=True), DoubleReading(N, N, differ=False)])
    assert (found.share, found.kappa) == (0.5, 1.0)


PAIRED = st.builds(DoubleReading, st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES), st.booleans())


@given(st.lists(PAIRED, max_size=30))
def test_kappa_lies_between_minus_1_and_1_and_is_1_only_where_every_word_agrees(pairs: list[DoubleReading]) -> None:
    """And the share between 0 and 1."""
    found = agreement(pairs)
    assert found.share is None or 0 <= found.share <= 1
    if found.kappa is not None:
        assert -1 <= found.kappa <= 1
        assert (found.kappa == 1) == all(pair.first == pair.second for pair in pairs)


@pytest.mark.parametrize(
    ("numbers", "outcome"),
    [
        ((2, 1, 0, 0), "NOT_RECORDED"),
        ((1, 0, 0, 0), "NOT_RECORDED"),
        ((0, 0, 0, 0), "NOT_A_CRIME_RIGHTLY"),
        ((2, 2, 1, 0), "LATE"),
        ((2, 2, 2, 1), "MISCLASSIFIED"),
        ((2, 2, 2, 2), "COMPLIANT"),
    ],
)
def test_an_outcome_is_the_first_fault_of_a_reading(numbers: tuple[int, int, int, int], outcome: str) -> None:
    """Found, recorded, in time, rightly classified."""
    assert outcome_of(*numbers) == outcome


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        *((outcome, outcome) for outcome in OUTCOMES),
        ("Not recorded", "NOT_RECORDED"),
        ("RIGHTLY_RECORDED", "COMPLIANT"),
        ("no crime disclosed", "NOT_A_CRIME_RIGHTLY"),
        ("CRIME_MISSED", "NOT_RECORDED"),
        ("WRONG_CLASS", "MISCLASSIFIED"),
        ("something else", None),
        ("", None),
    ],
)
def test_words_used_before_are_read_as_what_they_mean(word: str, outcome: str | None) -> None:
    """Whatever their case and their hyphens."""
    assert read_outcome(word) == outcome
