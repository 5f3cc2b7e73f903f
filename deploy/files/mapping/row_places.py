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


class RecordPlace(NamedTuple):
    """What tells one record of a feeding from others that state the same."""

    revision: int | None
    """The row's place in the order that the mapping states."""
    number: int
    """Of the records of its row, from 0."""
    line: int

    def apart(self, field: str, *, by_line: bool) -> list[str]:
        """Return what belongs to a digest besides its columns.

        Only an event_id is another each time that a row is fed anew: a reference is the record's for good.
        """
        apart = [str(self.revision)] if self.revision is not None and field == "event_id" else []
        apart += [f"line {self.line}"] if by_line else []
        return [*apart, f"record {self.number}"] if self.number else apart
