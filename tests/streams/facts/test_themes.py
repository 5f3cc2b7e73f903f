"""Themes of reviewed calls: the last seven days against the twenty-eight before, by Fisher's exact test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.facts.statistics import fisher_one_sided
from streams.facts.themes import Emerging, ReviewedCall, ReviewedCalls
from streams.policy import Policy
from tests.streams.world import BUILT_IN, DAY, MINUTE, ms, policy

MIDNIGHT = ms("2016-03-10")
RECENT_AFTER = MIDNIGHT - 7 * DAY
BEFORE_AFTER = RECENT_AFTER - 28 * DAY
SETTINGS = BUILT_IN.at(MIDNIGHT)


def reviews(*, heard: int = 5, recent: int = 20, heard_before: int = 0, before: int = 80) -> list[ReviewedCall]:
    """So many reviews in either window, so many of which noted the theme LATE; all well inside."""
    return [
        ReviewedCall(start + number * MINUTE, f"{start}-{number}", ("LATE",) if number < noted else ())
        for start, noted, how_many in ((MIDNIGHT - DAY, heard, recent), (MIDNIGHT - 20 * DAY, heard_before, before))
        for number in range(how_many)
    ]


def emerging(*known: ReviewedCall, settings: Policy = SETTINGS) -> dict[str, Emerging]:
    """Return what is found of these reviews at midnight."""
    register = ReviewedCalls()
    for review in known:
        register.add(review)
    return register.emerging(MIDNIGHT, settings)


def test_a_theme_heard_far_more_often_than_before_is_found_with_its_counts() -> None:
    """Five of twenty lately, none of eighty before."""
    assert emerging(*reviews()) == {"LATE": Emerging(5, 20, 0, 80, fisher_one_sided(5, 15, 0, 80))}


def test_a_theme_heard_as_often_as_before_is_not() -> None:
    """Five of twenty, twenty of eighty."""
    assert emerging(*reviews(heard_before=20)) == {}


def test_a_theme_heard_less_often_than_before_is_not() -> None:
    """The test is one-sided: what goes away is no alarm."""
    assert emerging(*reviews(heard=3, heard_before=79)) == {}


def test_fewer_than_three_calls_are_no_theme() -> None:
    """However rare it was before; three are enough."""
    assert emerging(*reviews(heard=2, before=2000)) == {}
    assert emerging(*reviews(heard=3, before=2000)).keys() == {"LATE"}


def test_p_must_be_under_the_limit_not_at_it() -> None:
    """P < 0.01: a policy that allows exactly this p and no more does not find it."""
    p = fisher_one_sided(5, 15, 0, 80)
    known = reviews()
    assert emerging(*known, settings=policy(f"[rules]\ntheme_p = {p:.40f}").at(MIDNIGHT)) == {}
    assert emerging(*known, settings=policy(f"[rules]\ntheme_p = {p * 1.0001:.40f}").at(MIDNIGHT)).keys() == {"LATE"}


def test_nothing_to_compare_with_is_no_trend() -> None:
    """On the first day of reviews every theme is new; none is emerging."""
    assert emerging(*reviews(heard=20, before=0)) == {}
    assert emerging() == {}


def test_every_theme_is_judged_for_itself() -> None:
    """One emerges, one does not; a call may have noted both."""
    known = [ReviewedCall(r.reviewed_at, r.call_ref, (*r.themes, "USUAL")) for r in reviews()]
    assert emerging(*known).keys() == {"LATE"}


@pytest.mark.parametrize(
    ("moment", "recent", "before"),
    [
        (MIDNIGHT + 1, 0, 0),
        (MIDNIGHT, 1, 0),
        (RECENT_AFTER + 1, 1, 0),
        (RECENT_AFTER, 0, 1),
        (BEFORE_AFTER + 1, 0, 1),
        (BEFORE_AFTER, 0, 0),
    ],
)
def test_each_review_is_in_one_window_to_the_millisecond(moment: int, recent: int, before: int) -> None:
    """Through midnight, seven days back; from there, twenty-eight more."""
    theme = emerging(*reviews(), ReviewedCall(moment, "K-1", ()))["LATE"]
    assert (theme.of_recent, theme.of_before) == (20 + recent, 80 + before)


def test_windows_minimum_and_p_are_policy() -> None:
    """A force may look at a day against a week."""
    known = [*reviews(heard=1, recent=1, before=0), ReviewedCall(MIDNIGHT - 3 * DAY, "K-1", ())]
    book = policy("[rules]\ntheme_recent_days = 2\ntheme_baseline_days = 7\ntheme_minimum_calls = 1\ntheme_p = 0.6")
    assert emerging(*known, settings=book.at(MIDNIGHT)) == {"LATE": Emerging(1, 1, 0, 1, 0.5)}


# -- what is in the register ---------------------------------------------------------------------------------------

drawn = st.lists(
    st.builds(
        ReviewedCall,
        reviewed_at=st.integers(BEFORE_AFTER, MIDNIGHT),
        call_ref=st.sampled_from("ABCDEF"),
        themes=st.sampled_from(((), ("LATE",), ("LATE", "RUDE"))),
    ),
    max_size=30,
)
EASY = policy("[rules]\ntheme_minimum_calls = 1\ntheme_p = 0.9").at(MIDNIGHT)


@given(drawn, st.data())
def test_what_is_found_does_not_depend_on_the_order_of_arrival(known: list[ReviewedCall], data: st.DataObject) -> None:
    """Nor on reviews that were there and are not any more."""
    passing = data.draw(drawn)
    register = ReviewedCalls()
    for review in data.draw(st.permutations([*known, *passing])):
        register.add(review)
    for review in data.draw(st.permutations(passing)):
        register.discard(review)
    assert register.emerging(MIDNIGHT, EASY) == emerging(*known, settings=EASY)


def test_taking_out_a_review_that_is_not_there_changes_nothing() -> None:
    """Not one like it either."""
    reviews = ReviewedCalls()
    reviews.add(ReviewedCall(MIDNIGHT, "K-1", ("LATE",)))
    reviews.discard(ReviewedCall(MIDNIGHT, "K-1", ()))
    reviews.discard(ReviewedCall(MIDNIGHT + 1, "K-1", ("LATE",)))
    reviews.discard(ReviewedCall(MIDNIGHT - 1, "K-1", ("LATE",)))
    assert reviews.any_since(MIDNIGHT - 1)


def test_any_since_looks_at_reviews_later_than_the_moment() -> None:
    """One in the very millisecond is too old."""
    reviews = ReviewedCalls()
    assert not reviews.any_since(MIDNIGHT)
    reviews.add(ReviewedCall(MIDNIGHT, "K-1", ()))
    assert reviews.any_since(MIDNIGHT - 1)
    assert not reviews.any_since(MIDNIGHT)
