"""CSV that a spreadsheet can open."""

from __future__ import annotations

import pytest

from streams.reports.spreadsheet import csv_cell, csv_table


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+44",
        "-1",
        "@sum",
        "\ttab",
        "\rreturn",
        "\nnew line",
        " =1+1",
        "\n=1+1",
        "\n =1+1",
        " \t=1+1",
        "\xa0=1+1",
        "\u3000=1+1",
        "\u2028=1+1",
        "\ufeff=1+1",
        "\u202e=1+1",
        "\0=1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20sum",
        "\ufe661+1",
        " \uff1d1+1",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    """Each beginning of a formula is guarded against."""
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "1 = 1", "CR/1-26", "a+b", "x@y.example", "\u2212", "'=1"])
def test_any_other_text_stands_as_it_is(text: str) -> None:
    """A sign within it is no formula."""
    assert csv_cell(text) == text


def test_numbers_stand_as_they_are_and_nothing_is_an_empty_cell() -> None:
    """A negative number is no formula."""
    assert csv_table(("a", "b", "c"), [(-1, None, "x,y")]) == b'a,b,c\r\n-1,,"x,y"\r\n'
