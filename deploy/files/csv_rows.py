"""Read CSV strictly: a quote that is not closed costs its own row and no other.

A spreadsheet's reader takes everything up to the next quote for one cell, and says nothing.  Here a row whose quotes
do not pair is named by its lines, and reading goes on with the line after its first.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from schemas.codec import MAX_BYTES
from schemas.quantities import counted

LARGEST_ROW: Final = 8 * MAX_BYTES
"""Characters of the longest row that is read: a longer one would not fit into a message."""

_NEVER_CLOSED: Final = "unexpected end of data"
"""What Python's reader says where the text ends inside a cell."""


class CsvRow(NamedTuple):
    """One row of a file."""

    line: int
    """The number of its first line, from 1."""
    lines: list[str]
    """Its lines, as the file has them."""
    cells: list[str]
    problem: str | None = None
    """Why the line is no row; there are no cells then."""

    @property
    def is_blank(self) -> bool:
        """Whether it has nothing but separators, as spreadsheets leave below and between rows."""
        return self.problem is None and not any(map(str.strip, self.cells))


class CsvReader:
    """Reads the rows of lines of text, each with its end.

    The time is proportional to the text: the lines that an unclosed quote ran through are read again one by one, and
    none of them is the beginning of a second search.
    """

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        csv.field_size_limit(LARGEST_ROW)
        self.columns: int | None = None
        """How many cells a row has; a row of several lines that has another number is read as several."""
        self.spare = 0
        """How many of the last of them a row may lack, all of them together."""
        self.ended = True
        """Whether the last line read has an end."""
        self._delimiter = delimiter
        self._lines = _Lines(lines)
        self._rows = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._searched = 0
        """The line up to which a quote was looked for in vain."""

    def __iter__(self) -> Iterator[CsvRow]:
        """Yield each row that is not blank."""
        while True:
            first = self._lines.number + 1
            self._lines.taken = []
            try:
                cells = self._alone(next(self._lines)) if first < self._searched else next(self._rows)
            except StopIteration:
                return
            except csv.Error as failure:
                yield self._set_aside(first, self._problem(first, str(failure)))
                continue
            taken = self._lines.taken
            self.ended = taken[-1].endswith(("\r", "\n"))
            if len(taken) > 1 and not self._has_all(cells):
                last = first + len(taken) - 1
                problem = f"{counted(len(cells), 'column')}, the first row has {self.columns}"
                yield self._set_aside(
                    first, f"{problem}: the quote opened on line {first} is closed only on line {last}"
                )
            elif cells:
                yield CsvRow(first, taken, cells)

    def rows_within(self, row: CsvRow) -> Iterator[CsvRow]:
        """Yield each line of a row, after its first, that would be a row by itself.

        Where there are any, the row may be several of which a quote closed too late has made one.
        """
        for offset, line in enumerate(row.lines[1:], 1):
            try:
                cells = self._alone(line)
            except csv.Error:
                continue
            if self.columns is not None and self._has_all(cells):
                yield CsvRow(row.line + offset, [line], cells)

    def _has_all(self, cells: list[str]) -> bool:
        """Return whether a row has as many cells as it should."""
        return self.columns is None or len(cells) in (self.columns, self.columns - self.spare)

    def _alone(self, line: str) -> list[str]:
        """Return the cells of one line by itself.  Raises csv.Error where it is no whole row."""
        return next(csv.reader([line], delimiter=self._delimiter, strict=True))

    def _set_aside(self, first: int, problem: str) -> CsvRow:
        """Return a row's first line as no row, and go back to the line after it."""
        taken = self._lines.taken
        self._searched = max(self._searched, first + len(taken) - 1)
        self._lines.go_back_to(first)
        return CsvRow(first, taken[:1], [], problem)

    def _problem(self, first: int, failure: str) -> str:
        text = "".join(self._lines.taken)
        quote = _last_opened(text, self._delimiter)
        opened = first + self._lines.before(quote)
        if failure == _NEVER_CLOSED:
            return f"not CSV: the quote opened on line {opened} is not closed"
        if failure.startswith(("field larger", _Lines.TOO_LONG)):
            if text[quote : quote + 1] != '"':
                return f"not CSV: longer than {LARGEST_ROW} characters"
            return f"not CSV: the quote opened on line {opened} is not closed within {LARGEST_ROW} characters"
        last = first + len(self._lines.taken) - 1
        return f"not CSV: the cell whose quote opened on line {opened} has a quote in its middle on line {last}"


class _Lines:
    """Hands out lines, and knows those of the row that is being read."""

    TOO_LONG: Final = "row too long"

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.number = 0
        """The number of the last line handed out."""
        self.taken: list[str] = []
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.taken:
            self._length = 0
        line = self._again.popleft() if self._again else next(self._lines)
        self.number += 1
        self.taken.append(line)
        self._length += len(line)
        if self._length > LARGEST_ROW:
            raise csv.Error(self.TOO_LONG)
        return line

    def go_back_to(self, first: int) -> None:
        """Hand out again every line after ``first``, which began the row."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.number = first

    def before(self, place: int) -> int:
        """Count the lines of the row that end before a place of its text."""
        return sum(end <= place for end in accumulate(map(len, self.taken)))


def _last_opened(text: str, delimiter: str) -> int:
    """Return where the last quoted cell of a row that is none begins."""
    at = opened = 0
    while True:
        if text[at : at + 1] == '"':
            opened = at
            at = _closed(text, at + 1)
            if at < 0 or text[at : at + 1] not in (delimiter, "\r", "\n"):
                return opened
        at = text.find(delimiter, at) + 1
        if at == 0:
            return opened


def _closed(text: str, at: int) -> int:
    """Return what follows a quoted cell's closing quote; -1 where there is none."""
    while (at := text.find('"', at)) >= 0 and text[at + 1 : at + 2] == '"':
        at += 2
    return at + 1 if at >= 0 else -1
