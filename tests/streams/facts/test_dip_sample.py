"""The dip sample: three moments a handler's month, spread by a hash, each taking the next call that is not taken."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import CallRef
from streams.facts.dip_sample import DipSample, moments, month_of
from tests.streams.world import DAY, HOUR, ms

MARCH = (ms("2016-03-01"), ms("2016-03-31 23:00"))
"""A month that loses an hour: its last local day ends at 23:00 UTC."""


def sample(calls: list[tuple[int, str]], force: str = "LEICS", handler: str = "H1") -> DipSample:
    """Return a dip sample with these calls of one handler."""
    dip_sample = DipSample(force)
    for handled_at, ref in calls:
        dip_sample.add(handler, (handled_at, CallRef(ref)))
    return dip_sample


# -- the moments ---------------------------------------------------------------------------------------------------


def test_a_moment_is_the_digests_share_of_the_month() -> None:
    """The first 8 bytes of SHA-256 of force/handler/YYYY-MM/n, as a fraction of 2 to the 64, of the local month."""
    start, end = MARCH
    expected = []
    for n in (1, 2, 3):
        drawn = int(sha256(f"LEICS/H1/2016-03/{n}".encode()).hexdigest()[:16], 16)
        expected.append(start + drawn * (end - start) // 2**64)
    assert list(moments("LEICS", "H1", "2016-03", 3)) == sorted(expected)


@pytest.mark.parametrize(
    ("month", "start", "end"),
    [
        ("2016-02", "2016-02-01", "2016-03-01"),
        ("2016-03", "2016-03-01", "2016-03-31 23:00"),
        ("2016-06", "2016-05-31 23:00", "2016-06-30 23:00"),
        ("2016-10", "2016-09-30 23:00", "2016-11-01"),
        ("2016-12", "2016-12-01", "2017-01-01"),
    ],
)
def test_moments_lie_in_the_local_month_in_order(month: str, start: str, end: str) -> None:
    """Leap February, both clock changes and the turn of the year; a thousand moments fill it from end to end."""
    drawn = moments("LEICS", "H1", month, 1000)
    assert list(drawn) == sorted(drawn)
    length = ms(end) - ms(start)
    assert ms(start) <= drawn[0] < ms(start) + length // 50
    assert ms(end) - length // 50 < drawn[-1] < ms(end)
    assert {month_of(moment) for moment in drawn} == {month}


def test_over_many_handlers_the_moments_are_spread_over_the_month() -> None:
    """Of 3,000 moments of a thousand handlers every tenth of the month holds between 8 and 12 per cent."""
    start, end = MARCH
    places = Counter(
        (moment - start) * 10 // (end - start)
        for number in range(1000)
        for moment in moments("LEICS", f"H{number}", "2016-03", 3)
    )
    assert set(places) == set(range(10))
    assert all(240 <= held <= 360 for held in places.values())


def test_handlers_months_and_forces_have_moments_of_their_own() -> None:
    """Nobody learns from another's sample, or last month's, when the next call is taken."""
    starts = {"2016-03": ms("2016-03-01"), "2016-05": ms("2016-04-30 23:00")}
    drawn = {
        tuple(moment - start for moment in moments(force, handler, month, 3))
        for force in ("LEICS", "NOTTS")
        for handler in ("H1", "H2")
        for month, start in starts.items()
    }
    assert len(drawn) == 8


@pytest.mark.parametrize(
    ("moment", "month"),
    [("2016-03-31 22:59:59.999", "2016-03"), ("2016-03-31 23:00", "2016-04"), ("2016-12-31 23:59:59.999", "2016-12")],
)
def test_a_call_belongs_to_the_month_its_handlers_calendar_shows(moment: str, month: str) -> None:
    """Half past midnight on the first of April is 23:30 UTC on the last of March."""
    assert month_of(ms(moment)) == month


# -- which calls they take -----------------------------------------------------------------------------------------


def test_a_moment_takes_the_first_call_at_or_after_it() -> None:
    """A call in the very millisecond is taken, one a millisecond earlier is not."""
    (moment,) = moments("LEICS", "H1", "2016-03", 1)
    calls = [(moment - 1, "K-0"), (moment, "K-1"), (moment + 1, "K-2")]
    assert sample(calls).chosen("H1", "2016-03", 1) == {"K-1"}
    assert sample(calls[:1] + calls[2:]).chosen("H1", "2016-03", 1) == {"K-2"}
    assert sample(calls[:1]).chosen("H1", "2016-03", 1) == set()


def test_of_calls_in_one_millisecond_the_first_by_reference_is_taken() -> None:
    """Whichever came first."""
    (moment,) = moments("LEICS", "H1", "2016-03", 1)
    assert sample([(moment, "K-2"), (moment, "K-1")]).chosen("H1", "2016-03", 1) == {"K-1"}


def test_a_call_that_is_taken_leaves_the_next_moment_the_next_call() -> None:
    """Three moments before three calls take all three, in one afternoon if need be."""
    last = moments("LEICS", "H1", "2016-03", 3)[-1]
    calls = [(last + n * HOUR, f"K-{n}") for n in range(5)]
    assert sample(calls).chosen("H1", "2016-03", 3) == {"K-0", "K-1", "K-2"}


def test_a_moment_after_the_months_last_call_takes_none() -> None:
    """It does not reach into the next month or back."""
    first = moments("LEICS", "H1", "2016-03", 3)[0]
    calls = [(first - 1, "K-0"), (first, "K-1"), (ms("2016-04-02"), "K-2")]
    assert sample(calls).chosen("H1", "2016-03", 3) == {"K-1"}


def test_no_moments_choose_no_calls() -> None:
    """A policy may do without."""
    assert sample([(ms("2016-03-10"), "K-1")]).chosen("H1", "2016-03", 0) == set()


def by_the_book(calls: list[tuple[int, str]], drawn: list[int]) -> set[str]:
    """Choose by the contract's words, the moments in any order: each takes the first call from it not yet chosen."""
    chosen: set[str] = set()
    for moment in drawn:
        free = sorted((at, ref) for at, ref in calls if at >= moment and ref not in chosen)
        if free:
            chosen.add(free[0][1])
    return chosen


in_march = st.lists(st.integers(MARCH[0], MARCH[1] - 1), max_size=8).map(
    lambda times: [(at, f"K-{number}") for number, at in enumerate(times)]
)


@given(in_march, st.permutations(range(5)))
def test_the_selection_is_the_contracts_in_whatever_order_the_moments_take(
    calls: list[tuple[int, str]], order: list[int]
) -> None:
    """Which call a moment takes depends on the order; which calls are taken does not."""
    drawn = moments("LEICS", "H1", "2016-03", 5)
    assert sample(calls).chosen("H1", "2016-03", 5) == by_the_book(calls, [drawn[place] for place in order])


@given(in_march, st.data())
def test_selection_does_not_depend_on_the_order_of_arrival(calls: list[tuple[int, str]], data: st.DataObject) -> None:
    """Nor on calls that were there and are not any more."""
    dip_sample = sample(data.draw(st.permutations(calls)))
    passing = data.draw(in_march)
    for at, ref in passing:
        dip_sample.add("H1", (at, CallRef(f"{ref}-passing")))
    for at, ref in passing:
        dip_sample.discard("H1", (at, CallRef(f"{ref}-passing")))
    assert dip_sample.chosen("H1", "2016-03", 3) == sample(calls).chosen("H1", "2016-03", 3)


@given(in_march)
def test_every_handler_has_three_calls_chosen_where_three_came_after_the_last_moment(
    calls: list[tuple[int, str]],
) -> None:
    """Fair: nobody's calls are passed over, nobody's are looked at twice as often."""
    last = moments("LEICS", "H1", "2016-03", 3)[-1]
    later = [(last + n, f"L-{n}") for n in range(3)]
    assert len(sample([*calls, *later]).chosen("H1", "2016-03", 3)) == 3


def test_a_busy_and_a_quiet_handler_of_every_team_have_three_calls_reviewed_each() -> None:
    """A hundred handlers, with four to four hundred calls a month spread over it: three each, all over the month."""
    start, end = MARCH
    tenths: Counter[int] = Counter()
    for number in range(100):
        handler, how_many = f"H{number}", 4 * (number % 100 + 1)
        gap = (end - start) // how_many
        calls = [(start + n * gap, f"K-{n}") for n in range(how_many)] + [(end - 3 + n, f"E-{n}") for n in range(3)]
        chosen = sample(calls, handler=handler).chosen(handler, "2016-03", 3)
        assert len(chosen) == 3
        tenths.update((at - start) * 10 // (end - start) for at, ref in calls if ref in chosen)
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 60


def test_taking_out_a_call_that_is_not_there_changes_nothing() -> None:
    """Nor one of another handler."""
    dip_sample = sample([(MARCH[0] + 30 * DAY, "K-1")])
    dip_sample.discard("H1", (MARCH[0], CallRef("K-1")))
    dip_sample.discard("H2", (MARCH[0] + 30 * DAY, CallRef("K-1")))
    assert list(dip_sample.months()) == [["K-1"]]


def test_months_are_listed_with_the_latest_call_first() -> None:
    """Each handler's and each month's calls together."""
    dip_sample = sample([(ms("2016-03-10"), "K-1"), (ms("2016-03-12"), "K-2"), (ms("2016-04-10"), "K-3")])
    dip_sample.add("H2", (ms("2016-03-11"), CallRef("K-4")))
    assert sorted(dip_sample.months()) == [["K-2", "K-1"], ["K-3"], ["K-4"]]
