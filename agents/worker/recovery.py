"""After a rebalance: the monitors of the partitions that are ours now, rebuilt from the state table."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from faust.types import TP

from agents.kafka.reader import latest_records
from agents.observability.metrics import PARTITIONS, RECOVERIES, RECOVERY_SECONDS, STATE_ENTRIES, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.topics.state_entries import LEAVES_STATE, force_of, has_records, message_of_entry
from agents.worker.faust_consumer import NotSoughtError
from agents.worker.faust_thread import NotAMemberError
from agents.worker.monitors import Monitors
from agents.worker.state_version import StateIsUnreadableError, UnreadableEntryError
from schemas.products import Alert, Review
from streams.engine.persistence.published_alerts import entries_of
from streams.topology.topics import ALERTS, REVIEWS, STATE_CHANGELOG, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.topics.erasures import ErasureRequest
    from agents.worker.crash import WorkerCrash
    from agents.worker.faust_app import WorkerApp
    from agents.worker.faust_tables import StateTable
    from agents.worker.ticker import Ticker

T = TypeVar("T")
A = TypeVar("A", Alert, Review)
_log: Final = structlog.get_logger("cdi.recovery")
_LOOK_EVERY_SECONDS: Final = 0.1


class StateTopic:
    """Looks at the state's changelog where what was read from it is unreadable, or not all there."""

    def __init__(self, settings: Settings, app: WorkerApp, table: StateTable) -> None:
        self._settings = settings
        self._app = app
        self._table = table

    async def unreadable(self, entry: UnreadableEntryError) -> StateIsUnreadableError:
        """Return the error that names the message of an unreadable entry."""
        message = await _in_thread(message_of_entry, self._settings, entry.partition, entry.key)
        offset = None if message is None else message.offset
        return StateIsUnreadableError(self._settings.topic(STATE_CHANGELOG), entry.partition, offset, entry.failure)

    async def judge_lost_anew(self, partitions: Iterable[int], assignment: int) -> bool:
        """Have partitions read from their beginning whose state was lost, and return whether there are any.

        Their state is then no more than the alerts and reviews that were published.  Raises NotAMemberError,
        NotDeliveredError, NotSoughtError.
        """
        lost = [partition for partition in sorted(partitions) if await self._is_lost(partition)]
        for partition in lost:
            topic, empty = self._settings.topic(STATE_CHANGELOG), self._table.is_empty(partition)
            extent = "all" if empty else "a part"
            _log.error("state_lost", topic=topic, partition=partition, lost=extent, judged="from the beginning")
            alerts = await _in_thread(self._published, ALERTS, Alert, partition)
            reviews = await _in_thread(self._published, REVIEWS, Review, partition)
            await self._app.require_membership()
            self._require_current(assignment)
            begin_anew = partial(self._begin_anew, partition, assignment)
            await self._table.replace(partition, entries_of(alerts, reviews), begin_anew)
        return bool(lost)

    @property
    def assignment(self) -> int:
        """The number of the assignment of partitions; another one is under way where it has risen."""
        number: int = self._app.rebalancing_count
        return number

    async def is_superseded(self, assignment: int, failure: Exception) -> bool:
        """Return whether partitions are assigned anew; wait for it where a failure speaks for it."""
        patience = self._settings.session_seconds if isinstance(failure, NotSoughtError | NotAMemberError) else 0
        for _ in range(int(patience / _LOOK_EVERY_SECONDS)):
            if self.assignment != assignment:
                break
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return self.assignment != assignment

    def _require_current(self, assignment: int) -> None:
        if self.assignment != assignment:
            raise NotAMemberError("partitions are assigned anew")

    async def _is_lost(self, partition: int) -> bool:
        """Return whether a part of a partition's state is gone, or all of it though records were judged."""
        if not self._table.is_empty(partition):
            return not self._table.is_whole(partition)
        committed = {tp.topic: offset for tp, offset in (await self._app.committed(self._sources(partition))).items()}
        by_name = {topic.name: committed.get(self._settings.topic(topic), 0) for topic in LEAVES_STATE}
        return any(by_name.values()) and await _in_thread(has_records, self._settings, partition, by_name)

    def _published(self, topic: Topic, record_type: type[A], partition: int) -> list[A]:
        """Return the alerts or reviews of a partition's forces as they were last published."""
        published = latest_records(self._settings, topic, record_type, partitions=[partition]).values()
        return [record for record in published if self._settings.partition_of(record.force) == partition]

    async def _begin_anew(self, partition: int, assignment: int) -> None:
        """Have the sources of a partition read from their beginning."""
        committed = await self._app.committed(self._sources(partition))
        self._require_current(assignment)
        if committed:
            await self._app.commit_beginnings(committed, self._app.consumer_generation_id)

    def _sources(self, partition: int) -> list[TP]:
        return [TP(self._settings.topic(topic), partition) for topic in LEAVES_STATE]


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
        self._running: asyncio.Task[None] | None = None
        self.recovered = False
        """Whether the monitors are those of the current assignment."""

    async def run(self) -> None:
        """Rebuild the monitors, or stop the worker: Faust swallows what is raised here and carries on.

        Faust does not end a recovery that another assignment has overtaken.  It must not go on: it would set offsets,
        state and monitors back.
        """
        overtaken, self._running = self._running, asyncio.current_task()
        if overtaken is not None and overtaken is not self._running:
            overtaken.cancel()
        self.recovered = False
        assignment = self._state_topic.assignment
        try:
            await self._rebuild(assignment)
            self.recovered = self._state_topic.assignment == assignment
            return
        except Exception as caught:  # noqa: BLE001 - whatever it is, nothing may be judged on half a state
            failure = caught
        self._monitors.rebuild((), ())
        if await self._state_topic.is_superseded(assignment, failure):
            _log.info("recovery_superseded", failure=type(failure).__name__)
        else:
            await self._crash.stop_worker(failure)

    async def _rebuild(self, assignment: int) -> None:
        started_at = self._clock.stopwatch()
        owned = self._table.active_partitions
        partition_of = self._monitors.partition_of
        self._table.drop_except(owned, lambda key: partition_of(force_of(key)))
        self._table.count_entries()
        entries = await self._read_entries(owned)
        if await self._state_topic.judge_lost_anew(owned, assignment):
            entries = await self._read_entries(owned)
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

    async def _read_entries(self, owned: frozenset[int]) -> int:
        """Make the monitors of the table's entries, and count those."""
        try:
            return self._monitors.rebuild(self._table.data.items(), owned, self._still_busy)
        except UnreadableEntryError as unreadable:
            raise await self._state_topic.unreadable(unreadable) from None
