"""The parts of a worker, put together around one Faust app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from agents.kafka.codecs import codec_of, schema_source
from agents.kafka.producer import KafkaProducer
from agents.kafka.writer_release import WriterRelease
from agents.observability.metrics import BROKER_REACHABLE, CHANGELOG_BACKLOG, PROGRESSING, READY, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.topics.erasures import read_erasures_async
from agents.worker.batch_processor import BatchProcessor
from agents.worker.batches import batches
from agents.worker.broker_clock import BrokerClock
from agents.worker.crash import WorkerCrash
from agents.worker.faust_app import RawSchema, WorkerApp
from agents.worker.faust_tables import StateTable, state_table
from agents.worker.gauges import REFRESH_SECONDS, Gauges
from agents.worker.liveness import Liveness
from agents.worker.monitors import Monitors
from agents.worker.pipeline.acknowledge import Acknowledger
from agents.worker.pipeline.admit import Admission
from agents.worker.pipeline.advance import Advancer
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.batch_log import BatchLog
from agents.worker.pipeline.batch_metrics import BatchMetrics
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.listener import BatchListeners
from agents.worker.pipeline.persist import Persister
from agents.worker.pipeline.publish import Publisher
from agents.worker.pipeline.receive import Receiver
from agents.worker.rates import Rates
from agents.worker.recovery import Recovery, StateTopic
from agents.worker.retention import Retention
from agents.worker.ticker import Ticker
from streams.engine.clocks import clock_for
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_SESSION_SHARE: Final = 0.75
"""A message must be with the broker within this share of a session: before another worker can have taken over."""


NewMonitor = Callable[[str], Monitor]
"""Makes the monitor of a force."""

OnCrash = Callable[[int], None]
"""Is called with the exit status when the worker begins to stop itself."""


def _idle(exit_status: int) -> None:
    """Do nothing more when the worker stops itself."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A worker that is put together and not started."""

    app: WorkerApp
    crash: WorkerCrash
    recovery: Recovery
    liveness: Liveness
    metrics: Metrics

    @property
    def ready(self) -> bool:
        """Whether the state is rebuilt, no rebalance is under way and Kafka answers."""
        return self.recovery.recovered and not self.app.rebalancing and self.liveness.broker_reachable


def assemble(
    settings: Settings,
    *,
    monitor: NewMonitor | None = None,
    clock: ProcessClock = SYSTEM_CLOCK,
    on_crash: OnCrash = _idle,
) -> Assembly:
    """Put a worker together.

    ``monitor`` makes monitors other than those of the settings' policy and clock.
    """
    book = PolicyBook.built_in() if settings.policy is None else PolicyBook.from_toml(settings.policy.read_text())
    codec, source, metrics = codec_of(settings, asks=False), schema_source(settings), Metrics()
    producer = KafkaProducer(settings.client(), deliver_within_seconds=settings.session_seconds * _SESSION_SHARE)
    liveness = Liveness(settings, producer.answers, clock)
    app = WorkerApp(settings, watch=liveness.watch)
    table = state_table(app, settings, producer, WriterRelease.current(book.version).headers)
    rates = Rates(app, settings, producer, clock)
    monitors = Monitors(monitor or partial(Monitor, book=book, clock=clock_for(settings.clock)), settings.partition_of)
    ticker = Ticker(settings, app, table, producer, codec, metrics, BrokerClock(metrics, clock))
    listener = BatchListeners(BatchMetrics(metrics, clock), BatchLog(), ticker, liveness)
    crash = WorkerCrash(app, listener, on_crash)
    processor = BatchProcessor(
        receiver=Receiver(app),
        decoder=Decoder(codec, source),
        admission=Admission(settings.partition_of, book.far_future, ticker.counts),
        applier=Applier(monitors),
        advancer=Advancer(monitors, clock),
        publisher=Publisher(settings, producer, codec, app.require_membership),
        persister=Persister(table, rates, producer, app.require_membership),
        acknowledger=Acknowledger(app),
        listener=listener,
        crash=crash,
        clock=clock,
    )
    read_erasures = partial(read_erasures_async, settings, codec, source)
    state_topic, still_busy = StateTopic(settings, app), liveness.still_busy
    recovery = Recovery(table, state_topic, monitors, ticker, read_erasures, still_busy, crash, metrics, clock=clock)
    retention = Retention(settings, app, monitors, ticker, producer, metrics, book.published_for, clock=clock)
    _attach(app, settings, processor, table, recovery, ticker, Gauges(monitors, metrics, book, rates, clock), retention)
    assembly = Assembly(app, crash, recovery, liveness, metrics)
    _follow(metrics, assembly, book)
    return assembly


def _attach(
    app: WorkerApp,
    settings: Settings,
    processor: BatchProcessor,
    table: StateTable,
    recovery: Recovery,
    ticker: Ticker,
    gauges: Gauges,
    retention: Retention,
) -> None:
    """Have Faust call the parts: one agent over all topics, the recovery, and what runs beside them."""

    @app.agent(app.topic(*app.input_topics, schema=RawSchema()), name="intake")
    async def intake(stream: Any) -> None:  # noqa: ANN401
        queue = aiter(stream.channel).queue  # not from the stream, whose own takes hand on one message at a time
        app.room.queue = queue
        async for events in batches(app, queue, settings.batch_messages, settings.batch_seconds):
            await processor.process(events)

    @table.on_recover
    async def recover() -> None:
        await recovery.run()

    @app.task  # type: ignore[untyped-decorator]  # Faust leaves it without types
    async def tick() -> None:
        while not app.should_stop:
            await app.sleep(settings.tick_seconds)
            await ticker.tick()

    @app.task  # type: ignore[untyped-decorator]
    async def refresh() -> None:
        while not app.should_stop:
            await gauges.refresh()
            await app.sleep(REFRESH_SECONDS)

    @app.task  # type: ignore[untyped-decorator]
    async def retain() -> None:
        await app.sleep(retention.first_wait_seconds)
        while not app.should_stop:
            await retention.run()
            await app.sleep(retention.wait_seconds)


def _follow(metrics: Metrics, assembly: Assembly, book: PolicyBook) -> None:
    """Have gauges answer, whenever they are read, with how the worker is."""
    app, recovery, liveness = assembly.app, assembly.recovery, assembly.liveness
    metrics.describe("worker", book.version)
    metrics.follow(READY, lambda: assembly.ready)
    metrics.follow(PROGRESSING, lambda: liveness.progressing)
    metrics.follow(BROKER_REACHABLE, lambda: liveness.broker_reachable)
    metrics.follow(CHANGELOG_BACKLOG, lambda: 0 if recovery.recovered else app.changelog_backlog)
