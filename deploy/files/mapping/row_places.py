"""Where a row stands among others, and when its file was changed and fed."""

from __future__ import annotations

from typing import NamedTuple


class RowOrder(NamedTuple):
    """A row's place in each of the orders that a mapping may state; the greatest is the latest."""

    feeding_time: int
    file_time: int
    row_number: int


class RowTimes(NamedTuple):
    """The times (ms) that a mapping may take from outside the row."""

    feeding_time: int
    """When this file was first fed."""
    file_time: int
    """When the file was changed last."""
