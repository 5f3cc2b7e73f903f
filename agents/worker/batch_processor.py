"""One batch from Kafka to Kafka: judged, sent, kept, and only then acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog

from agents.observability.failures import place
from agents.observability.metrics import (
    ALERTS,
    BATCH,
    BATCH_MESSAGES,
    CLOCK,
    COMMITTED,
    COMPLETE_THROUGH,
    COUNTED,
    DEAD_LETTERS,
    DECISION_SECONDS,
    EVENTS,
    STATE_WRITES,
    TICKS,
    UNKNOWN_CLASSES,
    Metrics,
)
from agents.settings.clock import stopwatch, wall_clock
from agents.worker import log_lines
from agents.worker.faust_consumer import FIRST, CarefulApp, Fetched
from agents.worker.intake import Arrival, Intake, Outcome
from agents.worker.state_version import EXIT_STATUS, StateIsNewerError
from schemas.codec import Codec
from streams.engine.changes import Changes

if TYPE_CHECKING:
    from faust.types import TP, EventT

    from agents.kafka.schema_cache import SchemaSource
    from agents.worker.faust_tables import StateTable
    from agents.worker.publisher import Publisher

_log: Final = structlog.get_logger("cdi.worker")


class WorkerFaultError(RuntimeError):
    """A bug, or a broker out of reach: named by its kind and place alone, since a message may quote a record."""


class MessageLostError(RuntimeError):
    """A message was fetched and never came: what follows it must not be acknowledged."""


class StaleBatchError(RuntimeError):
    """A batch outlived the assignment under which it was fetched."""


class BatchProcessor:
    """Carries batches; whatever goes wrong stops the worker with the batch unacknowledged."""

    def __init__(
        self,
        *,
        app: CarefulApp,
        intake: Intake,
        delivery: Publisher,
        table: StateTable,
        metrics: Metrics,
        codec: Codec,
        source: SchemaSource | None = None,
        tick_judged: Callable[[int], None],
        part_done: Callable[[], None],
        topics: Mapping[str, str],
    ) -> None:
        """``topics`` gives our name for each the broker knows; ``source`` tells of schemas the codec does not know.

        ``part_done`` is called when a part of a batch is with the broker, ``tick_judged`` with a tick's partition.
        """
        self.topics = topics
        self._app = app
        self._intake = intake
        self._delivery = delivery
        self._table = table
        self._metrics = metrics
        self._codec = codec
        self._source = source
        self._tick_judged = tick_judged
        self._part_done = part_done
        self._latest: dict[TP, int] = {}
        self.on_crash: Callable[[], None] = lambda: None
        """Called when the worker stops itself."""
        self.exit_status = 1
        """With which the process ends when the worker stops itself."""

    async def process(self, events: Sequence[EventT[Any]]) -> None:
        """Process one batch, and acknowledge it once everything that follows from it is with the broker."""
        try:
            await self._process(events)
            return
        except Exception as caught:  # noqa: BLE001 - nothing may escape: Faust would go on with the next batch
            failure = caught
        await self.crash(failure)  # out here, where Faust does not find what it was to log it
        await asyncio.Event().wait()  # until the worker is torn down around us

    async def crash(self, failure: BaseException) -> None:
        """Stop the worker on purpose."""
        fault = WorkerFaultError(f"{type(failure).__name__} at {place(failure)}")
        if isinstance(failure, StateIsNewerError):
            self.exit_status = EXIT_STATUS
            _log.error("state_is_newer", **failure.said)
        else:
            _log.error("worker_stops", failure=type(failure).__name__, at=place(failure))
        self.on_crash()
        await self._app.crash(fault)

    async def _process(self, events: Sequence[EventT[Any]]) -> None:
        started_at = stopwatch()
        generation = self._app.consumer_generation_id
        if any(event.message.generation_id != generation for event in events):
            raise StaleBatchError(f"not of generation {generation}")
        self._require_unbroken(events)
        names = self.topics
        messages = [event.message for event in events]
        arrivals = [
            Arrival(names[m.topic], m.partition, m.offset, round(m.timestamp * 1000), m.key, m.value) for m in messages
        ]
        if self._source is not None:
            await self._source.learn_ahead(self._codec, (arrival.value for arrival in arrivals))
        newest = {event.message.partition: event for event in events}
        self._intake.on_taken = log_lines.listener()
        for outcome in self._intake.judge(self._intake.receive(arrivals)):
            await self._delivery.send(outcome)
            self._decided(outcome, arrivals)
            written = await self._delivery.keep(outcome, self._table, newest)
            self._kept(outcome, written)
            if outcome.dead_letters:
                log_lines.say_dead_letters(outcome, log_lines.requests_in(events, names))
            self._part_done()
            if self._wanted_elsewhere() and self._intake.behind:
                self._app.forget(event.message for event in events)
                break
        else:
            for event in events:
                event.ack()
        seconds = stopwatch() - started_at
        log_lines.say_batch(events, seconds)
        self._metrics.observe(BATCH, seconds)
        self._metrics.set(BATCH_MESSAGES, len(events))
        self._metrics.count(COMMITTED, by=len(events))

    def _wanted_elsewhere(self) -> bool:
        """Whether a rebalance or the worker's end waits for the batch, whose rest may as well be judged after it."""
        return self._app.rebalancing or self._app.should_stop

    def _require_unbroken(self, events: Sequence[EventT[Any]]) -> None:
        """Check that each message is the one after the last of its partition, or the first after a seek."""
        latest = self._latest
        for event in events:
            message = event.message
            if not isinstance(message, Fetched):
                raise MessageLostError(f"{message.topic}: not from our transport")
            if message.after != FIRST and message.after != latest.get(message.tp):
                raise MessageLostError(f"{message.topic}/{message.partition} before {message.offset}")
            latest[message.tp] = message.offset

    def _decided(self, outcome: Outcome, arrivals: Sequence[Arrival]) -> None:
        if any(changes.alerts for _, _, changes in outcome.changes):
            waited = wall_clock() - max(arrival.ingest_time for arrival in arrivals)
            self._metrics.observe(DECISION_SECONDS, max(0, waited) / 1000)

    def _kept(self, outcome: Outcome, written: int) -> None:
        metrics = self._metrics
        metrics.count(STATE_WRITES, by=written)
        for (force, feed, _), number in outcome.events.items():
            metrics.count(EVENTS, force, feed, by=number)
        for letter in outcome.dead_letters:
            metrics.count(DEAD_LETTERS, letter.topic, letter.reason)
        for partition in outcome.ticks:
            self._tick_judged(partition)
            metrics.count(TICKS, str(partition))
        for _, force, changes in outcome.changes:
            self._changed(force, changes)
        if unknown := self._codec.unknown_classes.total():
            metrics.count(UNKNOWN_CLASSES, by=unknown)
            self._codec.unknown_classes.clear()

    def _changed(self, force: str, changes: Changes) -> None:
        metrics = self._metrics
        log_lines.say_alerts(changes.alerts)
        for alert in changes.alerts:
            metrics.count(ALERTS, alert.rule_id, alert.severity, alert.status)
        for what, number in changes.counted.items():
            metrics.count(COUNTED, force, what, by=number)
        if changes.clock is not None:
            if changes.clock.clock is not None:
                metrics.set(CLOCK, changes.clock.clock / 1000, force)
            for feed in changes.clock.feeds:
                if feed.complete_through is not None:
                    metrics.set(COMPLETE_THROUGH, feed.complete_through / 1000, force, feed.topic)
