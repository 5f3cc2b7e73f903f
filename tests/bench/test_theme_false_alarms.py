"""The measurement that theme-emerging's docstring quotes."""

from __future__ import annotations

from tests.bench.theme_false_alarms import SHARES, measure


def test_where_nothing_changes_a_theme_is_found_at_fewer_than_one_midnight_in_a_hundred() -> None:
    """Fisher's exact test keeps its word for each theme, over ten years of a middling contact centre."""
    measured = measure(years=10, a_week=42, seed=1)
    assert measured.keys() == SHARES.keys()
    assert all(theme.midnights > 3600 for theme in measured.values())
    assert all(theme.rate < 0.01 for theme in measured.values())
    assert all(theme.alerts <= theme.flagged for theme in measured.values())
    assert sum(theme.alerts for theme in measured.values()) > 0


def test_the_measurement_can_be_repeated() -> None:
    """The same seed gives the same figures, another seed others."""
    assert measure(years=2, a_week=139, seed=1) == measure(years=2, a_week=139, seed=1)
    assert measure(years=2, a_week=139, seed=1) != measure(years=2, a_week=139, seed=2)
