"""Reading CSV strictly: a quote that is not closed costs its own row and no other."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.files.csv_rows import LARGEST_ROW, CsvReader, CsvRow
from tests.streams.effort import calls_of


def rows(text: str, columns: int | None = None) -> list[CsvRow]:
    """Return the rows of a text."""
    reader = CsvReader(io.StringIO(text, newline=""), ",")
    reader.columns = columns
    return list(reader)


def cells(text: str, columns: int | None = None) -> list[tuple[int, list[str]]]:
    """Return the rows of a text that are whole, by their lines."""
    return [(row.line, row.cells) for row in rows(text, columns) if row.problem is None]


@pytest.mark.parametrize(
    ("text", "whole", "problem"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', [1, 3, 4], "the quote opened on line 2 is not closed"),
        ('a,b\n1,"x\n2,"y"\n3,z\n', [1, 3, 4], "has a quote in its middle on line 3"),
        ('a,b\n1,"the 6" shelf"\n2,y\n', [1, 3], "whose quote opened on line 2 has a quote in its middle on line 2"),
        ('a,b\n1,x\n2,"cut off he', [1, 2], "the quote opened on line 3 is not closed"),
        ('a,b\n1,"x\ny",2,3\n3,z\n', [1, 4], "4 columns, the first row has 2: the quote opened on line 2"),
    ],
)
def test_an_unclosed_quote_costs_its_own_row(text: str, whole: list[int], problem: str) -> None:
    """The line where the quote opened is named, and rows after it are read."""
    results = rows(text, 2)
    assert [row.line for row in results if row.problem is None and len(row.cells) == 2] == whole
    assert problem in str(next(row.problem for row in results if row.problem is not None))


def test_a_row_that_is_none_is_kept_as_the_file_has_it() -> None:
    """Its first line alone, since the others are read again."""
    assert [row.lines for row in rows('a,b\n1,"x\r\n2,y\r\n', 2)] == [["a,b\n"], ['1,"x\r\n'], ["2,y\r\n"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_in_any_way(end: str) -> None:
    """Also within a quoted cell, which keeps it."""
    assert cells(f'1,"x{end}y"{end}{end}2,z{end}') == [(1, ["1", f"x{end}y"]), (4, ["2", "z"])]


def test_a_file_without_a_last_line_end_is_noticed() -> None:
    """It may have been cut within its last cell."""
    for text, ended in (("1,2\n3,4\n", True), ("1,2\n3,4\r", True), ("1,2\n3,", False)):
        reader = CsvReader(io.StringIO(text, newline=""), ",")
        assert len(list(reader)) == 2
        assert reader.ended is ended


def test_a_row_longer_than_any_message_is_none() -> None:
    """A quote opened in a file of gigabytes does not take them all into memory."""
    line = f"2,{'y' * 1000}\n"
    lines = LARGEST_ROW // len(line) + 1
    text = '1,"x\n' + line * lines
    results = rows(text, 2)
    assert "the quote opened on line 1 is not closed within" in str(results[0].problem)
    assert len(results) == lines + 1


def test_a_row_too_long_without_a_quote_is_not_said_to_have_one() -> None:
    """Nobody can find a quote that is not there."""
    results = rows("x" * (LARGEST_ROW + 1) + "\n1,2\n", 2)
    assert [row.problem for row in results] == [f"not CSV: longer than {LARGEST_ROW} characters", None]


@pytest.mark.parametrize("line", ['x","y\n', 'a,"b\n', "a,b\n", '"\n', '"""\n', 'a,"b""\n'])
def test_reading_takes_effort_in_proportion_to_the_text(line: str) -> None:
    """However the quotes fall: four times the lines take about four times as long, not sixteen times."""
    calls = [calls_of(partial(rows, '"q\n' + line * lines, 2)) for lines in (1_000, 4_000)]
    assert calls[1] < 6 * calls[0]


@given(st.lists(st.lists(st.text('ab,"\n\r 6', max_size=4), min_size=2, max_size=2), max_size=6))
def test_what_a_writer_quotes_is_read_back(table: list[list[str]]) -> None:
    """Commas, quotes and line ends inside cells are no fault."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    assert [row.cells for row in rows(text.getvalue(), 2)] == table


@given(st.text('a,"\n', max_size=40))
def test_no_line_is_lost(text: str) -> None:
    """Every line that is not blank is in exactly one row, whole or not."""
    read = [line for row in rows(text, 2) for line in row.lines]
    assert [line for line in read if line.strip("\n")] == [
        line for line in io.StringIO(text, newline="") if line.strip("\n")
    ]
