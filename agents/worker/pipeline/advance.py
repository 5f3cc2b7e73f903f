"""Advancing: each force's clock runs as far as its feeds are complete; a long run is cut into parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from streams.policy.calendar import DAY, MINUTE

if TYPE_CHECKING:
    from agents.worker.monitors import Monitors
    from agents.worker.pipeline.admit import AdmittedMessage
    from agents.worker.pipeline.apply import AppliedBatch
    from agents.worker.pipeline.decode import RefusedMessage
    from agents.worker.pipeline.receive import InputBatch

_PART_SECONDS: Final = 1.0
"""How long a part of a run may take before what follows from it is published and persisted."""

_FIRST_STEP_MS: Final = DAY
_SHORTEST_STEP_MS: Final = MINUTE
_QUICK_SECONDS: Final = 0.02
_SLOW_SECONDS: Final = 0.1


class ForceChanges(NamedTuple):
    """What became different for one force."""

    partition: int
    force: str
    changes: Changes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from a batch, or a part of it: persisted before the next part begins."""

    batch: InputBatch
    changes: Sequence[ForceChanges] = ()
    records: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Records applied, by force, topic and minute (ms); of the whole batch, in its first part."""
    ticks: Mapping[int, int] = field(default_factory=dict)
    """The offset of the newest tick, by partition; in the first part."""
    refused: Sequence[RefusedMessage] = ()
    """Messages that become dead letters; in the first part."""
    is_last: bool = True
    admitted: Sequence[AdmittedMessage] = ()
    """The messages whose records the monitors were handed; in each part."""


class Advancer:
    """Lets the clocks of the forces that a batch concerns run, and collects what changed."""

    def __init__(self, monitors: Monitors, clock: ProcessClock = SYSTEM_CLOCK) -> None:
        self._monitors = monitors
        self._clock = clock

    def advance(self, applied: AppliedBatch, limits: Mapping[str, int]) -> Iterator[Outcome]:
        """Run the stream clock of each force to its limit (ms), and yield what follows part by part.

        Wall clocks have moved with ticks and arrivals.  A batch may let years pass; each part then takes about a
        second.  A caller that stops in between loses nothing: the batch is read again, and the clocks run on from where
        they are.
        """
        partitions = {**{force: self._monitors.partition_of(force) for force in limits}, **applied.partitions}
        behind = dict(limits)
        records, ticks, refused = applied.records, applied.ticks, applied.refused
        while True:
            self._run(behind)
            changes = [
                ForceChanges(partition, force, self._monitors.monitor(force).drain())
                for force, partition in partitions.items()
            ]
            yield Outcome(
                applied.batch, changes, records, ticks, refused, is_last=not behind, admitted=applied.admitted
            )
            if not behind:
                return
            records, ticks, refused = Counter(), {}, ()

    def _run(self, behind: dict[str, int]) -> None:
        """Let forces catch up, one after another, until the part's time is over.

        Those that have caught up leave ``behind``.
        """
        until = self._clock.stopwatch() + _PART_SECONDS
        for force in sorted(behind):
            if not self._catch_up(self._monitors.monitor(force), behind[force], until):
                return
            del behind[force]

    def _catch_up(self, monitor: Monitor, limit: int, until: float) -> bool:
        """Let a force's clock run to ``limit`` (ms), or until the stopwatch shows ``until``.

        Returns whether it got there.  The clock passes through the same moments in the same order however many steps
        that takes; a step is longer where little happens.
        """
        step = _FIRST_STEP_MS
        while monitor.clock is None or monitor.clock < limit:
            started_at = self._clock.stopwatch()
            if started_at > until:
                return False
            target = min(limit, 0) if monitor.clock is None else min(limit, monitor.clock + step)
            monitor.advance(target)
            seconds = self._clock.stopwatch() - started_at
            if seconds < _QUICK_SECONDS:
                step *= 2
            elif seconds > _SLOW_SECONDS:
                step = max(_SHORTEST_STEP_MS, step // 2)
        return True
