"""The Faust app: one agent over one channel of every topic that is read.  Faust only carries."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

import faust
from faust.events import Event
from faust.types import AppT, Message
from yarl import URL

from agents.kafka.codecs import codec_of, product_codec, schema_source
from agents.kafka.producer import KafkaProducer
from agents.kafka.writer_release import WriterRelease, client_id
from agents.observability.metrics import (
    ALERTS,
    BROKER_REACHABLE,
    CHANGELOG_BACKLOG,
    DEAD_LETTERS,
    PROGRESSING,
    READY,
    Metrics,
)
from agents.topics.erasures import read_erasures_async
from agents.worker.batch_processor import BatchProcessor
from agents.worker.batches import batches
from agents.worker.faust_consumer import CarefulApp
from agents.worker.faust_tables import StateTable, changelog
from agents.worker.gauges import EVERY_SECONDS, Gauges
from agents.worker.intake import Intake
from agents.worker.liveness import REBALANCE_SECONDS, Liveness
from agents.worker.monitors import Monitors
from agents.worker.publisher import Publisher
from agents.worker.rates import Rates
from agents.worker.recovery import Recovery
from agents.worker.retention import Retention
from agents.worker.ticker import Ticker
from schemas.products import Status
from schemas.refusals import REASONS
from streams.engine.clocks import clock_for
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.rules import CATALOGUE
from streams.topology.topics import INTAKE, STATE_CHANGELOG, STATE_TABLE

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_HEARTBEATS_PER_SESSION: Final = 5
_PATIENCE_SECONDS: Final = 86_400.0
"""How long a stream may take over a batch, or have nothing to do, before Faust says or does something about it: years
may pass in one batch, most topics are quiet most of the time, and /live tells whether a worker is stuck."""
_FETCHED_AHEAD: Final = 16_384


class RawSchema(faust.Schema[bytes, bytes]):
    """Hands out keys and values as the bytes they are, so that nothing can fail before our own code sees it."""

    def compile(self, app: AppT, **_: Any) -> Any:  # noqa: ANN401
        """Make what Faust calls on each message; its own asks the settings each time."""

        async def decode(message: Message, *, propagate: bool = False) -> Event:  # noqa: ARG001 - Faust's form
            return Event(app, message.key, message.value, message.headers, message)

        return decode

    def loads_key(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ANN401, ARG002
        """Give the key as it came, None where there is none."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ANN401, ARG002
        """Give the value as it came, None where there is none."""
        return message.value


@dataclass(frozen=True, slots=True)
class Assembly:
    """The parts of one worker process."""

    app: CarefulApp
    processor: BatchProcessor
    recovery: Recovery
    liveness: Liveness
    metrics: Metrics

    @property
    def ready(self) -> bool:
        """Whether the state is rebuilt, no rebalance is under way and Kafka answers."""
        return self.recovery.recovered and not self.app.rebalancing and self.liveness.broker_reachable

    @property
    def progressing(self) -> bool:
        """Whether nothing stands still that ought to move."""
        return self.liveness.progressing


def assemble(settings: Settings, *, monitor: Callable[[str], Monitor] | None = None) -> Assembly:
    """Put a worker together; ``monitor`` makes one force's, from the settings' policy unless given."""
    book = PolicyBook.built_in() if settings.policy is None else PolicyBook.from_toml(settings.policy.read_text())
    live = settings.clock == "live"
    app = CarefulApp(settings.group, **_configuration(settings))
    source = schema_source(settings)
    codec, metrics = codec_of(settings, asks=False), Metrics()
    producer = KafkaProducer(settings.client(), deliver_within_seconds=settings.session_seconds * 0.75)
    clock = clock_for(settings.clock)
    forces = Monitors(monitor or (lambda force: Monitor(force, book, clock=clock)), settings.partition_of)
    intake = Intake(forces, codec, live=live, far_future=book.far_future)
    table, rates = _state_table(app, settings, producer), Rates(app, settings, producer)
    table.headers = WriterRelease.current(book.version).headers
    liveness = Liveness(
        app,
        stuck_seconds=settings.stuck_seconds,
        unheard_seconds=settings.session_seconds,
        kafka_answers=producer.answers,
    )
    app.from_the_start = liveness.watch
    ticker = Ticker(settings, app, table, producer, codec, metrics)
    processor = BatchProcessor(
        app=app,
        intake=intake,
        delivery=Publisher(settings, producer, codec, rates, app.require_membership),
        table=table,
        metrics=metrics,
        codec=codec,
        source=source,
        tick_judged=ticker.judged,
        part_done=liveness.part_done,
        topics={settings.topic(topic): topic.name for topic in INTAKE},
    )
    recovery = Recovery(
        forces,
        intake,
        metrics,
        tick_offsets=ticker.offsets,
        still_busy=liveness.still_busy,
        erasures=lambda: read_erasures_async(settings, codec, source),
        crash=processor.crash,
    )
    _attach(app, settings, processor, recovery, ticker, table)
    _attach_survey(app, Gauges(forces, metrics, book, rates))

    async def has_caught_up(partition: int) -> bool:
        return not await ticker.is_behind(partition) and app.all_judged

    _attach_withdrawal(
        app,
        Retention(
            settings,
            forces,
            producer,
            product_codec(settings, asks=False),
            metrics,
            period=book.published_for,
            has_caught_up=has_caught_up,
            require_membership=app.require_membership,
        ),
    )
    assembly = Assembly(app, processor, recovery, liveness, metrics)
    metrics.describe("worker", book.version)
    _begin(metrics)
    metrics.follow(READY, lambda: assembly.ready)
    metrics.follow(PROGRESSING, lambda: assembly.progressing)
    metrics.follow(BROKER_REACHABLE, lambda: liveness.broker_reachable)
    metrics.follow(CHANGELOG_BACKLOG, lambda: 0 if recovery.recovered else _changelog_backlog(app))
    return assembly


def _attach(
    app: CarefulApp,
    settings: Settings,
    processor: BatchProcessor,
    recovery: Recovery,
    ticker: Ticker,
    table: StateTable,
) -> None:
    channel = app.topic(*processor.topics, schema=RawSchema())

    @app.agent(channel, name="intake")
    async def intake(stream: Any) -> None:  # noqa: ANN401
        queue = aiter(stream.channel).queue  # not from the stream, whose own takes hand on one message at a time
        async for events in batches(app, queue, settings.batch_messages, settings.batch_seconds):
            await processor.process(events)

    @table.on_recover
    async def rebuild() -> None:
        await recovery.run(table)

    @app.task  # type: ignore[untyped-decorator]  # Faust leaves it without types
    async def watch() -> None:
        while not app.should_stop:
            await app.sleep(settings.tick_seconds)
            await ticker.look()


def _begin(metrics: Metrics) -> None:
    """Let what is counted by a closed set of labels stand at 0 from the start."""
    metrics.begin(DEAD_LETTERS, (topic.name for topic in INTAKE), REASONS)
    for rule in CATALOGUE:  # graver than usual is what some find of a rape or a child
        metrics.begin(ALERTS, (rule.id,), {rule.severity, "CRITICAL"}, get_args(Status))


def _attach_survey(app: faust.App, survey: Gauges) -> None:
    @app.task  # type: ignore[untyped-decorator]  # Faust leaves it without types
    async def look() -> None:
        while not app.should_stop:
            await survey.look()
            await app.sleep(EVERY_SECONDS)


def _attach_withdrawal(app: CarefulApp, withdrawal: Retention) -> None:
    @app.task  # type: ignore[untyped-decorator]  # Faust leaves it without types
    async def withdraw() -> None:
        await app.sleep(withdrawal.first_wait_seconds)
        while not app.should_stop:
            await withdrawal.look()
            await app.sleep(withdrawal.wait_seconds)


def _changelog_backlog(app: faust.App) -> int:
    """Count what a recovery has yet to read; asked from another thread, so of copies.

    Faust makes the recovery when it is first asked for, in and for the asking thread: were that this one, none of its
    events would ever reach the worker, which would wait for them for ever.
    """
    recovery = app.tables._recovery  # type: ignore[attr-defined]  # noqa: SLF001
    if recovery is None:
        return 0
    read = dict(recovery.active_offsets)
    return sum(max(0, (end or 0) - (read.get(tp) or 0)) for tp, end in dict(recovery.active_highwaters).items())


def _state_table(app: faust.App, settings: Settings, producer: KafkaProducer) -> StateTable:
    table = app.Table(
        STATE_TABLE,
        key_type=bytes,
        value_type=bytes,
        partitions=settings.partitions,
        changelog_topic=changelog(app, settings, STATE_CHANGELOG),
    )
    if not isinstance(table, StateTable):
        raise TypeError("the app makes tables of another kind")
    table.producer = producer
    return table


def _member(settings: Settings) -> str | None:
    """Name the worker to its group, by its own name and what it reads; None: as whoever comes.

    A member that comes again under its name is given what it had, whatever it asks for by now: after an upgrade that
    reads another topic the worker would never be given that one.
    """
    if settings.worker is None:
        return None
    topics = ",".join(sorted(topic.name for topic in INTAKE))
    return f"{settings.worker}-{zlib.crc32(topics.encode()):08x}"


def _configuration(settings: Settings) -> dict[str, Any]:
    session = settings.session_seconds
    return {
        "broker": [URL(f"kafka://{server.strip()}") for server in settings.kafka.split(",")],
        "broker_credentials": settings.security.faust(),
        "broker_client_id": client_id(settings.group),
        "broker_commit_interval": settings.commit_seconds,
        "broker_session_timeout": session,
        "broker_heartbeat_interval": session / _HEARTBEATS_PER_SESSION,
        "broker_rebalance_timeout": REBALANCE_SECONDS,
        "broker_max_poll_interval": _PATIENCE_SECONDS,
        "broker_commit_livelock_soft_timeout": _PATIENCE_SECONDS,
        "stream_processing_timeout": _PATIENCE_SECONDS,
        "broker_request_timeout": max(session, 40.0),
        "broker_max_poll_records": 5000,
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": _member(settings),
        "consumer_max_fetch_size": 1 << 20,
        "datadir": settings.data / "faust",
        "processing_guarantee": "at_least_once",
        "store": "memory://",
        "stream_buffer_maxsize": _FETCHED_AHEAD,
        "stream_wait_empty": True,  # a partition is given up only after the batch in hand has been persisted
        "Table": StateTable,
        "table_standby_replicas": 0,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "topic_partitions": settings.partitions,
        "web_enabled": False,
        "autodiscover": False,
        "producer_compression_type": None,
    }
