"""One record's snapshots in version order, and what may be asked of them.

A record's snapshots are ordered by ``(event_time, revision, event_id bytewise, SHA-256 of the encoded body)``; the
highest in effect is what the source system says now.  Nothing here depends on arrival order: a record is the set of
its snapshots, and every question is answered from that set.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Generic, TypeVar

import msgspec

from schemas.codec import body_digest
from schemas.records import Snapshot

S = TypeVar("S", bound=Snapshot)

ENVELOPE_FIELDS = len(Snapshot.__struct_fields__)
KEPT_WHOLE = 16
"""A record with more snapshots than this keeps only the first and last of each run of equal bodies."""


class Insertion(Enum):
    """What became of a snapshot offered to its record."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Added, but another body was already there under the same event_id."""


def version(snapshot: Snapshot) -> tuple[int, int, bytes]:
    """Return the part of a snapshot's order that is read without encoding it."""
    return (snapshot.event_time, snapshot.revision, snapshot.event_id.encode())


def body(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what a snapshot says apart from its envelope."""
    return msgspec.structs.astuple(snapshot)[ENVELOPE_FIELDS:]


class Record(Generic[S]):
    """The snapshots of one record; the first ``shown`` of them are in effect."""

    __slots__ = ("effective_count", "snapshots")

    def __init__(self) -> None:
        self.snapshots: list[S] = []
        self.effective_count = 0

    @property
    def effective(self) -> Sequence[S]:
        """The snapshots in effect, oldest version first."""
        return self.snapshots if self.effective_count == len(self.snapshots) else self.snapshots[: self.effective_count]

    @property
    def first(self) -> S:
        """The lowest version: what the record said when it was first saved."""
        return self.snapshots[0]

    @property
    def newest(self) -> S:
        """The highest version in effect: what the record says now."""
        return self.snapshots[self.effective_count - 1]

    def take_effect(self, clock: int) -> bool:
        """Let the snapshots up to ``clock`` take effect; return whether any did."""
        before, versions = self.effective_count, self.snapshots
        while self.effective_count < len(versions) and versions[self.effective_count].event_time <= clock:
            self.effective_count += 1
        return self.effective_count > before

    def insert(self, snapshot: S, *, in_effect: bool) -> Insertion:
        """Put a snapshot in its place; ``in_effect`` says whether it takes effect at once."""
        versions = self.snapshots
        outcome = Insertion.ADDED
        for other in versions:
            if other.event_id == snapshot.event_id:
                if other == snapshot:
                    return Insertion.DUPLICATE
                outcome = Insertion.CONFLICT
        if not versions or versions[-1].event_time < snapshot.event_time:
            versions.append(snapshot)
        else:
            versions.insert(self._place(snapshot), snapshot)
        if in_effect:
            self.effective_count += 1
        if len(versions) > KEPT_WHOLE:
            self._collapse()
        return outcome

    def _place(self, snapshot: S) -> int:
        order = version(snapshot)
        at = bisect_left(self.snapshots, order, key=version)
        if at < len(self.snapshots) and version(self.snapshots[at]) == order:
            digest = body_digest(snapshot)
            while (
                at < len(self.snapshots)
                and version(self.snapshots[at]) == order
                and body_digest(self.snapshots[at]) < digest
            ):
                at += 1
        return at

    def _collapse(self) -> None:
        """Drop what stands between two equal bodies next to it: it can change no answer about its run."""
        kept: list[S] = []
        bodies: list[tuple[object, ...]] = []
        shown = self.effective_count
        for index, snapshot in enumerate(self.snapshots):
            said = body(snapshot)
            if index < self.effective_count and len(bodies) > 1 and bodies[-1] == bodies[-2] == said:
                kept[-1] = snapshot
                shown -= 1
            else:
                kept.append(snapshot)
                bodies.append(said)
        self.snapshots[:] = kept
        self.effective_count = shown

    def since(self, holds: Callable[[S], bool]) -> S | None:
        """Return the snapshot since which ``holds`` has been true without a break, or None if it is not true now.

        Snapshots of one millisecond take effect together, so only the highest of them counts.
        """
        start: S | None = None
        later: S | None = None
        for snapshot in reversed(self.effective):
            if later is not None and later.event_time == snapshot.event_time:
                continue
            later = snapshot
            if not holds(snapshot):
                break
            start = snapshot
        return start

    def as_of(self, moment: int) -> S | None:
        """Return what the record said at ``moment`` (ms), or None if it was not there yet."""
        for snapshot in reversed(self.effective):
            if snapshot.event_time <= moment:
                return snapshot
        return None

    def first_stated(self, state: Callable[[S], int | None]) -> int | None:
        """Return the value that the first snapshot to state it says (spec section 2: stated once, altered never)."""
        for snapshot in self.effective:
            value = state(snapshot)
            if value is not None:
                return value
        return None
