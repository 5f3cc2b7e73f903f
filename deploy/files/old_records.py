"""Count records that are older than workers remember."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from schemas.quantities import counted, exact_span
from schemas.records import NoCrime, Snapshot
from schemas.times import to_rfc3339
from streams.facts.matters import KIND_BY_TOPIC

_FORGOTTEN_TOPICS = {*KIND_BY_TOPIC, NoCrime.TOPIC}
"""Of histories, training and people's links nothing is ever forgotten."""


class OldRecords(NamedTuple):
    """Snapshots that ``forget_after`` had passed over at some moment."""

    number: int
    oldest: int
    """The least event_time (ms) of them."""
    forget_after: int

    def __str__(self) -> str:
        saved = counted(self.number, "snapshot is", "snapshots are")
        return f"{saved} older than the policy's forget_after, {exact_span(self.forget_after)}"


class EventTimes:
    """The event_time of each snapshot that may be forgotten."""

    def __init__(self) -> None:
        self._times = array("q")

    def add(self, snapshot: Snapshot) -> None:
        """Note a snapshot's."""
        if snapshot.TOPIC in _FORGOTTEN_TOPICS:
            self._times.append(snapshot.event_time)

    def newest(self) -> int | None:
        """Return the greatest of them (ms)."""
        return max(self._times, default=None)

    def old(self, clock: int, forget_after: int) -> OldRecords | None:
        """Return what workers do not remember once their clock is at ``clock`` (ms); None if nothing."""
        old = [moment for moment in self._times if moment + forget_after <= clock]
        return OldRecords(len(old), min(old), forget_after) if old else None

    def ignored(self, forget_after: int, now: int | None) -> str | None:
        """Say what workers ignore of them at ``now`` (ms).

        Without it the clock is taken to be at the newest of them, as the stream clock is once they are read.
        """
        reached = self.newest() if now is None else now
        old = None if reached is None else self.old(reached, forget_after)
        if reached is None or old is None:
            return None
        by = f" whose clock has come to {to_rfc3339(reached)}, the newest here," if now is None else ""
        oldest = to_rfc3339(old.oldest)
        return f"{old}, the oldest of {oldest}: workers{by} count and ignore what they do not remember of it"
