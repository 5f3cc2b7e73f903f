"""Having a monitor keep a review queue of made-up snapshots."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.products import Review
from schemas.records import Snapshot
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.reviews.blind_share import digest_of, is_blind
from tests.streams.world import BUILT_IN, FORCE, Time, ms

Queue = dict[str, Review]
"""Entries by reference."""


class QueueWatch:
    """A monitor on the stream clock, and what it has published of the queue."""

    def __init__(self, *snapshots: Snapshot, book: PolicyBook = BUILT_IN) -> None:
        self.book = book
        self.monitor = Monitor(FORCE, book)
        self.published: dict[bytes, Review] = {}
        self.table: dict[bytes, bytes] = {}
        self.messages = 0
        self.receives(*snapshots)

    def receives(self, *snapshots: Snapshot) -> QueueWatch:
        """Let snapshots arrive."""
        for snapshot in snapshots:
            self.monitor.apply(snapshot, snapshot.event_time)
        return self

    def advances(self, until: Time) -> QueueWatch:
        """Let the clock pass to a moment, and publish and write what changed."""
        self.monitor.advance(ms(until))
        self.drains()
        return self

    def drains(self) -> Changes:
        """Publish and write what changed."""
        changes = self.monitor.drain()
        for key, review in changes.reviews.items():
            self.messages += 1
            if review is None:
                self.published.pop(key, None)
            else:
                self.published[key] = review
        for state_key, value in changes.state:
            if value is None:
                self.table.pop(state_key, None)
            else:
                self.table[state_key] = value
        return changes

    def restarts(self) -> QueueWatch:
        """Begin again with what was written."""
        self.monitor = Monitor(FORCE, self.book)
        for key, value in self.table.items():
            self.monitor.restore(key, value)
        self.monitor.restored()
        return self

    @property
    def queue(self) -> Queue:
        """What is published now."""
        return {review.ref: review for review in self.published.values()}


def queue(*snapshots: Snapshot, until: Time, book: PolicyBook = BUILT_IN) -> Queue:
    """Return the queue of these snapshots at a moment."""
    return QueueWatch(*snapshots, book=book).advances(until).queue


def statuses(entries: Queue) -> dict[str, str]:
    """Return each entry's status."""
    return {ref: review.status for ref, review in entries.items()}


def blind_refs(blind: bool, refs: Iterable[str], percent: int = 5) -> list[str]:
    """Return the references of incidents that are, or are not, of the blind share."""
    return [ref for ref in refs if is_blind(digest_of(FORCE, "STORM", ref), percent) is blind]
