"""Through when a topic's rows are complete.

Debezium writes changes in the order in which the database committed them, so a change that was committed at T vouches
for all that was committed before; likewise a message that a connector's heartbeat query writes into the log of
changes.  The heartbeats that Debezium makes up itself say that the connector lives, not how far it has read, and
vouch for nothing.

What vouches counts once the topic was read to an end that was asked for :data:`SETTLED_MS` after it was written, since
the messages of several partitions and topics come in no certain order.  Then it is complete through T less the
feed's ``overlap``: a row that states an event_time may be committed so much later.  In the middle of a snapshot nothing
is; at its end, what was committed before it began.
"""

from __future__ import annotations

from typing import Final

from deploy.connect.topic.changes import Change, SnapshotPlace

SETTLED_MS: Final = 5_000
"""How much later than a message another one may arrive that Connect was to write before it."""

_AT_ONCE_MS: Final = 1_000
"""What is written in one second counts from one moment on."""


class Vouching:
    """How far one feed's source is complete."""

    def __init__(self, overlap: int, *, in_snapshot: bool = False) -> None:
        """``overlap`` in ms."""
        self._overlap = overlap
        self.in_snapshot = in_snapshot
        """Whether a snapshot has begun whose end was not read."""
        self._pending: list[tuple[int, int]] = []
        """What vouches, through when, and from when on it counts; each for more than the one before it."""
        self._vouched: int | None = None

    def note_snapshot(self, snapshot: SnapshotPlace) -> None:
        """Note where in a snapshot a row of the topic stands."""
        if snapshot is not SnapshotPlace.INCREMENTAL:
            self.in_snapshot = snapshot is SnapshotPlace.WITHIN

    def note_commit(self, change: Change, written_at: int) -> None:
        """Note when a change was committed that was written to the topic at ``written_at`` (ms)."""
        if change.committed_at is not None and change.snapshot in (SnapshotPlace.NONE, SnapshotPlace.END):
            self.note(change.committed_at, written_at)

    def note(self, through: int, written_at: int) -> None:
        """Note that all before ``through`` (ms) was written by ``written_at`` (ms)."""
        if self._pending and through <= self._pending[-1][0]:
            return
        settles_at = (written_at // _AT_ONCE_MS + 1) * _AT_ONCE_MS + SETTLED_MS
        while self._pending and self._pending[-1][1] >= settles_at:
            self._pending.pop()
        self._pending.append((through, settles_at))

    def through(self, end_asked_at: int) -> int | None:
        """Return through when (ms) all is complete, after an end was read that was asked for then.

        None where it is not more than was vouched for before.
        """
        if self.in_snapshot:
            return None
        settled = [through for through, settles_at in self._pending if settles_at <= end_asked_at]
        self._pending = [entry for entry in self._pending if entry[1] > end_asked_at]
        if not settled:
            return None
        through = min(max(settled), end_asked_at) - self._overlap - 1
        if through <= 0 or (self._vouched is not None and through <= self._vouched):
            return None
        self._vouched = through
        return through
