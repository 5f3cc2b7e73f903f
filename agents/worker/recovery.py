"""After a rebalance: the monitors of the partitions that are ours now, rebuilt from the state table."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from faust.types import TP

from agents.observability.metrics import PARTITIONS, RECOVERIES, RECOVERY_SECONDS, STATE_ENTRIES, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.topics.state_entries import LEAVES_STATE, force_of, has_records, message_of_entry
from agents.worker.monitors import Monitors
from agents.worker.state_version import StateIsUnreadableError, UnreadableEntryError
from streams.topology.topics import STATE_CHANGELOG

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.topics.erasures import ErasureRequest
    from agents.worker.crash import WorkerCrash
    from agents.worker.faust_app import WorkerApp
    from agents.worker.faust_tables import StateTable
    from agents.worker.ticker import Ticker

T = TypeVar("T")
_log: Final = structlog.get_logger("cdi.recovery")


class StateTopic:
    """Looks at the state's changelog where what was read from it is unreadable, or not there."""

    def __init__(self, settings: Settings, app: WorkerApp) -> None:
        self._settings = settings
        self._app = app

    async def unreadable(self, entry: UnreadableEntryError) -> StateIsUnreadableError:
        """Return the error that names the message of an unreadable entry."""
        message = await _in_thread(message_of_entry, self._settings, entry.partition, entry.key)
        offset = None if message is None else message.offset
        return StateIsUnreadableError(self._settings.topic(STATE_CHANGELOG), entry.partition, offset, entry.failure)

    async def judge_lost_anew(self, without_state: Iterable[int]) -> None:
        """Have partitions read from their beginning whose state was lost: records were judged, and left none.

        The beginning is committed before anything is judged, so that a worker that ends in between leaves no state
        behind that looks whole.
        """
        for partition in without_state:
            tps = [TP(self._settings.topic(topic), partition) for topic in LEAVES_STATE]
            committed = {tp.topic: offset for tp, offset in (await self._app.committed(tps)).items()}
            by_name = {topic.name: committed.get(self._settings.topic(topic), 0) for topic in LEAVES_STATE}
            if any(by_name.values()) and await _in_thread(has_records, self._settings, partition, by_name):
                topic = self._settings.topic(STATE_CHANGELOG)
                _log.error("state_lost", topic=topic, partition=partition, judged="from the beginning of the sources")
                await self._app.commit_beginnings(tp for tp in tps if tp.topic in committed)


async def _in_thread(function: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, lambda: function(*arguments))


class Recovery:
    """Rebuilds the monitors after every recovery of the state table, before any message is handed out."""

    def __init__(
        self,
        table: StateTable,
        state_topic: StateTopic,
        monitors: Monitors,
        ticker: Ticker,
        read_erasures: Callable[[], Awaitable[Iterable[ErasureRequest]]],
        still_busy: Callable[[], None],
        crash: WorkerCrash,
        metrics: Metrics,
        *,
        clock: ProcessClock = SYSTEM_CLOCK,
    ) -> None:
        """Take the parts; ``read_erasures`` reads all erasures there ever were.

        ``still_busy`` is called every so often by what takes long.
        """
        self._table = table
        self._state_topic = state_topic
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
        try:
            entries = self._monitors.rebuild(self._table.data.items(), owned, self._still_busy)
        except UnreadableEntryError as unreadable:
            raise await self._state_topic.unreadable(unreadable) from None
        await self._state_topic.judge_lost_anew(owned - self._monitors.partitions)
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
