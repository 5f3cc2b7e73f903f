"""A notifier without Kafka: its outbox, planner and dispatcher, with a clock that stands where it is put."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agents.notifier.dispatch import Dispatcher
from agents.notifier.mail import MailSender
from agents.notifier.measures import CATALOGUE
from agents.notifier.messages import Messages
from agents.notifier.planning import Planner
from agents.notifier.routing import Routing
from agents.notifier.settings import NotifierSettings
from agents.notifier.store import Store
from agents.notifier.webhook import WebhookSender
from agents.observability.metrics import Metrics
from schemas.products import Alert, AlertAction
from tests.agents.notifier.examples import BOOK, ROUTING, SECRET


class Office:
    """What a notifier does between reading and the audit log."""

    def __init__(
        self, folder: Path, port: int, *, routing: Routing = ROUTING, clock: int = 0, live: bool = True,
        patience_seconds: float = 5.0,
    ) -> None:  # fmt: skip
        self.clock = clock
        self.routing = routing
        self.store = Store(folder / "outbox.sqlite")
        self.messages = Messages(self.store.connection)
        self.planner = Planner(self.store, routing, BOOK, "https://board.example", live=live)
        self.metrics = Metrics(CATALOGUE)
        self._own = NotifierSettings(
            smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", sender="cdi@leics.example",
            patience_seconds=patience_seconds,
        )  # fmt: skip

    def hear(self, *heard: Alert | AlertAction) -> None:
        """Read alerts and actions."""
        with self.store.change():
            for each in heard:
                if isinstance(each, Alert):
                    self.store.put_alert(each)
                else:
                    self.store.put_action(each)

    def plan(self) -> list[AlertAction]:
        """Look at what is due and seal; give the escalations that were made."""
        made: list[AlertAction] = []
        looked = 1
        while looked:
            looked, escalations = self.planner.look(self.clock)
            self.planner.escalated(escalations)
            made += escalations
        self.planner.seal(self.clock)
        self.planner.digest(self.clock)
        return made

    def send(self) -> None:
        """Try everything that is due, each recipient at the same time as the others."""

        async def each_to_the_end() -> None:
            async with WebhookSender(
                {each.name: SECRET.encode() for each in self.routing.recipient}, lambda: self.clock, 5.0
            ) as webhooks:
                senders = {"EMAIL": MailSender(self._own), "WEBHOOK": webhooks}
                dispatcher = Dispatcher(
                    self.store, senders, BOOK.notifications, lambda: self.clock, self.metrics  # type: ignore[arg-type]
                )  # fmt: skip

                async def to_the_end(name: str) -> None:
                    while await dispatcher.send_next(self.routing.recipients()[name]):
                        pass

                await asyncio.gather(*(to_the_end(name) for name in self.routing.recipients()))

        asyncio.run(each_to_the_end())

    def work(self, clock: int, *heard: Alert | AlertAction) -> None:
        """Put the clock there, hear, plan, and send."""
        self.clock = clock
        self.hear(*heard)
        self.plan()
        self.send()

    @property
    def states(self) -> list[tuple[str, str]]:
        """Recipient and state of each message, in the order they were sealed."""
        return [(row["recipient"], row["state"]) for row in self.messages.settled()]
