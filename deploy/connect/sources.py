"""What every way in offers: batches of rows, each confirmed once the broker has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deploy.connect.batch import Batch
    from deploy.files.feed import FeedCounts


class SourceUnavailableError(Exception):
    """A source cannot be read now; the message says why, for a user, and holds nothing of a record.

    It is opened anew after a pause.
    """


class FeedSource(Protocol):
    """Reads a feed from where it was confirmed last.

    Nothing outside the process changes before :meth:`confirm`: whoever is killed, or fails, reads the same again.
    """

    @property
    def remark(self) -> str | None:
        """What somebody should see to although the feed gets on, such as a file that stays half-written.

        None if nothing.  It is asked after each batch, and holds nothing of a record.
        """

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield batches in order, and :data:`~deploy.connect.batch.NOTHING_NEW` after each look without any.

        :data:`~deploy.connect.batch.NOT_YET` says meanwhile that it gets on with something that comes later.
        Wait for the next look with ``stopped.wait``, less than a minute, and return once ``stopped`` is set.  With
        ``once`` return when there is nothing more.  Each batch is confirmed before the next is asked for; where that
        fails the source is closed and opened anew.  Raises SourceUnavailableError.
        """

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Note that the broker has the batch, and that its rejected rows are kept.

        Raises SourceUnavailableError.
        """

    def close(self) -> None:
        """Give back what it holds open."""
