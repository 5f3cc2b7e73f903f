"""Play records back in compressed time: slices of a period, each completed by its feeds' heartbeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.files.feed import EPOCH
from schemas.records import POSSIBLE_FEEDS, Heartbeat, Snapshot

if TYPE_CHECKING:
    from deploy.files.feed import Producer

FeedSource = tuple[str, str, str]
"""Force, feed and source."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The snapshots that the feeds deliver up to a moment."""

    snapshots: Sequence[Snapshot]
    through: int
    """The feeds are complete through this moment (ms) once the slice is delivered."""


@dataclass(frozen=True, slots=True)
class Playback:
    """The records of a period, in order of event_time, and their sources."""

    slices: Sequence[Slice]
    sources: Sequence[FeedSource]

    @property
    def end(self) -> int:
        """Where the clock ends (ms)."""
        return self.slices[-1].through

    @property
    def begin(self) -> int:
        """Where the first slice ends (ms)."""
        return self.slices[0].through

    def open(self, producer: Producer) -> None:
        """Send the first heartbeat of every source: nothing is complete yet."""
        self._send_heartbeats(producer, EPOCH)

    def send(self, part: Slice, producer: Producer) -> None:
        """Send a slice and its heartbeats, and wait until the broker has it."""
        for snapshot in part.snapshots:
            producer.send(snapshot)
        self._send_heartbeats(producer, part.through)

    def _send_heartbeats(self, producer: Producer, through: int) -> None:
        for force, feed, source in self.sources:
            producer.send_heartbeat(feed, Heartbeat(force=force, source=source, complete_through=through))
        producer.flush()


def playback(snapshots: Sequence[Snapshot], step: int) -> Playback:
    """Cut snapshots, at least one, into slices ``step`` ms long.

    The last ends with the newest event_time.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.event_time)
    sources = dict.fromkeys(
        (snapshot.force, snapshot.TOPIC, snapshot.source) for snapshot in ordered if snapshot.TOPIC in POSSIBLE_FEEDS
    )
    return Playback(tuple(_cut(ordered, step)), tuple(sources))


def _cut(ordered: Sequence[Snapshot], step: int) -> Iterator[Slice]:
    part: list[Snapshot] = []
    end = ordered[-1].event_time
    through = min(ordered[0].event_time // step * step + step, end)
    for snapshot in ordered:
        while snapshot.event_time > through:
            yield Slice(tuple(part), through)
            part, through = [], min(through + step, end)
        part.append(snapshot)
    yield Slice(tuple(part), through)
