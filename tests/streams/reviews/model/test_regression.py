"""Regression on marks: it says what was counted, and little of what few show."""

from __future__ import annotations

import pytest

from streams.reviews.model.regression import Outcomes, fit
from streams.reviews.probability import logit


def test_two_kinds_of_reports_get_their_own_shares() -> None:
    """With hardly any shrinkage the shares are those counted."""
    weights = fit({("a",): Outcomes(80, 100), ("b",): Outcomes(10, 100)}, 0.001)
    assert weights.probability(("a",)) == pytest.approx(0.8, abs=0.01)
    assert weights.probability(("b",)) == pytest.approx(0.1, abs=0.01)


def test_marks_add_up() -> None:
    """Two marks that each multiply the odds by 4 multiply them by 16 together; it agrees with the odds counted."""
    shares = {(): 0.2, ("a",): 0.5, ("b",): 0.5, ("a", "b"): 0.8}
    weights = fit({marks: Outcomes(share * 1000, 1000) for marks, share in shares.items()}, 0.001)
    assert weights.marks["a"] == pytest.approx(logit(0.5) - logit(0.2), abs=0.02)
    assert weights.marks["b"] == pytest.approx(logit(0.5) - logit(0.2), abs=0.02)
    assert weights.without == pytest.approx(logit(0.2), abs=0.02)


def test_what_few_show_weighs_little() -> None:
    """Three reports of three say less than three hundred of three hundred."""
    few = fit({("a",): Outcomes(3, 3), (): Outcomes(100, 1000)}, 2.0)
    many = fit({("a",): Outcomes(300, 300), (): Outcomes(100, 1000)}, 2.0)
    assert 0.1 < few.probability(("a",)) < 0.5 < many.probability(("a",))


def test_a_mark_that_was_never_seen_adds_nothing() -> None:
    """It is as if it were not there."""
    weights = fit({("a",): Outcomes(30, 100), (): Outcomes(10, 100)}, 1.0)
    assert weights.probability(("a", "new")) == weights.probability(("a",))
    assert weights.probability(("new",)) == weights.probability(())


def test_nothing_that_ever_happened_or_never_did_is_certain() -> None:
    """All of them, or none, leave some doubt."""
    assert 0 < fit({("a",): Outcomes(0, 50)}, 1.0).probability(("a",)) < 0.1
    assert 0.9 < fit({("a",): Outcomes(50, 50)}, 1.0).probability(("a",)) < 1
