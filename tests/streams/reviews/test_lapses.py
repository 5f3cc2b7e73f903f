"""In which order reports become too old, however they were taken in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.facts.matters import INCIDENT, Matter
from streams.policy.calendar import DAY, HOUR
from streams.reviews.lapses import Lapses

MOMENTS = st.integers(-DAY, 5 * DAY)


def drained(lapses: Lapses, moments: dict[Matter, int]) -> list[int]:
    """Return the moments at which reports fall due, one after the other."""
    reports: list[Matter] = []
    while (at := lapses.next_at()) is not None:
        assert lapses.pop_due(at - 1) == []
        reports += lapses.pop_due(at)
    return [moments[report] for report in reports]


@given(st.lists(MOMENTS), st.lists(MOMENTS), MOMENTS)
def test_reports_fall_due_in_order_of_time(first: list[int], later: list[int], between: int) -> None:
    """Also those taken in when others have fallen due, for a day that is over or for one far ahead."""
    moments: dict[Matter, int] = {}
    lapses = Lapses(moments.__getitem__)
    for number, at in enumerate(first):
        report: Matter = Matter(INCIDENT, f"I-{number}")
        moments[report] = at
        lapses.add(report)
    assert [moments[report] for report in lapses.pop_due(between)] == sorted(at for at in first if at <= between)
    for number, at in enumerate(later):
        report = Matter(INCIDENT, f"J-{number}")
        moments[report] = at
        lapses.add(report)
    assert drained(lapses, moments) == sorted([*(at for at in first if at > between), *later])


def test_a_report_that_was_received_at_another_time_falls_due_then() -> None:
    """What is stated of it when its day is near counts; a report that is listed no more never falls due."""
    moments: dict[Matter, int | None] = {Matter(INCIDENT, f"I-{number}"): number * DAY for number in range(4)}
    lapses = Lapses(moments.__getitem__)
    for report in moments:
        lapses.add(report)
    first, second, third, fourth = moments
    moments[second], moments[third] = 5 * DAY, None
    assert lapses.pop_due(4 * DAY) == [first, fourth]
    assert lapses.next_at() == 5 * DAY
    assert lapses.pop_due(5 * DAY + HOUR) == [second]
    assert lapses.next_at() is None
