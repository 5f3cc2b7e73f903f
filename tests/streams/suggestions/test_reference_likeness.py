"""References as they are mistyped: the same numbers, nearly the same, or others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.suggestions.reference_likeness import cited_keys, keys_meant, likeness, own_keys, skeleton

OWN = "LP-20130514-0123"
DIGITS = st.text("0123456789", min_size=3, max_size=8)
REFERENCES = st.builds(
    "{}{}{}{}".format, st.sampled_from(["LP-", "CR/", ""]), DIGITS, st.sampled_from(["-", "/"]), DIGITS
)


@pytest.mark.parametrize(
    "cited", ["lp 123 14/05/2013", "0123/14052013", "XX20130514 123", "0123 140513", "LOG 123 OF 14/5/2013"]
)
def test_the_same_numbers_are_the_same_however_they_are_written(cited: str) -> None:
    """Day first or last, with or without leading zeros, under any letters."""
    assert likeness(skeleton(cited), skeleton(OWN)) == "same"


@pytest.mark.parametrize(
    ("cited", "like"),
    [
        ("LP-20130514-0132", "edit"),
        ("LP-20130514-0124", "edit"),
        ("LP-20130514-012", "edit"),
        ("LP-20130514-01233", "edit"),
        ("LP-20130515-0123", "edit"),
        ("LP-20530114-0123", "serial"),
        ("LP-20130628-0123", "serial"),
        ("LP-20130628-0124", "unlike"),
        ("0123", "serial"),
        ("none", "unlike"),
    ],
)
def test_a_mistake_is_told_from_another_number(cited: str, like: str) -> None:
    """One edit or transposition, the serial of another day or year, or nothing in common."""
    assert likeness(skeleton(cited), skeleton(OWN)) == like


@pytest.mark.parametrize(("cited", "own"), [("CR/021400/12", "CR/021400/13"), ("21400/2012", "CR/021400/13")])
def test_the_serial_of_another_year_is_known(cited: str, own: str) -> None:
    """A number of six digits beside a year is no day."""
    assert likeness(skeleton(cited), skeleton(own)) in {"edit", "serial"}
    assert skeleton("CR/021200/13").serial == "21200"


def test_short_numbers_say_nothing() -> None:
    """Of two of few digits each is one edit from the other."""
    assert likeness(skeleton("I-1"), skeleton("I-2")) == "unlike"


@given(REFERENCES, REFERENCES)
def test_what_is_alike_is_found_from_either_side(cited: str, own: str) -> None:
    """By the citation's keys among records' own, and by a record's own among citations."""
    meant, of = skeleton(cited), skeleton(own)
    is_alike = likeness(meant, of) != "unlike"
    assert bool(set(keys_meant(meant)) & set(own_keys(of))) == is_alike
    if is_alike:
        assert set(cited_keys(meant)) & set(cited_keys(of))


@given(st.text(max_size=40))
def test_any_text_has_a_skeleton(text: str) -> None:
    """And is the same as itself."""
    assert likeness(skeleton(text), skeleton(text)) == "same"
