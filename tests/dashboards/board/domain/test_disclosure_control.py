"""Small counts are hidden, and what they could be worked out from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboards.board.domain.disclosure_control import LEAST_SHOWN, suppressed
from dashboards.board.domain.indicators import INDICATORS, Tally, indicator_series, proportions

ROWS = st.lists(
    st.integers(0, 40).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=1, max_size=8
)


@given(ROWS)
def test_no_small_part_of_a_sensitive_row_is_ever_shown(rows: list[tuple[int, int]]) -> None:
    """Neither found, nor its complement, nor the whole shows as one to four."""
    for (number, of), hide in zip(rows, suppressed(rows, [True] * len(rows)), strict=True):
        if not hide:
            assert all(not 0 < count < LEAST_SHOWN for count in (number, of - number, of))


@given(ROWS, st.data())
def test_what_is_hidden_does_not_follow_from_the_total(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    """Beside a shown total there are none hidden, or at least two that together are no small count (or all of them)."""
    sensitive = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    hides = suppressed(rows, sensitive)
    chosen = [row for row, hide in zip(rows, hides, strict=True) if hide]
    if chosen and len(chosen) < len(rows):
        assert len(chosen) >= 2
        number, of = sum(row[0] for row in chosen), sum(row[1] for row in chosen)
        assert of >= LEAST_SHOWN
        assert all(not 0 < count < LEAST_SHOWN for count in (number, of - number))


@given(ROWS)
def test_nothing_is_hidden_where_nothing_is_sensitive(rows: list[tuple[int, int]]) -> None:
    """A small count of bicycle thefts points at nobody."""
    assert not any(suppressed(rows, [False] * len(rows)))


def test_a_hidden_cell_carries_no_number() -> None:
    """What is hidden is not in the page at all, and has neither share nor interval."""
    series = proportions(
        [Tally("Rape", 2, 3), Tally("Theft", 50, 60), Tally("Drugs", 20, 30)],
        private=[True, False, False],
        reveal=False,
    )
    assert [(part.hidden, part.count, part.total) for part in series] == [(True, 0, 0), (False, 50, 60), (True, 0, 0)]
    assert series[0].share is None
    assert series[0].interval is None


def test_whoever_may_see_them_sees_them() -> None:
    """Revealed, everything is there."""
    series = proportions([Tally("Rape", 2, 3)], private=True, reveal=True)
    assert (series[0].hidden, series[0].count, series[0].total) == (False, 2, 3)


def test_a_hidden_total_hides_its_months() -> None:
    """Where the year is too small to show, so is each month of it, even one without any report."""
    private = next(measure for measure in INDICATORS if measure.private)
    series = indicator_series(private, [Tally("Jan", 1, 2), Tally("Feb", 0, 0)], reveal=False)
    assert series.overall.hidden
    assert all(month.hidden for month in series.months)
