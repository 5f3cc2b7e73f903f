"""The notifier at work: reads, looks, seals, sends, and tells the audit log, each without waiting for the others."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, get_args

import msgspec
import structlog
from confluent_kafka import KafkaException

from agents.kafka.producer import NotDeliveredError
from agents.notifier.dispatch import Dispatcher
from agents.notifier.mail import MailSender
from agents.notifier.measures import (
    CATALOGUE,
    CAUGHT_UP,
    ESCALATIONS,
    FAILED,
    GIVEN_UP,
    OLDEST,
    OPEN_MESSAGES,
    SENT,
    UNAUDITED,
    UNREADABLE,
)
from agents.notifier.messages import Messages
from agents.notifier.planning import Planner
from agents.notifier.reading import Reader
from agents.notifier.sealing import MessageKind
from agents.notifier.store import Store
from agents.notifier.webhook import WebhookSender
from agents.observability.logs import process_logs
from agents.observability.metrics import Metrics
from agents.observability.status import StatusServer
from agents.settings.clock import wall_clock
from agents.topics.actions import ActionProducer
from agents.topics.audit_log import AuditLog
from agents.topics.instance_name import InstanceName
from streams.actions import ActionRefusedError
from streams.policy.calendar import HOUR
from streams.policy.handling import LEVELS
from streams.topology.messages import UnreadableError

if TYPE_CHECKING:
    from agents.notifier.routing import Routing
    from agents.notifier.settings import NotifierSettings
    from agents.settings.settings import Settings
    from schemas.products import AlertAction
    from streams.policy import PolicyBook

_log: Final = structlog.get_logger("cdi.notifier")

T = TypeVar("T")
POLL_SECONDS: Final = 0.2
_AUDIT_RETRY_SECONDS: Final = 5.0
_FAREWELL_SECONDS: Final = 10.0
_HOUSEKEEPING_MS: Final = HOUR


class AlreadyRunningError(RuntimeError):
    """Another notifier has this data folder: two would send everything twice."""


class Notifier:
    """One notifier; :meth:`run` returns when it has been told to stop."""

    def __init__(
        self, settings: Settings, own: NotifierSettings, routing: Routing, book: PolicyBook, *,
        clock: Callable[[], int] = wall_clock,
    ) -> None:  # fmt: skip
        """Raises AlreadyRunningError, OutboxError, RoutingError."""
        self._settings = settings
        self._own = own
        self._routing = routing
        self._book = book
        self._clock = clock
        self._secrets = {each.name: each.secret() for each in routing.recipient if each.channel == "WEBHOOK"}
        folder = settings.data / "notifier"
        self._name = _only_one(folder)
        self._store = Store(folder / "outbox.sqlite")
        self._planner = Planner(self._store, routing, book, own.board, live=settings.clock == "live")
        self._actions = ActionProducer(settings, book.actions, clock=clock)
        self._audit = AuditLog(settings, "notifier", clock=clock)
        self._reader: Reader | None = None
        self._tidied_at = clock()
        self.metrics = Metrics(CATALOGUE)
        self.metrics.describe("notifier", book.version)
        channels = sorted({each.channel for each in routing.recipient})
        self.metrics.begin(SENT, channels, get_args(MessageKind))
        self.metrics.begin(FAILED, channels)
        self.metrics.begin(GIVEN_UP, channels)
        self.metrics.begin(ESCALATIONS, LEVELS)
        self.stopping = asyncio.Event()

    @property
    def caught_up(self) -> bool:
        """Whether it knows what stands, and so may tell."""
        return self._reader is not None and self._reader.caught_up

    async def run(self) -> None:
        """Work until told to stop.  Raises UnreadableError where the topics are not there."""
        with contextlib.ExitStack() as held:
            held.callback(self._name.release)
            held.enter_context(self._store)
            held.enter_context(self._audit)
            self._reader = await _elsewhere(lambda: Reader(self._settings, self._store))
            held.callback(self._reader.close)
            self._planner.begin()
            self._give_up_on_strangers()
            async with WebhookSender(self._secrets, self._clock, self._own.patience_seconds) as webhooks:
                senders = {"EMAIL": MailSender(self._own), "WEBHOOK": webhooks}
                dispatcher = Dispatcher(
                    self._store, senders, self._book.notifications, self._clock, self.metrics  # type: ignore[arg-type]
                )  # fmt: skip
                await self._together(
                    self._read_and_plan(),
                    self._tell_the_audit_log(),
                    self._anchor(),
                    *(dispatcher.serve(each, self.stopping, POLL_SECONDS) for each in self._routing.recipient),
                )

    async def _together(self, *jobs: Coroutine[None, None, None]) -> None:
        """Do all jobs until one fails or all have stopped; what is under way when told to stop may finish."""
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self.stopping.set()
            await asyncio.wait(tasks, timeout=_FAREWELL_SECONDS)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_and_plan(self) -> None:
        reader = self._reader
        if reader is None:
            return
        while not self.stopping.is_set():
            messages = await _elsewhere(reader.poll)
            if messages:
                reader.keep(messages)
            if reader.caught_up:
                await self._plan()
            self._show(reader)

    async def _plan(self) -> None:
        """Look at what is due, escalate, and seal."""
        looked = 1
        while looked and not self.stopping.is_set():
            looked, escalations = self._planner.look(self._clock())
            if escalations:
                await self._escalate(escalations)
            await asyncio.sleep(0)
        clock = self._clock()
        self._planner.seal(clock)
        self._planner.digest(clock)
        if clock - self._tidied_at >= _HOUSEKEEPING_MS:
            self._tidied_at = clock
            with self._store.change():
                self._store.forget_before(clock - self._book.forget_after)

    async def _escalate(self, escalations: list[AlertAction]) -> None:
        try:
            await _elsewhere(lambda: self._actions.send_all(escalations))
        except (NotDeliveredError, ActionRefusedError) as failure:  # looked at again in a while
            _log.warning("not_escalated", problem=type(failure).__name__)
            return
        self._planner.escalated(escalations)
        for action in escalations:
            self.metrics.count(ESCALATIONS, action.level or "")
            _log.info("escalated", alert_id=action.alert_id, level=action.level)

    async def _tell_the_audit_log(self) -> None:
        while not self.stopping.is_set():
            row = self._store.next_audit()
            self.metrics.set(UNAUDITED, 0 if row is None else 1)
            if row is None:
                await self._rest(POLL_SECONDS)
                continue
            if await self._try_audit(functools.partial(self._note, row)):
                self._store.audited(row["number"])
            else:
                await self._rest(_AUDIT_RETRY_SECONDS)

    def _note(self, row: sqlite3.Row) -> None:
        """Tell the audit log of something the outbox kept for it."""
        details = msgspec.json.decode(row["details"], type=dict[str, str])
        self._audit.note(
            self._audit.writer, "SYSTEM", row["action"], row["target"], details,
            recipient=row["recipient"], entry_id=row["entry_id"],
        )  # fmt: skip

    async def _try_audit(self, work: Callable[[], None]) -> bool:
        try:
            await _elsewhere(work)
        except (NotDeliveredError, UnreadableError, KafkaException) as failure:
            _log.warning("not_audited", problem=type(failure).__name__)
            return False
        return True

    async def _anchor(self) -> None:
        while not self.stopping.is_set():
            await self._rest(self._own.anchor_seconds)
            if not self.stopping.is_set():
                await self._try_audit(self._audit.anchor)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    def _give_up_on_strangers(self) -> None:
        """Settle what is meant for recipients that are there no longer."""
        messages = Messages(self._store.connection)
        for name, count in messages.give_up_on_others(set(self._routing.recipients()), self._clock()).items():
            _log.warning("recipient_gone", recipient=name, messages=count)

    def _show(self, reader: Reader) -> None:
        counts, oldest = Messages(self._store.connection).standing()
        for state, count in counts.items():
            self.metrics.set(OPEN_MESSAGES, count, state)
        self.metrics.set(OLDEST, 0 if oldest is None else max(0, self._clock() - oldest) / 1000)
        self.metrics.set(CAUGHT_UP, 1 if reader.caught_up else 0)
        if reader.unreadable:
            self.metrics.count(UNREADABLE, by=reader.unreadable)
            reader.unreadable = 0


def run_notifier(settings: Settings, own: NotifierSettings, routing: Routing, book: PolicyBook) -> None:
    """Run a notifier until SIGTERM or Ctrl-C.

    Raises AlreadyRunningError, OutboxError, RoutingError, UnreadableError.
    """
    with process_logs(settings, "notifier"):
        asyncio.run(_run(settings, own, routing, book))


async def _run(settings: Settings, own: NotifierSettings, routing: Routing, book: PolicyBook) -> None:
    notifier = Notifier(settings, own, routing, book)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, notifier.stopping.set)
    status = StatusServer(
        settings.metrics_port,
        notifier.metrics.registry,
        ready=lambda: notifier.caught_up,
        live=lambda: True,
        host=settings.metrics_host,
    )
    with status:
        _log.info("started", recipients=len(routing.recipient), routes=len(routing.route))
        await notifier.run()


def _only_one(folder: Path) -> InstanceName:
    """Take the outbox for ourselves.  Raises AlreadyRunningError."""
    name = InstanceName(folder, "outbox", "this")
    if name.name != "outbox@this":
        name.release()
        raise AlreadyRunningError(f"{folder}: another notifier is at work on this outbox")
    return name


async def _elsewhere(work: Callable[[], T]) -> T:
    """Do something that waits in another thread."""
    return await asyncio.get_running_loop().run_in_executor(None, work)
