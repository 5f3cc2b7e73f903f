"""Some rows of a feed, in their order, which are sent and then confirmed together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.files.row_reader import FileRow


@dataclass(slots=True, eq=False)
class Batch:
    """Rows of one origin, such as a file, a page of a query's rows, a request, or a range of offsets.

    What is read after the rows, such as ``complete_through``, may be set while they are read.
    """

    origin: str
    """What log lines and rejected rows call it; it says nothing of a record."""
    rows: Iterable[FileRow] = ()
    """Read once, in order."""
    complete_through: int | None = None
    """Through when (ms) the way vouches for its source once the rows are with the broker; None where it does not."""
    topic: str | None = None
    """The source topic, where the feed is of several."""
    rejected: Path | None = None
    """The file of its rejected rows, which is made anew; without it, they are appended to the feed's own."""
    total: int | None = None
    """How many rows there are, where that is known."""
    remark: str | None = None
    """What is to be said of the origin, such as that it repeats another."""
    refused: str | None = None
    """Why the origin as a whole cannot be used; then there are no rows, and it is confirmed unread."""

    def add_remark(self, remark: str | None) -> None:
        """Have it said of the origin too; nothing where it is None."""
        if remark is not None:
            self.remark = remark if self.remark is None else f"{self.remark}; {remark}"


NOTHING_NEW: Final = Batch("nothing new")
"""What a source yields where it has looked and there is nothing new; it is neither delivered nor confirmed."""
NOT_YET: Final = Batch("not yet")
"""What a source yields where it gets on, and something is there that is not to be sent yet; nor is this delivered."""
