"""The Faust app of a worker: transport, settings, and what the worker asks of Faust."""

from __future__ import annotations

import contextlib
import signal
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import faust
from faust.events import Event
from faust.types import TP, AppT, EventT, Message
from yarl import URL

from agents.kafka.writer_release import client_id
from agents.worker.batches import Room
from agents.worker.faust_consumer import TurnTakingConsumer, TurnTakingTransport
from agents.worker.liveness import REBALANCE_SECONDS
from streams.topology.topics import INTAKE, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_HEARTBEATS_PER_SESSION: Final = 5
_PATIENCE_SECONDS: Final = 86_400.0
"""How long a stream may take over a batch, or have nothing to do, before Faust complains or acts.

Years may pass in one batch, most topics are quiet most of the time, and /live tells whether a worker hangs.
"""
_MARKERS_SECONDS: Final = 1.0
_BUFFERED_MESSAGES: Final = 16_384


class RawSchema(faust.Schema[bytes, bytes]):
    """Hands out keys and values as bytes, so that nothing can fail before our own code sees it."""

    def compile(self, app: AppT, **_: Any) -> Any:  # noqa: ANN401
        """Return what Faust calls on each message; its own would ask the settings each time."""

        async def decode(message: Message, *, propagate: bool = False) -> Event:  # noqa: ARG001 - Faust's form
            return Event(app, message.key, message.value, message.headers, message)

        return decode

    def loads_key(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ANN401, ARG002
        """Return the key as it came, None where there is none."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ANN401, ARG002
        """Return the value as it came, None where there is none."""
        return message.value


class WorkerApp(faust.App):
    """A Faust app on the transport that loses no message between the broker and the stream."""

    def __init__(
        self,
        settings: Settings,
        *,
        topics: Sequence[Topic] = INTAKE,
        watch: Callable[[WorkerApp], Awaitable[None]] | None = None,
    ) -> None:
        """Take what to ``watch`` with: it runs from before the first recovery until the app stops.

        Faust's own tasks begin only after that recovery.
        """
        super().__init__(settings.group, **_configuration(settings, topics))
        self.input_topics: Final = {settings.topic(topic): topic.name for topic in topics}
        """Our name for each topic that is read, by its name on the broker."""
        self.room: Final = Room()
        self._watch = watch

    async def on_start(self) -> None:
        """Start what watches the app."""
        await super().on_start()
        self.add_future(self._pass_markers())
        if self._watch is not None:
            self.add_future(self._watch(self))

    @property
    def own_consumer(self) -> TurnTakingConsumer | None:
        """The consumer, once it has started."""
        consumer = self._consumer
        return consumer if isinstance(consumer, TurnTakingConsumer) and consumer.started else None

    @property
    def recovery_position(self) -> int | None:
        """How far a recovery under way has read the changelogs, offsets added up; None where none is."""
        recovery = self.tables._recovery  # type: ignore[attr-defined]  # noqa: SLF001
        if recovery is None or not recovery.in_recovery:
            return None
        return sum(offset or 0 for offset in recovery.active_offsets.values())

    @property
    def changelog_backlog(self) -> int:
        """How many messages a recovery has yet to read; read from another thread, so of copies.

        Faust makes the recovery when it is first asked for, in and for the asking thread: were that this one, none of
        its events would ever reach the worker, which would wait for them for ever.
        """
        recovery = self.tables._recovery  # type: ignore[attr-defined]  # noqa: SLF001
        if recovery is None:
            return 0
        read = dict(recovery.active_offsets)
        return sum(max(0, (end or 0) - (read.get(tp) or 0)) for tp, end in dict(recovery.active_highwaters).items())

    async def require_membership(self) -> None:
        """Raise NotAMemberError unless the partitions this worker was assigned are still its own."""
        if isinstance(self.consumer, TurnTakingConsumer):
            await self.consumer.require_membership()

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return where partitions end, with what an open transaction holds back."""
        consumer = self.own_consumer
        return {} if consumer is None else await consumer.ends(*tps)

    async def readable_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return where partitions end, without what an open transaction holds back."""
        consumer = self.own_consumer
        return {} if consumer is None else await consumer.readable_ends(tps)

    def has_taken(self, tp: TP, taken: int, end: int) -> bool:
        """Return whether nothing before ``end`` is left to take, behind the last message that was taken."""
        consumer = self.own_consumer
        return consumer is not None and consumer.passed(tp, taken) + 1 >= end

    def has_waiting(self, tp: TP, taken: int) -> bool:
        """Return whether messages behind the last one taken wait to be taken."""
        consumer = self.own_consumer
        return consumer is not None and consumer.has_waiting(tp, taken)

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return the committed offsets of partitions of ours; those without one are left out."""
        consumer = self.own_consumer
        return {} if consumer is None else await consumer.committed_offsets(tps)

    async def commit_beginnings(self, tps: Iterable[TP], generation: int) -> None:
        """Commit that partitions assigned in a generation are read from their beginning.

        That is before any message is handed out.  Raises NotSoughtError.
        """
        if (consumer := self.own_consumer) is not None:
            await consumer.commit_beginnings(tps, generation)

    def track(self, events: Iterable[EventT[Any]]) -> list[EventT[Any]]:
        """Have a rebalance wait for events, and return them.

        Those of an older assignment are left out: they come again.
        """
        consumer, generation = self.own_consumer, self.consumer_generation_id
        if consumer is None or not self.flow_control.is_active():
            return []
        current = [event for event in events if event.message.generation_id == generation]
        consumer.track(event.message for event in current)
        return current

    def untrack(self, messages: Iterable[Message]) -> None:
        """Have a rebalance wait for these messages no longer: they will be read again."""
        if isinstance(self.consumer, TurnTakingConsumer):
            self.consumer.untrack(messages)

    @property
    def all_acknowledged(self) -> bool:
        """Whether every message that was fetched is acknowledged."""
        return isinstance(self.consumer, TurnTakingConsumer) and self.consumer.all_acknowledged

    async def _pass_markers(self) -> None:
        """Have a recovery end where a changelog ends in transaction markers: Faust waits for a message there."""
        while not self.should_stop:
            await self.sleep(_MARKERS_SECONDS)
            recovery, consumer = self.tables._recovery, self.own_consumer  # type: ignore[attr-defined]  # noqa: SLF001
            if recovery is None or consumer is None or not recovery.in_recovery:
                continue
            for tp, offset in list(recovery.active_offsets.items()):
                if offset is not None:
                    recovery.active_offsets[tp] = consumer.passed(tp, offset)

    def _new_transport(self) -> TurnTakingTransport:
        return TurnTakingTransport(self.conf.broker_consumer, self)


class SignalledWorker(faust.Worker):
    """Runs an app quietly, and learns of signals from outside the event loop."""

    def __init__(self, app: WorkerApp) -> None:
        super().__init__(app, loglevel="WARN", override_logging=False, redirect_stdouts=False, quiet=True, daemon=True)
        self.spinner = None

    def _install_signal_handlers_unix(self) -> None:
        """Leave the signals to :mod:`agents.worker.stopping`: the loop's own handlers wait for the loop."""

    def stop_soon(self, number: int) -> None:
        """Have the loop stop the app when it next gets to it; do nothing where it has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._schedule_shutdown, signal.Signals(number))


def _member(settings: Settings, topics: Iterable[Topic]) -> str | None:
    """Return the worker's name in its group, from its own name and its topics; None if it has no name.

    A member that comes again under its name is given the partitions it had, whatever it asks for by now: after an
    upgrade that reads another topic the worker would never be given that one.
    """
    if settings.worker is None:
        return None
    names = ",".join(sorted(topic.name for topic in topics))
    return f"{settings.worker}-{zlib.crc32(names.encode()):08x}"


def _configuration(settings: Settings, topics: Iterable[Topic]) -> dict[str, Any]:
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
        "consumer_group_instance_id": _member(settings, topics),
        "consumer_max_fetch_size": 1 << 20,
        "datadir": settings.data / "faust",
        "processing_guarantee": "at_least_once",
        "store": "memory://",
        "stream_buffer_maxsize": _BUFFERED_MESSAGES,
        "stream_wait_empty": True,  # a partition is given up only after the batch in hand has been persisted
        "table_standby_replicas": 0,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "topic_partitions": settings.partitions,
        "web_enabled": False,
        "autodiscover": False,
        "producer_compression_type": None,
    }
