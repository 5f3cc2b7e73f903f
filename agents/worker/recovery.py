"""After a rebalance: the monitors of the partitions that are ours now, rebuilt from the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.metrics import PARTITIONS, RECOVERIES, RECOVERY_SECONDS, STATE_ENTRIES, Metrics
from agents.settings.clock import stopwatch
from agents.worker.monitors import Monitors, force_of

if TYPE_CHECKING:
    from agents.topics.erasures import ErasureRequest
    from agents.worker.faust_tables import StateTable
    from agents.worker.intake import Intake

_log: Final = structlog.get_logger("cdi.recovery")


class Recovery:
    """Rebuilds the monitors each time the table has been recovered, before any message is handed out."""

    def __init__(
        self,
        forces: Monitors,
        intake: Intake,
        metrics: Metrics,
        *,
        tick_offsets: Callable[[frozenset[int]], Awaitable[dict[int, int]]],
        still_busy: Callable[[], None],
        erasures: Callable[[], Awaitable[Iterable[ErasureRequest]]],
        crash: Callable[[BaseException], Awaitable[None]],
    ) -> None:
        """``tick_offsets`` says where each partition's ticks end now; ``erasures`` gives all that were ever asked for.

        ``still_busy`` is called every so often by what takes long; ``crash`` stops the worker.
        """
        self._forces = forces
        self._intake = intake
        self._metrics = metrics
        self._tick_offsets = tick_offsets
        self._still_busy = still_busy
        self._erasures = erasures
        self._crash = crash
        self.recovered = False

    async def run(self, table: StateTable) -> None:
        """Rebuild.  Faust swallows what is raised here and carries on, so a failure stops the worker instead."""
        self.recovered = False
        try:
            await self._rebuild(table)
            self.recovered = True
            return
        except Exception as caught:  # noqa: BLE001 - whatever it is, nothing may be judged on half a state
            failure = caught
        self._forces.rebuild((), ())
        await self._crash(failure)

    async def _rebuild(self, table: StateTable) -> None:
        started_at = stopwatch()
        owned = table.active_partitions
        partition_of = self._forces.partition_of
        table.drop_except(owned, lambda key: partition_of(force_of(key)))
        entries = self._forces.rebuild(table.data.items(), owned, self._still_busy)
        # Before any record: one that the source sent anew after an erasure must not go with those before it.
        for asked in await self._erasures():
            if partition_of(asked.erasure.force) in owned:
                self._forces.monitor(asked.erasure.force).erase(asked.erasure, asked.erased_at)
        self._intake.count_ticks_from(await self._tick_offsets(owned))
        seconds = stopwatch() - started_at
        self._metrics.count(RECOVERIES)
        self._metrics.set(RECOVERY_SECONDS, seconds)
        self._metrics.set(STATE_ENTRIES, entries)
        self._metrics.set(PARTITIONS, len(owned))
        _log.info("recovered", partitions=sorted(owned), entries=entries, seconds=round(seconds, 3))
