"""The parts of a worker, put together around one Faust app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

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
from agents.worker.membership import DELIVERY_SHARE, Membership
from agents.worker.monitors import Monitors
from agents.worker.pipeline.acknowledge import Acknowledger
from agents.worker.pipeline.admit import Admission
from agents.worker.pipeline.advance import Advancer
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.batch_log import BatchLog
from agents.worker.pipeline.batch_metrics import BatchMetrics
from agents.worker.pipeline.clock_limits import ClockLimits
from agents.worker.pipeline.corrections import CorrectionAuditor
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.listener import BatchListener, BatchListeners
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
    from agents.kafka.schema_cache import SchemaSource
    from agents.settings.settings import Settings
    from schemas.codec import Codec


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What every part is made with: how the worker is set, and what it talks to Kafka with."""

    settings: Settings
    clock: ProcessClock
    book: PolicyBook
    metrics: Metrics
    codec: Codec
    source: SchemaSource | None
    producer: KafkaProducer
    liveness: Liveness
    app: WorkerApp


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What the worker knows of the forces it owns."""

    table: StateTable
    rates: Rates
    monitors: Monitors
    ticker: Ticker
    broker_clock: BrokerClock


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
    base = _base(settings, clock)
    state = _state(base, monitor or partial(Monitor, book=base.book, clock=clock_for(settings.clock)))
    listener = BatchListeners(BatchMetrics(base.metrics, clock), BatchLog(), state.ticker, base.liveness)
    crash = WorkerCrash(base.app, listener, on_crash)
    recovery = _recovery(base, state, crash)
    _attach(base, _processor(base, state, listener, crash))
    _attach_recovery(state, recovery)
    _attach_tasks(base, state)
    assembly = Assembly(base.app, crash, recovery, base.liveness, base.metrics)
    _follow(assembly, base.book)
    return assembly


def _base(settings: Settings, clock: ProcessClock) -> _Base:
    producer = KafkaProducer(settings.client(), deliver_within_seconds=settings.session_seconds * DELIVERY_SHARE)
    liveness = Liveness(settings, producer.answers, clock)
    return _Base(
        settings=settings,
        clock=clock,
        book=PolicyBook.built_in() if settings.policy is None else PolicyBook.from_toml(settings.policy.read_text()),
        metrics=Metrics(),
        codec=codec_of(settings, asks=False),
        source=schema_source(settings),
        producer=producer,
        liveness=liveness,
        app=WorkerApp(settings, watch=liveness.watch),
    )


def _state(base: _Base, monitor: NewMonitor) -> _State:
    settings, app, producer = base.settings, base.app, base.producer
    table = state_table(app, settings, producer, WriterRelease.current(base.book.version).headers)
    broker_clock = BrokerClock(base.metrics, base.clock)
    return _State(
        table=table,
        rates=Rates(app, settings, producer, base.clock),
        monitors=Monitors(monitor, settings.partition_of),
        ticker=Ticker(settings, app, table, producer, base.codec, base.metrics, broker_clock),
        broker_clock=broker_clock,
    )


def _processor(base: _Base, state: _State, listener: BatchListener, crash: WorkerCrash) -> BatchProcessor:
    settings, app, producer = base.settings, base.app, base.producer
    membership = Membership(app.require_membership, settings.session_seconds, base.clock)
    return BatchProcessor(
        receiver=Receiver(app),
        decoder=Decoder(base.codec, base.source),
        admission=Admission(settings.partition_of, base.book.far_future, state.ticker.counts),
        applier=Applier(state.monitors),
        limits=ClockLimits(settings, app, state.monitors),
        advancer=Advancer(state.monitors, base.clock),
        auditor=CorrectionAuditor(settings, membership, base.clock.wall, lambda: state.monitors.times_rebuilt),
        publisher=Publisher(settings, producer, base.codec, membership),
        persister=Persister(state.table, state.rates, producer, membership),
        acknowledger=Acknowledger(app),
        listener=listener,
        crash=crash,
        clock=base.clock,
    )


def _recovery(base: _Base, state: _State, crash: WorkerCrash) -> Recovery:
    return Recovery(
        state.table,
        StateTopic(base.settings, base.app, state.table),
        state.monitors,
        state.ticker,
        partial(read_erasures_async, base.settings, base.codec, base.source),
        base.liveness.still_busy,
        crash,
        base.metrics,
        clock=base.clock,
    )


def _attach(base: _Base, processor: BatchProcessor) -> None:
    """Have Faust hand every topic's messages to one agent."""
    app, settings = base.app, base.settings

    @app.agent(app.topic(*app.input_topics, schema=RawSchema()), name="intake")
    async def intake(stream: Any) -> None:  # noqa: ANN401
        queue = aiter(stream.channel).queue  # not from the stream, whose own takes hand on one message at a time
        app.room.queue = queue
        async for events in batches(app, queue, settings.batch_messages, settings.batch_seconds):
            await processor.process(events)


def _attach_recovery(state: _State, recovery: Recovery) -> None:
    """Have Faust call the recovery once it has read the changelog."""

    @state.table.on_recover
    async def recover() -> None:
        await recovery.run()


def _attach_tasks(base: _Base, state: _State) -> None:
    """Have Faust run what goes on beside the batches: ticks, gauges and tombstoning."""
    app, settings, book, metrics, clock = base.app, base.settings, base.book, base.metrics, base.clock
    monitors, ticker = state.monitors, state.ticker
    gauges = Gauges(monitors, metrics, book, state.rates, clock)
    retention = Retention(
        settings,
        app,
        monitors,
        ticker,
        base.producer,
        metrics,
        book.published_for,
        broker_time=state.broker_clock.at_least,
        clock=clock,
    )

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


def _follow(assembly: Assembly, book: PolicyBook) -> None:
    """Have gauges answer, whenever they are read, with how the worker is."""
    app, recovery, liveness, metrics = assembly.app, assembly.recovery, assembly.liveness, assembly.metrics
    metrics.describe("worker", book.version)
    metrics.follow(READY, lambda: assembly.ready)
    metrics.follow(PROGRESSING, lambda: liveness.progressing)
    metrics.follow(BROKER_REACHABLE, lambda: liveness.broker_reachable)
    metrics.follow(CHANGELOG_BACKLOG, lambda: 0 if recovery.recovered else app.changelog_backlog)
