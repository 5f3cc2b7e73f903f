"""The contract's worked example, to the fourth decimal, and the bounds of each step."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.reviews.prior import prior
from streams.reviews.probability import clamp, log_odds, logistic, logit, probability, scored

KEY_EVIDENCE = log(3.0) + log(1.5)
OWN = (log(1.6), log(1.4))
PROBABILITIES = st.floats(0.0001, 0.9999)
LOG_RATIOS = st.lists(st.floats(-4, 4), max_size=6)


def test_a_key_begins_with_its_familys_share_moved_by_its_own_ratios() -> None:
    """Share 0.30 and ratios 3.0 and 1.5 give a mean of 0.6585, counted as 20 reports."""
    begun = prior(0.30, KEY_EVIDENCE, 20)
    assert (round(begun.mean, 4), round(begun.a, 4), round(begun.b, 4)) == (0.6585, 13.1707, 6.8293)


def test_judged_reports_move_the_prior() -> None:
    """Of 25 judged reports 6 disclosed a crime: the mean falls to 0.4260."""
    taught = prior(0.30, KEY_EVIDENCE, 20).taught(6, 19)
    assert (round(taught.a, 4), round(taught.b, 4), round(taught.mean, 4)) == (19.1707, 25.8293, 0.4260)


def test_a_reports_own_ratios_move_its_probability() -> None:
    """Ratios 1.6 and 1.4 on a mean of 0.4260 give log odds of 0.5084 and a probability of 0.6244."""
    odds = log_odds(prior(0.30, KEY_EVIDENCE, 20).taught(6, 19).mean, OWN, 2.5)
    assert (round(odds, 4), probability(odds)) == (0.5084, 0.6244)


def test_a_score_moves_the_probability_part_of_the_way() -> None:
    """A score of 0.8 at a weight of 0.3 adds 0.2634 to the log odds: 0.6839."""
    odds = log_odds(prior(0.30, KEY_EVIDENCE, 20).taught(6, 19).mean, OWN, 2.5)
    moved = scored(odds, 0.8, 0.3, 1.0)
    assert (round(moved - odds, 4), probability(moved)) == (0.2634, 0.6839)


@given(PROBABILITIES, LOG_RATIOS)
def test_own_evidence_moves_no_further_than_its_cap(mean: float, log_ratios: list[float]) -> None:
    """However many marks a report has, its log odds stay within 2.5 of its prior's."""
    assert abs(log_odds(mean, log_ratios, 2.5) - logit(mean)) <= 2.5 + 1e-9


@given(PROBABILITIES, st.floats(0, 1), st.floats(0, 0.5))
def test_a_score_moves_no_further_than_its_cap_and_never_past_itself(mean: float, score: float, weight: float) -> None:
    """A score pulls towards itself, no further than 1.0."""
    odds = logit(mean)
    moved = scored(odds, score, weight, 1.0)
    held = logit(min(max(score, 0.001), 0.999))
    assert abs(moved - odds) <= 1.0 + 1e-9
    assert min(odds, held) - 1e-9 <= moved <= max(odds, held) + 1e-9


@given(PROBABILITIES, st.floats(0, 1))
def test_a_score_of_no_weight_changes_nothing(mean: float, score: float) -> None:
    """By default no model's score counts."""
    odds = logit(mean)
    assert scored(odds, score, 0, 1.0) == odds


@given(st.floats(-40, 40))
def test_log_odds_and_probabilities_are_each_others_inverse(x: float) -> None:
    """What is turned into a probability and back is where it was, as far as a float can say."""
    assert 0 < logistic(x) <= 1
    if abs(x) < 15:
        assert logit(logistic(x)) == pytest.approx(x, abs=1e-6)


@pytest.mark.parametrize(("x", "held"), [(-3.0, -2.5), (-2.5, -2.5), (0.0, 0.0), (2.5, 2.5), (3.0, 2.5)])
def test_a_value_is_held_within_both_bounds(x: float, held: float) -> None:
    """The bounds themselves are allowed."""
    assert clamp(x, 2.5) == held
