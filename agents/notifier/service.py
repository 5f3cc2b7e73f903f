"""The notifier's process: its jobs run side by side, so that none waits for another.

1. Read alerts and actions into the outbox; evaluate the alerts that are due, escalate, and write the messages.
2. Send each recipient's messages.
3. Hand the entries that are owed to the audit log.
4. Anchor the heads of the audit log.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import structlog

from agents.kafka.producer import NotDeliveredError
from agents.notifier.batching import MessageKind
from agents.notifier.dispatch import Dispatcher
from agents.notifier.ingest import AlertIngest
from agents.notifier.mail import MailSender
from agents.notifier.outbox import Outbox, OutboxUnavailableError, alerts, messages
from agents.notifier.outbox_retries import OutboxRetries
from agents.notifier.owed_audit import OwedAudit
from agents.notifier.planning import Planner
from agents.notifier.webhook import WebhookSender
from agents.observability.logs import process_logs
from agents.observability.metrics import Metrics
from agents.observability.status import StatusServer
from agents.settings.clock import wall_clock
from agents.topics.actions import ActionProducer
from agents.topics.audit_log import AuditLog
from agents.topics.instance_name import InstanceName
from streams.actions import ActionRefusedError
from streams.policy.action_policy import LEVELS
from streams.policy.calendar import HOUR
from streams.topology.metrics import (
    CAUGHT_UP,
    ESCALATIONS,
    FAILED,
    GIVEN_UP,
    NOTIFIER,
    OLDEST,
    OPEN_MESSAGES,
    SENT,
    UNREADABLE,
)

if TYPE_CHECKING:
    from agents.notifier.routing import Channel, Routing
    from agents.notifier.sending import Sender
    from agents.notifier.settings import NotifierSettings
    from agents.settings.settings import Settings
    from schemas.products import AlertAction
    from streams.policy import PolicyBook

_log: Final = structlog.get_logger("cdi.notifier")

POLL_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 10.0
_CLEANING_MS: Final = HOUR


class AlreadyRunningError(RuntimeError):
    """Another notifier uses this data folder: two would send everything twice."""


class Notifier:
    """One notifier; :meth:`run` returns once ``stopping`` is set."""

    def __init__(
        self,
        settings: Settings,
        own: NotifierSettings,
        routing: Routing,
        book: PolicyBook,
        *,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        """Open the outbox.  Raises AlreadyRunningError, OutboxError, RoutingError."""
        self._settings = settings
        self._own = own
        self._routing = routing
        self._book = book
        self._clock = clock
        self._secrets = {
            recipient.name: recipient.secret() for recipient in routing.recipient if recipient.channel == "WEBHOOK"
        }
        folder = settings.data / "notifier"
        self._lock = _lock(folder)
        self._outbox = Outbox(folder / "outbox.sqlite")
        self._planner = Planner(self._outbox, routing, book, own.board, live=settings.clock == "live")
        self._actions = ActionProducer(settings, book.actions, clock=clock)
        self._audit = AuditLog(settings, "notifier", clock=clock)
        self._ingest: AlertIngest | None = None
        self._cleaned_at = clock()
        self.metrics = Metrics(NOTIFIER)
        self.metrics.describe("notifier", book.version)
        channels = sorted({recipient.channel for recipient in routing.recipient})
        self.metrics.begin(SENT, channels, get_args(MessageKind))
        self.metrics.begin(FAILED, channels)
        self.metrics.begin(GIVEN_UP, channels)
        self.metrics.begin(ESCALATIONS, LEVELS)
        self.stopping = asyncio.Event()
        self._retries = OutboxRetries(self.metrics, self.stopping)

    @property
    def caught_up(self) -> bool:
        """Return whether the alerts are read to their end, from when on notifications are sent."""
        return self._ingest is not None and self._ingest.caught_up

    @property
    def ready(self) -> bool:
        """Return whether notifications are sent: it has caught up, and its outbox can be written."""
        return self.caught_up and not self._retries.blocked

    async def run(self) -> None:
        """Work until ``stopping`` is set.  Raises UnreadableError where the topics are not there."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._lock.release)
            stack.enter_context(self._outbox)
            stack.enter_context(self._audit)
            self._ingest = ingest = await asyncio.to_thread(AlertIngest, self._settings, self._outbox)
            stack.callback(ingest.close)
            self._planner.evaluate_all()
            self._give_up_on_former_recipients()
            async with WebhookSender(self._secrets, self._clock, self._own.patience_seconds) as webhooks:
                senders: dict[Channel, Sender] = {"EMAIL": MailSender(self._own), "WEBHOOK": webhooks}
                policy = self._book.notifications
                audit_log = OwedAudit(self._outbox, self._audit, self._retries, self.metrics, self.stopping)
                dispatcher = Dispatcher(self._outbox, senders, policy, self._clock, self.metrics, self._retries)
                await self._run_jobs(
                    self._read_and_plan(ingest),
                    audit_log.write_owed_entries(),
                    audit_log.anchor_now_and_then(self._own.anchor_seconds),
                    *(
                        dispatcher.serve(recipient, self.stopping, POLL_SECONDS)
                        for recipient in self._routing.recipient
                    ),
                )

    async def _run_jobs(self, *jobs: Coroutine[None, None, None]) -> None:
        """Run jobs until one fails or all have stopped; once stopping, each has some seconds to finish."""
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self.stopping.set()
            done, _ = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_and_plan(self, ingest: AlertIngest) -> None:
        while not self.stopping.is_set():
            messages = await asyncio.to_thread(ingest.poll)
            await self._retries.run(functools.partial(ingest.store, messages))
            if ingest.caught_up:
                await self._plan()
            await self._retries.run(functools.partial(self._update_metrics, ingest))

    async def _plan(self) -> None:
        """Evaluate the alerts that are due, escalate, and write the messages that are due."""
        evaluated = 1
        while evaluated and not self.stopping.is_set():
            evaluated, escalations = await self._retries.run(functools.partial(self._planner.evaluate, self._clock()))
            if escalations:
                await self._escalate(escalations)
            await asyncio.sleep(0)
        clock = self._clock()
        await self._retries.run(functools.partial(self._planner.batch, clock))
        await self._retries.run(functools.partial(self._planner.write_digests, clock))
        if clock - self._cleaned_at >= _CLEANING_MS:
            await self._retries.run(functools.partial(self._forget_before, clock - self._book.forget_after))
            self._cleaned_at = clock

    def _forget_before(self, moment: int) -> None:
        with self._outbox.transaction() as connection:
            alerts.forget_before(connection, moment)

    async def _escalate(self, escalations: list[AlertAction]) -> None:
        try:
            await asyncio.to_thread(self._actions.send_all, escalations)
        except (NotDeliveredError, ActionRefusedError) as failure:  # the alerts are evaluated again in a while
            _log.warning("not_escalated", problem=type(failure).__name__)
            return
        await self._retries.run(functools.partial(self._planner.store_escalations, escalations))
        for action in escalations:
            self.metrics.count(ESCALATIONS, action.level or "")
            _log.info("escalated", alert_id=action.alert_id, level=action.level)

    def _give_up_on_former_recipients(self) -> None:
        with self._outbox.transaction() as connection:
            counts = messages.give_up_on_others(connection, set(self._routing.recipients()), self._clock())
        for name, count in counts.items():
            _log.warning("recipient_gone", recipient=name, messages=count)

    def _update_metrics(self, ingest: AlertIngest) -> None:
        with self._outbox.transaction() as connection:
            counts, oldest = messages.counts_by_state(connection), messages.oldest_open(connection)
        for state, count in counts.items():
            self.metrics.set(OPEN_MESSAGES, count, state)
        self.metrics.set(OLDEST, 0 if oldest is None else max(0, self._clock() - oldest) / 1000)
        self.metrics.set(CAUGHT_UP, 1 if ingest.caught_up else 0)
        if ingest.unreadable:
            self.metrics.count(UNREADABLE, by=ingest.unreadable)
            ingest.unreadable = 0


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
        ready=lambda: notifier.ready,
        live=lambda: True,
        host=settings.metrics_host,
    )
    with status:
        _log.info("started", recipients=len(routing.recipient), routes=len(routing.route))
        await notifier.run()


def _lock(folder: Path) -> InstanceName:
    """Take the outbox for this process.  Raises AlreadyRunningError, OutboxUnavailableError."""
    try:
        lock = InstanceName(folder, "outbox", "this")
    except OSError as failure:
        raise OutboxUnavailableError(f"{folder}: it cannot be written: {failure.strerror or failure}") from None
    if lock.name != "outbox@this":
        lock.release()
        raise AlreadyRunningError(f"{folder}: another notifier is at work on this outbox")
    return lock
