"""A row of a file of any kind: text by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple


def _nothing() -> str:
    return ""


class TableRow(NamedTuple):
    """One row."""

    line: int
    """The number of its first line, or of the row where a file has no lines; from 1."""
    cells: Mapping[str, str] = {}
    """Its text by column."""
    written: Callable[[], str] = _nothing
    """Gives the row as the file has it, or very nearly."""
    problem: str | None = None
    """Why it is no row; there are no cells then."""
    is_blank: bool = False
    """Whether there is nothing in it."""
    is_footer: bool = False
    """Whether the mapping says that it is neither a record nor wrong."""
    within: Iterable[Mapping[str, str]] = ()
    """The rows that lie within a cell of it, as it seems."""
    last_line: int = 0
    """The number of the last line of a row of several."""


class StatedCells(dict[str, str]):
    """The cells of a row that states what it has, and leaves out the others: an object, an element."""

    def __missing__(self, column: str) -> str:
        """Return a blank text: the file has the column, and the row does not."""
        return ""


class ListText(str):
    """The text of a cell that holds a list: its items, with semicolons between them."""

    __slots__ = ("items",)
    items: tuple[str, ...]

    @classmethod
    def of(cls, items: Iterable[str]) -> ListText:
        """Return the text of a list."""
        listed = tuple(items)
        text = cls(";".join(listed))
        text.items = listed
        return text
