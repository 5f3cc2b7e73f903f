"""After a rebalance: the monitors of the partitions that are ours now, rebuilt from the state table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.metrics import PARTITIONS, RECOVERIES, RECOVERY_SECONDS, STATE_ENTRIES, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.monitors import Monitors, force_of

if TYPE_CHECKING:
    from agents.topics.erasures import ErasureRequest
    from agents.worker.crash import WorkerCrash
    from agents.worker.faust_tables import StateTable
    from agents.worker.ticker import Ticker

_log: Final = structlog.get_logger("cdi.recovery")


class Recovery:
    """Rebuilds the monitors after every recovery of the state table, before any message is handed out."""

    def __init__(
        self,
        table: StateTable,
        monitors: Monitors,
        ticker: Ticker,
        read_erasures: Callable[[], Awaitable[Iterable[ErasureRequest]]],
        still_busy: Callable[[], None],
        crash: WorkerCrash,
        metrics: Metrics,
        clock: ProcessClock = SYSTEM_CLOCK,
    ) -> None:
        """Take the parts; ``read_erasures`` reads all erasures there ever were.

        ``still_busy`` is called every so often by what takes long.
        """
        self._table = table
        self._monitors = monitors
        self._ticker = ticker
        self._read_erasures = read_erasures
        self._still_busy = still_busy
        self._crash = crash
        self._metrics = metrics
        self._clock = clock
        self.recovered = False
        """Whether the monitors are those of the current assignment."""

    async def run(self) -> None:
        """Rebuild the monitors, or stop the worker: Faust swallows what is raised here and carries on."""
        self.recovered = False
        try:
            await self._rebuild()
            self.recovered = True
            return
        except Exception as caught:  # noqa: BLE001 - whatever it is, nothing may be judged on half a state
            failure = caught
        self._monitors.rebuild((), ())
        await self._crash.stop_worker(failure)

    async def _rebuild(self) -> None:
        started_at = self._clock.stopwatch()
        owned = self._table.active_partitions
        partition_of = self._monitors.partition_of
        self._table.drop_except(owned, lambda key: partition_of(force_of(key)))
        entries = self._monitors.rebuild(self._table.data.items(), owned, self._still_busy)
        # Before any record: one that the source sent anew after an erasure must not go with those before it.
        for request in await self._read_erasures():
            if partition_of(request.erasure.force) in owned:
                self._monitors.monitor(request.erasure.force).erase(request.erasure, request.erased_at)
        await self._ticker.begin(owned)
        seconds = self._clock.stopwatch() - started_at
        self._metrics.count(RECOVERIES)
        self._metrics.set(RECOVERY_SECONDS, seconds)
        self._metrics.set(STATE_ENTRIES, entries)
        self._metrics.set(PARTITIONS, len(owned))
        _log.info("recovered", partitions=sorted(owned), entries=entries, seconds=round(seconds, 3))
