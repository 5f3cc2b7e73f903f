"""The funnel chart: shares inside the limits that chance draws, and those outside."""

from __future__ import annotations

import re

from dashboards.board.drawings.funnel_chart import funnel_chart
from streams.reports.deciders.crime_decisions import DecisionTally
from streams.reports.deciders.decider_shares import DeciderShare, decider_shares


def shares(*counts: tuple[int, int]) -> list[DeciderShare]:
    """Return the shares of deciders, by (against, taken)."""
    tallies = [
        DecisionTally("LEICS", "CANCELLED", "2026-05", f"D{number}", designated=False, team="", taken=of, against=count)
        for number, (count, of) in enumerate(counts)
    ]
    return decider_shares(tallies, "DECIDER")


def test_a_share_outside_the_limits_is_marked_and_every_one_says_its_numbers() -> None:
    """In its title, which needs no colour."""
    chart = funnel_chart(shares((1, 100), (2, 100), (30, 100)))
    assert chart is not None
    assert chart.points[2].outside
    assert chart.points[2].title.startswith("D2: 30 of 100 (30.0%), limits ")
    assert chart.points[2].title.endswith(", above")
    assert chart.points[2].y < chart.rate_y < chart.points[0].y


def test_the_limits_close_in_on_the_rate() -> None:
    """From the left, where few decide anything, to the right; nothing is drawn outside the frame."""
    chart = funnel_chart(shares((20, 400), (5, 40), (1, 4)))
    assert chart is not None
    upper, lower = (
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)] for path in (chart.upper, chart.lower)
    )
    widths = [low_y - high_y for (_, high_y), (_, low_y) in zip(upper, lower, strict=True)]
    assert widths[-1] < widths[len(widths) // 2] < widths[0]
    places = [*upper, *lower, *((point.x, point.y) for point in chart.points)]
    assert all(chart.left <= x <= chart.right and chart.top <= y <= chart.bottom for x, y in places)
    assert [label for _, label in chart.marks] == ["0", "100", "200", "300", "400"]


def test_there_is_no_funnel_where_all_or_none_are_against() -> None:
    """Nor where nobody decided anything."""
    assert funnel_chart([]) is None
    assert funnel_chart(shares((0, 10), (0, 20))) is None
    assert funnel_chart(shares((3, 3))) is None
    assert funnel_chart(shares((1, 1), (0, 1))) is not None
