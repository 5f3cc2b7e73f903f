"""How far the stream clocks may run: no further than topics without heartbeats have been read.

Heartbeats travel behind the records of their feed: whoever has read one has read all that it vouches for.  Links and
erasures have none, nor has a feed that the policy does not name.  A link that was there before the feeds vouched for a
moment may be fetched after their heartbeats; were the clock to pass that moment first, the link would take effect late,
and the same messages would lead to another history each time they are read.  So a clock runs only once those topics
have been read to where they ended when the heartbeats were there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from faust.types import TP

from agents.kafka.fetched_message import FIRST
from streams.topology.topics import ERASURES, SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.worker.faust_app import WorkerApp
    from agents.worker.monitors import Monitors
    from agents.worker.pipeline.receive import InputBatch

_LOOK_EVERY_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class _Awaited:
    """What is to be read in a partition before clocks may run."""

    ends: Mapping[TP, int]
    """Where its topics without heartbeats ended when that was asked."""
    gates: Mapping[str, int]
    """Through when (ms) the feeds of each force were complete by then."""


class ClockLimits:
    """Works out after each batch how far the stream clock of each force may run."""

    def __init__(self, settings: Settings, app: WorkerApp, monitors: Monitors) -> None:
        self._settings = settings
        self._app = app
        self._monitors = monitors
        self._generation = -1
        self._taken: dict[TP, int] = {}
        """The offset of the last message taken, by partition."""
        self._awaited: dict[int, _Awaited] = {}
        """By partition."""

    @property
    def holds_clocks(self) -> bool:
        """Whether a clock waits for messages that are not read yet."""
        return bool(self._awaited)

    async def after(self, batch: InputBatch) -> dict[str, int]:
        """Return how far (ms) the clock of each force may run, where it is behind its feeds.

        A force whose clock must wait is left out.  It is looked at again after each batch: what it waits for comes in
        one.
        """
        self._note(batch)
        vouched = self._vouched()
        for partition in self._awaited.keys() - vouched.keys():
            del self._awaited[partition]
        limits: dict[str, int] = {}
        for partition in tuple(self._awaited):
            await self._release(partition, limits)
        further = {
            partition: gates
            for partition, gates in vouched.items()
            if partition not in self._awaited and any(gate != limits.get(force) for force, gate in gates.items())
        }
        if further:
            ends = await self._app.readable_ends(
                tp for partition in further for tp in self._without_heartbeats(partition)
            )
            for partition, gates in further.items():
                own = {tp: end for tp, end in ends.items() if tp.partition == partition}
                self._awaited[partition] = _Awaited(own, gates)
                await self._release(partition, limits)
        return limits

    def _note(self, batch: InputBatch) -> None:
        """Note how far each partition was taken; begin anew where partitions were assigned anew."""
        generation = self._app.consumer_generation_id
        if generation != self._generation:
            self._generation = generation
            self._taken.clear()
            self._awaited.clear()
        for event in batch.events:
            self._taken[event.message.tp] = event.message.offset

    def _vouched(self) -> dict[int, dict[str, int]]:
        vouched: dict[int, dict[str, int]] = {}
        for force, gate in self._monitors.vouched().items():
            vouched.setdefault(self._monitors.partition_of(force), {})[force] = gate
        return vouched

    async def _release(self, partition: int, limits: dict[str, int]) -> None:
        """Let the clocks of a partition run if what they wait for was read."""
        awaited = self._awaited[partition]
        if await self._is_read(awaited.ends):
            limits |= awaited.gates
            del self._awaited[partition]

    async def _is_read(self, ends: Mapping[TP, int]) -> bool:
        """Return whether messages were taken to these ends.

        Wait where none is on its way and the broker has not answered: a partition may end in transaction markers.
        """
        unread = dict(ends)
        while True:
            unread = {
                tp: end for tp, end in unread.items() if not self._app.has_taken(tp, self._taken.get(tp, FIRST), end)
            }
            if not unread:
                return True
            if self._is_disturbed or any(self._app.has_waiting(tp, self._taken.get(tp, FIRST)) for tp in unread):
                return False
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    @property
    def _is_disturbed(self) -> bool:
        """Whether another batch waits, perhaps before what is awaited, or nothing is read any more."""
        queue = self._app.room.queue
        return self._app.rebalancing or self._app.should_stop or bool(queue is not None and queue.qsize())

    def _without_heartbeats(self, partition: int) -> list[TP]:
        """Return the partitions for which no feed vouches, as the policy names feeds for the forces there."""
        monitors = [monitor for _, monitor in self._monitors.of_partition(partition)]
        topics = [topic for topic in SOURCES if not all(topic.name in m.completeness.named for m in monitors)]
        return [TP(self._settings.topic(topic), partition) for topic in (*topics, ERASURES)]
