"""A whole installation at work, saying all it can: workers, board and notifier, and who is told by mail and webhook."""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.settings.settings import Settings
from deploy.local.board import add_user, read_board_settings
from deploy.local.cluster import provide_topics
from deploy.local.kafka import free_port
from deploy.local.kafka.ports import is_free
from deploy.local.processes import Processes, board_and_notifier, workers
from tests.agents.notifier.servers import Mailbox, Receiver, mail_server, webhook_receiver

PATIENCE_SECONDS = 120.0
POLICY = """
version = "at-once-1"
[notifications]
group_wait = "1s"
urgent_wait = "1s"
[rules.judged_from]
crime-reclassified = 2020-01-01
"""
ROUTES = """
[[recipient]]
name = "control-room"
role = "SUPERVISOR"
email = "control.room@localhost"
[[recipient]]
name = "ops"
webhook = "%s"
secret_env = "CDI_TEST_SECRET"
[[route]]
statuses = ["AT_RISK", "BREACHED"]
to = ["control-room", "ops"]
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """What runs, and what it says to whom."""

    settings: Settings
    processes: Processes
    board: str
    """The board's address."""
    ports: dict[str, int]
    """Where each process gives its figures."""
    mailbox: Mailbox
    receiver: Receiver

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for what the processes do; fail, naming it, where it does not happen."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < give_up_at, f"still not so: {what}"
            self.processes.restart_ended()
            time.sleep(0.2)

    def output_of(self, name: str) -> str:
        """Everything a process wrote, on either of its outputs."""
        return self.processes.log_file(name).read_text(encoding="utf-8", errors="replace")

    def lines(self, name: str, event: str, **stated: object) -> list[dict[str, Any]]:
        """Return the lines of a process's log about an event, those that state this."""
        records = [
            json.loads(line)
            for line in self.output_of(name).splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [record for record in records if record["event"] == event and stated.items() <= record.items()]

    def figures(self, name: str) -> str:
        """Return what a process answers to who scrapes it."""
        return httpx2.get(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=30).text

    @contextmanager
    def browser(self, name: str) -> Iterator[httpx2.Client]:
        """Sign somebody in who may do all."""
        password = add_user(read_board_settings(self.settings), name, "FCR", ["*"])
        with httpx2.Client(base_url=self.board, timeout=30) as client:
            page = client.get("/sign-in").text
            sent = {"csrf": hidden(page, "csrf"), "name": name, "password": password}
            assert client.post("/sign-in", data=sent).status_code == 303
            yield client


def hidden(page: str, name: str) -> str:
    """Find the value of a page's hidden field."""
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match is not None, f"no field {name}"
    return match[1]


def adjoining_ports(number: int) -> int:
    """Find the first of so many ports in a row that nobody listens on, below those that connections take."""
    while True:
        first = random.randrange(20_000, 32_000)
        if all(is_free(first + place) for place in range(number)):
            return first


@contextmanager
def whole_installation(kafka: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whole]:
    """Run one under the stream clock, as the demonstration does, and with a notifier; at debug, until it is left."""
    base, board_port = adjoining_ports(3), free_port()
    receiver, mailbox = Receiver(), Mailbox()
    with webhook_receiver(receiver) as hook, mail_server(mailbox) as smtp_port:
        (folder / "policy.toml").write_text(POLICY)
        (folder / "routes.toml").write_text(ROUTES % hook)
        settings = Settings(
            kafka=kafka,
            prefix=f"whole-{uuid.uuid4().hex[:8]}.",
            partitions=2,
            clock="stream",
            data=folder / "data",
            policy=folder / "policy.toml",
            metrics_port=base,
            replication=1,
        )
        environment = {
            "CDI_LOG_LEVEL": "debug",
            "CDI_NOTIFIER_ROUTES": str(folder / "routes.toml"),
            "CDI_NOTIFIER_SMTP_HOST": "127.0.0.1",
            "CDI_NOTIFIER_SMTP_PORT": str(smtp_port),
            "CDI_NOTIFIER_SMTP_TLS": "none",
            "CDI_TEST_SECRET": "sixteen bytes and more",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        provide_topics(settings)
        commands = {**workers(settings, 1), **board_and_notifier(settings, board_port)}
        with Processes(commands, folder / "logs", on_restart=pytest.fail) as processes:
            ports = {"board": base, "notifier": base + 1, "worker-1": base + 2}
            yield Whole(settings, processes, f"http://127.0.0.1:{board_port}", ports, mailbox, receiver)
