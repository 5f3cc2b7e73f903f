"""Three reports or crimes of the same people within 90 days, counted one millisecond before, at and after."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.times import DAY
from streams.reviews.repeats import Occurrence, repeats

WINDOW = 90 * DAY
LATEST = 400 * DAY


def report(name: str, at: int) -> Occurrence[str]:
    """Return a report."""
    return Occurrence(at, name)


def crime(name: str, at: int, *reports: str, stalking: bool = False) -> Occurrence[str]:
    """Return a crime, linked to these reports."""
    return Occurrence(at, name, reports, is_crime=True, is_stalking=stalking)


def test_the_third_report_of_a_victim_is_a_repeat() -> None:
    """The first two are none: they had no more behind them."""
    assert repeats([report("a", 0), report("b", DAY), report("c", 2 * DAY)], WINDOW, 3) == {"c"}


def test_ninety_days_are_counted_to_the_millisecond_and_inclusive() -> None:
    """A report 90 days before still counts, one a millisecond earlier does not."""
    assert repeats([report("a", 0), report("b", 1), report("c", WINDOW)], WINDOW, 3) == {"c"}
    assert repeats([report("a", 0), report("b", 1), report("c", WINDOW + 1)], WINDOW, 3) == set()


def test_what_comes_at_the_same_moment_counts_and_what_comes_later_does_not() -> None:
    """The window ends with the report's own time."""
    assert repeats([report("a", 5), report("b", 5), report("c", 5)], WINDOW, 3) == {"a", "b", "c"}
    assert repeats([report("a", 5), crime("x", 5), crime("y", 6)], WINDOW, 3) == set()


def test_crimes_count_but_are_no_repeats_themselves() -> None:
    """Two crimes and a report are three."""
    assert repeats([crime("x", 0), crime("y", 1), report("a", 2)], WINDOW, 3) == {"a"}


def test_a_crime_linked_to_a_counted_report_is_none_of_its_own() -> None:
    """A report and its crime are one; a crime whose report is out of the window is one again."""
    assert repeats([report("a", 0), crime("x", 1, "a"), report("b", 2)], WINDOW, 3) == set()
    late = WINDOW + 1
    assert repeats([report("a", 0), crime("x", 1, "a"), report("b", 2), report("c", late)], WINDOW, 3) == {"c"}


def test_a_crime_of_stalking_says_already_what_the_repeat_would() -> None:
    """Neither it nor what comes within 90 days of it is a repeat."""
    occurrences = [crime("x", 0, stalking=True), report("a", 1), report("b", 2), report("c", WINDOW)]
    assert repeats(occurrences, WINDOW, 3) == set()
    assert repeats([*occurrences, report("d", WINDOW + 1)], WINDOW, 3) == {"d"}


OCCURRENCES = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.booleans(), st.lists(st.integers(0, 7), max_size=2)), max_size=8
)


@given(OCCURRENCES, st.randoms(use_true_random=False))
def test_the_sweep_agrees_with_counting_each_window_by_itself(
    drawn: list[tuple[int, bool, bool, list[int]]], random: Random
) -> None:
    """However they are ordered, links and windows are counted as the words say."""
    occurrences = [
        crime(f"n{index}", at * 10 * DAY, *(f"n{other}" for other in links), stalking=stalking)
        if is_crime
        else report(f"n{index}", at * 10 * DAY)
        for index, (at, is_crime, stalking, links) in enumerate(drawn)
    ]
    shuffled = list(occurrences)
    random.shuffle(shuffled)
    assert repeats(shuffled, WINDOW, 3) == {
        occurrence.name for occurrence in occurrences if _is_repeat(occurrence, occurrences)
    }


def _is_repeat(occurrence: Occurrence[str], among: list[Occurrence[str]]) -> bool:
    if occurrence.is_crime:
        return False
    inside = [other for other in among if occurrence.at - WINDOW <= other.at <= occurrence.at]
    reports = {other.name for other in inside if not other.is_crime}
    own = [other for other in inside if other.is_crime and not reports & set(other.reports)]
    stalking = any(other.is_stalking for other in inside)
    return len(reports) + len(own) >= 3 and not stalking
