"""CSV that a spreadsheet can open."""

from __future__ import annotations

import pytest

from streams.reports.spreadsheet import csv_cell, csv_table


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@sum", "\ttab", "\rreturn"])
def test_a_text_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    """Each beginning of a formula is guarded against."""
    assert csv_cell(text) == f"'{text}"


def test_numbers_stand_as_they_are_and_nothing_is_an_empty_cell() -> None:
    """A negative number is no formula."""
    assert csv_table(("a", "b", "c"), [(-1, None, "x,y")]) == b'a,b,c\r\n-1,,"x,y"\r\n'
