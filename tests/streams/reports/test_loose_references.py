"""References as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import normalise
from streams.reports.loose_references import loose


@pytest.mark.parametrize("typed", ["cr 123 13", "CR/0123/13", "CR123/13", "cr-00123-0013", "CR.123.13"])
def test_spellings_of_one_reference_are_alike(typed: str) -> None:
    """Capitals, separators and leading zeros do not matter."""
    assert loose(typed) == "CR123.13"


def test_two_references_with_the_same_digits_stay_two() -> None:
    """12-3 is not 1-23."""
    assert loose("12-3") != loose("1-23")


@given(st.text())
def test_what_is_equal_normalised_is_equal_loosely(reference: str) -> None:
    """The loose spelling never tells apart what the systems themselves take for one."""
    assert loose(reference) == loose(normalise(reference))
