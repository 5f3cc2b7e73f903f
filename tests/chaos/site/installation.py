"""One installation under attack: topics, feeds, workers, board, notifier, and who is notified."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from agents.settings.settings import Settings
from deploy.local.child_process import environment_of
from deploy.local.cluster import delete_topics, provide_topics
from deploy.local.kafka import free_port
from streams.policy import PolicyBook
from tests.agents.notifier.servers import Receiver, webhook_receiver
from tests.chaos.checks import csv_feeding, visits
from tests.chaos.findings import Verdict
from tests.chaos.site.fleet import Fleet, Service
from tests.streams.world import DAY

if TYPE_CHECKING:
    from tests.chaos.site.broker import Broker
    from tests.chaos.site.feed import Feed
    from tests.chaos.site.proxy import Proxy

PARTITIONS: Final = 3
WORKERS: Final = 2
FIRST_WORKER: Final = "worker-1"
SESSION_SECONDS: Final = 6.0
GARBAGE: Final = b"garbage"
"""The key of what is unreadable on purpose where only the product should write."""
FORGET_AFTER: Final = 36 * DAY
"""As the policy says: as forgetful as one may be."""
POLICY: Final = """
version = "chaos-1"
[installation]
forget_after = "36d"
[notifications]
urgent_wait = "0s"
group_wait = "1s"
storm_messages = 10000
listed_longest = 1000
retry_first = "1s"
retry_longest = "5s"
"""
ROUTES: Final = """
[[recipient]]
name = "sink"
webhook = "{url}"
secret_env = "CDI_CHAOS_SECRET"
[[route]]
statuses = ["AT_RISK", "BREACHED"]
to = ["sink"]
"""


@dataclass(slots=True)
class Site:
    """What injections lay hands on."""

    settings: Settings
    """The installation's, by the direct way to the broker: of the feeds, and of whoever checks."""
    broker: Broker
    proxies: list[Proxy]
    """Of the ways to the broker: the first worker's, and everybody else's."""
    fleet: Fleet
    receiver: Receiver
    feed: Feed
    dice: Random
    completing: bool = False
    """Whether the feeds now vouch for the round's end, so that the clocks run to it."""
    observed: Verdict = field(default_factory=lambda: Verdict("injections end as they should"))
    """What injections themselves found."""
    fed: Verdict = field(default_factory=lambda: Verdict(csv_feeding.CHECK))
    visited: Verdict = field(default_factory=lambda: Verdict(visits.CHECK))
    board_port: int = field(default_factory=free_port)
    book: PolicyBook = field(default_factory=lambda: PolicyBook.from_toml(POLICY))

    def worker(self, name: str, module: tuple[str, ...] = ("deploy", "worker")) -> Service:
        """Make a worker, by default ``cdi worker``, that reaches the broker through the proxy."""
        environment = {
            **self._environment(name),
            "CDI_WORKER": name,
            "CDI_SESSION_SECONDS": str(SESSION_SECONDS),
            "CDI_BATCH_MESSAGES": "40",
            "CDI_COMMIT_SECONDS": "0.3",
        }
        return Service(name, module, environment, self._log(name))

    def notifier(self, url: str) -> Service:
        """Make the notifier."""
        routes = self.settings.data / "routes.toml"
        routes.write_text(ROUTES.format(url=url), encoding="utf-8")
        environment = {
            **self._environment("notifier"),
            "CDI_NOTIFIER_ROUTES": str(routes),
            "CDI_NOTIFIER_ANCHOR_SECONDS": "20",
            "CDI_NOTIFIER_PATIENCE_SECONDS": "5",
            "CDI_CHAOS_SECRET": "sixteen bytes and more",
        }
        return Service("notifier", ("deploy", "notifier"), environment, self._log("notifier"))

    def board(self) -> Service:
        """Make the board."""
        command = ("deploy", "board", "--port", str(self.board_port))
        return Service("board", command, self._environment("board"), self._log("board"))

    @property
    def board_database(self) -> Path:
        """The board's read model."""
        return self.settings.data / "board" / "board.sqlite"

    def _environment(self, name: str) -> dict[str, str]:
        kafka = self.broker.through_proxy(0 if name == FIRST_WORKER else 1)
        settings = self.settings.model_copy(update={"kafka": kafka, "data": self.settings.data / name})
        settings.data.mkdir(parents=True, exist_ok=True)
        return {**environment_of(settings), "CDI_LOG_FORMAT": "json"}

    def _log(self, name: str) -> Path:
        return self.settings.data / f"{name}.log"


@contextmanager
def installation(
    broker: Broker, folder: Path, name: str, *, clock: Literal["stream", "live"] = "stream", kept: bool = False
) -> Iterator[tuple[Settings, Fleet]]:
    """Make the topics of an installation; stop its processes in the end, and delete its topics unless they are kept."""
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    settings = Settings(
        kafka=broker.bootstrap,
        prefix=f"chaos-{os.getpid()}-{name}.",
        partitions=PARTITIONS,
        clock=clock,
        data=folder,
        policy=folder / "policy.toml",
        replication=1,
    )
    provide_topics(settings)
    fleet = Fleet()
    try:
        yield settings, fleet
    finally:
        fleet.stop()
        if not kept:
            delete_topics(settings)


def start_everything(site: Site, url: str) -> None:
    """Start the workers, the board and the notifier."""
    for number in range(1, WORKERS + 1):
        site.fleet.add(site.worker(f"worker-{number}"))
    site.fleet.add(site.board())
    site.fleet.add(site.notifier(url))


def seconds(duration: float) -> Iterator[None]:
    """Let time pass."""
    until = time.monotonic() + duration
    while time.monotonic() < until:
        yield


__all__ = ["Receiver", "Site", "installation", "seconds", "start_everything", "webhook_receiver"]
