"""A notifier without Kafka: its outbox, planner and dispatcher, with a clock that tests set."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

from sqlalchemy import select

from agents.notifier.dispatch import Dispatcher
from agents.notifier.mail import MailSender
from agents.notifier.outbox import Outbox, alerts, audit
from agents.notifier.outbox.audit import OwedEntry
from agents.notifier.outbox.tables import messages
from agents.notifier.outbox_retries import OutboxRetries
from agents.notifier.planning import Planner
from agents.notifier.routing import Routing
from agents.notifier.settings import NotifierSettings
from agents.notifier.webhook import WebhookSender
from agents.observability.metrics import Metrics
from schemas.products import Alert, AlertAction
from streams.topology.metrics import NOTIFIER
from tests.agents.notifier.examples import BOOK, ROUTING, SECRET

_IN_ORDER = select(messages).order_by(messages.c.number)


class OfflineNotifier:
    """What a notifier does between reading and the audit log."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        routing: Routing = ROUTING,
        clock: int = 0,
        live: bool = True,
        patience_seconds: float = 5.0,
    ) -> None:
        self.clock = clock
        self.routing = routing
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.planner = Planner(self.outbox, routing, BOOK, "https://board.example", live=live)
        self.metrics = Metrics(NOTIFIER)
        self._own = NotifierSettings(
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls="none",
            sender="cdi@leics.example",
            patience_seconds=patience_seconds,
        )

    def read(self, *records: Alert | AlertAction) -> None:
        """Store alerts and actions as if they had been read."""
        with self.outbox.transaction() as connection:
            for record in records:
                if isinstance(record, Alert):
                    alerts.put(connection, record)
                else:
                    alerts.put_action(connection, record)

    def plan(self) -> list[AlertAction]:
        """Evaluate what is due and write messages; return the escalations."""
        all_escalations: list[AlertAction] = []
        evaluated = 1
        while evaluated:
            evaluated, escalations = self.planner.evaluate(self.clock)
            self.planner.store_escalations(escalations)
            all_escalations += escalations
        self.planner.batch(self.clock)
        self.planner.write_digests(self.clock)
        return all_escalations

    def send(self, *meanwhile: Coroutine[None, None, None]) -> None:
        """Try everything that is due, to all recipients at the same time; and do something else meanwhile."""

        async def send_to_all() -> None:
            secrets = {recipient.name: SECRET.encode() for recipient in self.routing.recipient}
            async with WebhookSender(secrets, lambda: self.clock, 5.0) as webhooks:
                dispatcher = Dispatcher(
                    self.outbox,
                    {"EMAIL": MailSender(self._own), "WEBHOOK": webhooks},
                    BOOK.notifications,
                    lambda: self.clock,
                    self.metrics,
                    OutboxRetries(self.metrics, asyncio.Event(), retry_seconds=0.05),
                )

                async def send_to(name: str) -> None:
                    while await dispatcher.send_next(self.routing.recipients()[name]):
                        pass

                await asyncio.gather(*(send_to(name) for name in self.routing.recipients()), *meanwhile)

        asyncio.run(send_to_all())

    def work(self, clock: int, *records: Alert | AlertAction) -> None:
        """Set the clock, read, plan, and send."""
        self.clock = clock
        self.read(*records)
        self.plan()
        self.send()

    @property
    def states(self) -> list[tuple[str, str]]:
        """Recipient and state of each message, in the order they were written."""
        with self.outbox.transaction() as connection:
            return [(row.recipient, row.state) for row in connection.execute(_IN_ORDER)]

    @property
    def next_attempts(self) -> list[int]:
        """When (ms) each message may be tried next."""
        with self.outbox.transaction() as connection:
            return [row.next_at for row in connection.execute(_IN_ORDER)]

    def owed_entries(self) -> list[OwedEntry]:
        """Take the entries for the audit log, in their order, as it would."""
        entries = []
        with self.outbox.transaction() as connection:
            while entry := audit.first(connection):
                entries.append(entry)
                audit.drop(connection, entry.number)
        return entries
