"""One record's snapshots, in order of their versions.

A record's snapshots are ordered by ``(event_time, revision, event_id bytewise, SHA-256 of the encoded body)``; the
highest in effect is what the source system says now.  Of those with one event_time only the highest is read: a higher
revision is how a source corrects what it said of that moment.  Nothing here depends on arrival order: a record is the
set of its snapshots, and every question is answered from that set.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Generic, TypeVar

import msgspec

from schemas.codec import body_digest
from schemas.records import Snapshot

S = TypeVar("S", bound=Snapshot)

ENVELOPE_FIELDS = len(Snapshot.__struct_fields__)
KEPT_WHOLE = 16
"""Beyond so many snapshots a record drops, at times, all but the first and last of each run of equal bodies."""


class Insertion(Enum):
    """What became of a snapshot offered to its record."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Added, but another body was already there under the same event_id."""


def version(snapshot: Snapshot) -> tuple[int, int, bytes]:
    """Return what snapshots of a record are ordered by before their bodies are compared."""
    return (snapshot.event_time, snapshot.revision, snapshot.event_id.encode())


def _event_time(snapshot: Snapshot) -> int:
    return snapshot.event_time


def body(snapshot: Snapshot) -> tuple[object, ...]:
    """Return the values of a snapshot apart from its envelope."""
    return msgspec.structs.astuple(snapshot)[ENVELOPE_FIELDS:]


def _is_within(before: int, moment: int, after: int) -> bool:
    """Return whether a snapshot of ``moment`` is alone with it, or neither lowest nor highest of it."""
    return (before == moment) == (moment == after)


class Record(Generic[S]):
    """The snapshots of one record; the first ``effective_count`` of them are in effect."""

    __slots__ = ("_collapse_beyond", "_event_ids", "_read", "effective_count", "shares_moments", "snapshots")

    def __init__(self) -> None:
        self.snapshots: list[S] = []
        self.effective_count = 0
        self.shares_moments = False
        """Whether two snapshots may be of one event_time."""
        self._read: tuple[int, list[S]] | None = None
        """Of a record that shares moments: how many are in effect, and those of them that are read."""
        self._collapse_beyond = KEPT_WHOLE
        self._event_ids: set[str] | None = None
        """Of a long record, every event_id in it, and perhaps of snapshots that have gone."""

    @property
    def in_effect(self) -> Sequence[S]:
        """The snapshots in effect, lowest version first, those among them that are not read."""
        snapshots, count = self.snapshots, self.effective_count
        return snapshots if count == len(snapshots) else snapshots[:count]

    @property
    def effective(self) -> Sequence[S]:
        """The snapshots in effect, lowest version first, of each event_time the highest."""
        if not self.shares_moments:
            snapshots, count = self.snapshots, self.effective_count
            return snapshots if count == len(snapshots) else snapshots[:count]
        if self._read is None or self._read[0] != self.effective_count:
            highest = {snapshot.event_time: snapshot for snapshot in self.in_effect}
            self._read = self.effective_count, list(highest.values())
        return self._read[1]

    @property
    def first(self) -> S:
        """The record as it was first saved: of the first event_time the highest version."""
        first = self.snapshots[0]
        return self.at_moment(first.event_time)[-1] if self.shares_moments else first

    def at_moment(self, event_time: int) -> Sequence[S]:
        """Return the snapshots of an event_time (ms), in effect or not, lowest version first."""
        snapshots = self.snapshots
        start = bisect_left(snapshots, event_time, key=_event_time)
        return snapshots[start : bisect_right(snapshots, event_time, lo=start, key=_event_time)]

    @property
    def newest(self) -> S:
        """The highest version in effect: the record as it is now."""
        return self.snapshots[self.effective_count - 1]

    def take_effect(self, clock: int) -> bool:
        """Let the snapshots up to ``clock`` (ms) take effect; return whether any did."""
        before, snapshots = self.effective_count, self.snapshots
        while self.effective_count < len(snapshots) and snapshots[self.effective_count].event_time <= clock:
            self.effective_count += 1
        return self.effective_count > before

    def insert(self, snapshot: S, *, in_effect: bool) -> Insertion:
        """Put a snapshot in its place; ``in_effect`` says whether it takes effect at once."""
        snapshots = self.snapshots
        outcome = Insertion.ADDED
        if self._may_hold(snapshot.event_id):
            for other in snapshots:
                if other.event_id == snapshot.event_id:
                    if other == snapshot:
                        return Insertion.DUPLICATE
                    outcome = Insertion.CONFLICT
        self._read = None
        if not snapshots or snapshots[-1].event_time < snapshot.event_time:
            snapshots.append(snapshot)
        else:
            position = self._position(snapshot)
            neighbours = snapshots[max(position - 1, 0) : position + 1]
            if any(other.event_time == snapshot.event_time for other in neighbours):
                self.shares_moments = True
            snapshots.insert(position, snapshot)
        if in_effect:
            self.effective_count += 1
        if len(snapshots) > self._collapse_beyond:
            self._collapse()
            # Not at every snapshot of a record that says something else each time: that would take the square of them.
            self._collapse_beyond = max(KEPT_WHOLE, 2 * len(snapshots))
        return outcome

    def _may_hold(self, event_id: str) -> bool:
        """Return whether a snapshot of this event_id may be there, and expect one from now on."""
        if len(self.snapshots) <= KEPT_WHOLE:
            self._event_ids = None
            return True
        if self._event_ids is None:
            self._event_ids = {snapshot.event_id for snapshot in self.snapshots}
        if event_id in self._event_ids:
            return True
        self._event_ids.add(event_id)
        return False

    def _position(self, snapshot: S) -> int:
        """Return where a snapshot belongs; its digest is worked out only if the versions are the same."""
        snapshots, order = self.snapshots, version(snapshot)
        position = bisect_left(snapshots, order, key=version)
        if position < len(snapshots) and version(snapshots[position]) == order:
            digest = body_digest(snapshot)
            while (
                position < len(snapshots)
                and version(snapshots[position]) == order
                and body_digest(snapshots[position]) < digest
            ):
                position += 1
        return position

    def _collapse(self) -> None:
        """Drop every snapshot in effect that lies between two of an equal body: no answer depends on it.

        But for one that is the highest or the lowest of several with one event_time, which others are read by.

        Should another body come later for a moment between the two, :meth:`since` names the second, and no longer the
        first of those dropped after that moment.  By the stream clock that takes a feed that broke its word: of what
        is in effect, every feed has vouched that it is all there.  By the wall clock it takes a snapshot that comes
        after later ones.
        """
        remaining: list[S] = []
        bodies: list[tuple[object, ...]] = []
        count = self.effective_count
        for index, snapshot in enumerate(self.snapshots):
            values = body(snapshot)
            if (
                index < self.effective_count
                and len(bodies) > 1
                and bodies[-1] == bodies[-2] == values
                and _is_within(remaining[-2].event_time, remaining[-1].event_time, snapshot.event_time)
            ):
                remaining[-1] = snapshot
                count -= 1
            else:
                remaining.append(snapshot)
                bodies.append(values)
        self.snapshots[:] = remaining
        self.effective_count = count

    def drop_effective(self) -> None:
        """Drop the snapshots in effect; those that wait stay."""
        del self.snapshots[: self.effective_count]
        self.effective_count = 0
        self._read = None

    def clear(self) -> None:
        """Drop every snapshot."""
        self.snapshots.clear()
        self.effective_count = 0
        self._read = None

    def since(self, holds: Callable[[S], bool]) -> S | None:
        """Return the snapshot since which ``holds`` is true without a break; None if it is not true now."""
        start: S | None = None
        for snapshot in reversed(self.effective):
            if not holds(snapshot):
                break
            start = snapshot
        return start

    def as_of(self, moment: int) -> S | None:
        """Return the snapshot that was the newest at ``moment`` (ms), or None if there was none yet."""
        position = bisect_right(self.snapshots, moment, hi=self.effective_count, key=_event_time)
        return self.snapshots[position - 1] if position else None

    def first_stated(self, state: Callable[[S], int | None]) -> int | None:
        """Return the value of the first snapshot that states one: a later one never changes it."""
        for snapshot in self.effective:
            value = state(snapshot)
            if value is not None:
                return value
        return None
