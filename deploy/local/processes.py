"""The services of one installation on this machine: Kafka, its topics, and processes that stop together."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from agents.kafka.connectivity import connection_problem
from agents.kafka.topics import check_topics, create_topics
from agents.worker.state_version import EXIT_STATUS as STATE_IS_NEWER
from deploy.local.kafka import EmbeddedKafka
from deploy.local.kafka.ports import is_free
from streams.topology.topics import TOPICS

if TYPE_CHECKING:
    from types import TracebackType

    from agents.settings.settings import Settings

ADDRESS = "kafka.address"
"""In the data folder: where the Kafka that runs here answers, while it runs."""

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.5
_TIMEOUT_SECONDS = 30.0
RESTARTS = 5
"""A worker that ends so often within WITHIN_SECONDS ends them all: what is wrong is not passing."""
WITHIN_SECONDS = 60.0
AGAIN_SECONDS = 10.0
"""A process that is not vital is started again no sooner than so long after the last time."""


class ServicesFailedError(Exception):
    """The services cannot go on; the sentence says why, for a user."""


def running_kafka(data: Path) -> str | None:
    """Return where the Kafka that another process runs on this data folder answers; None if there is none."""
    try:
        bootstrap = (data / ADDRESS).read_text(encoding="ascii").strip()
    except OSError:
        return None
    _, _, port = bootstrap.rpartition(":")
    return bootstrap if port.isdigit() and not is_free(int(port)) else None


class Cluster(NamedTuple):
    """The Kafka that services use."""

    bootstrap: str
    embedded: EmbeddedKafka | None = None
    """The broker, where it runs here for their sake."""

    def require_running(self) -> None:
        """Raise ServicesFailedError where it ran here and does not any more."""
        broker = self.embedded
        if broker is not None and not broker.is_running:
            raise ServicesFailedError(
                f"the embedded Kafka has ended: see {broker.log_file}; what it held is kept for the next start"
            )


@contextlib.contextmanager
def kafka(data: Path, on_progress: Callable[[str], None]) -> Iterator[Cluster]:
    """Give the cluster CDI_KAFKA names, else an embedded one that keeps its data in the folder.

    Raises KafkaUnavailableError.
    """
    if named := os.environ.get("CDI_KAFKA"):
        yield Cluster(named)
        return
    with EmbeddedKafka(data / "kafka", on_progress=on_progress) as broker, announced(data, broker.bootstrap):
        yield Cluster(broker.bootstrap, broker)


@contextlib.contextmanager
def announced(data: Path, bootstrap: str) -> Iterator[None]:
    """Let other commands on this data folder find a Kafka for the while; one announced before keeps its place."""
    address = data / ADDRESS
    if running_kafka(data) is not None:
        yield
        return
    data.mkdir(parents=True, exist_ok=True)
    address.write_text(bootstrap, encoding="ascii")
    try:
        yield
    finally:
        address.unlink(missing_ok=True)


def require_answer(settings: Settings) -> None:
    """Raise ServicesFailedError, with the reason, where Kafka does not answer: before anybody waits for it in vain."""
    if (reason := connection_problem(settings)) is not None:
        raise ServicesFailedError(f"Kafka at {settings.kafka} {reason}")


def provide_topics(settings: Settings) -> None:
    """Make the topics that are missing; raise ServicesFailedError where one is there and not as it must be."""
    require_answer(settings)
    try:
        create_topics(settings)
        differences = check_topics(settings, periods=False)
    except KafkaException as failure:
        raise ServicesFailedError(f"Kafka at {settings.kafka}: {failure.args[0].str()}") from None
    if differences:
        raise ServicesFailedError(f"the topics are not as they must be: {'; '.join(differences[:3])}")


def delete_topics(settings: Settings) -> None:
    """Delete every topic of an installation that has a prefix of its own: nobody else's can be meant."""
    if not settings.prefix:
        raise ValueError("only topics with a prefix are deleted")
    admin = AdminClient(settings.client())
    there = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
    ours = [name for name in map(settings.topic, TOPICS) if name in there]
    for outcome in admin.delete_topics(ours).values() if ours else ():
        outcome.result()


class Command(NamedTuple):
    """One process: what ``cdi`` is told to do, and the environment it gets on top of ours."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    vital: bool = True
    """Whether all must stop where it keeps ending: alerts go on without a board or a notifier."""


class Processes:
    """``cdi`` processes, started again where one ends by itself, and stopped together.

    Each reads its standard input and stops when that closes, so that none outlives this process, even if it is killed.
    """

    def __init__(
        self,
        commands: Mapping[str, Command],
        logs: Path,
        *,
        on_restart: Callable[[str], None],
        cluster: Cluster | None = None,
    ) -> None:
        """``logs`` is a folder: one file a process, by name.  All stop where the ``cluster`` was ours and has ended."""
        self._cluster = cluster
        self._commands = commands
        self._logs = logs
        self._on_restart = on_restart
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: list[float] = []
        self._again_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for name in self._commands:
            self._start(name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def log_file(self, name: str) -> Path:
        """Where a process's log goes."""
        return self._logs / f"{name}.log"

    def watch(self, stopped: threading.Event) -> None:
        """Keep the processes running until the event is set.  Raises ServicesFailedError where one keeps ending."""
        while not stopped.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Start again what has ended.

        Raises ServicesFailedError where that has happened too often, or Kafka has ended.
        """
        if self._cluster is not None:
            self._cluster.require_running()
        for name, process in list(self._running.items()):
            status = process.poll()
            if status is None:
                continue
            if status == STATE_IS_NEWER:
                raise ServicesFailedError(
                    f"{name}: the state here was written by a newer release: run that, or a newer one; nothing was "
                    f"judged, overwritten or lost; see {self.log_file(name)}"
                )
            at = time.monotonic()
            if not self._commands[name].vital and at < self._again_at.get(name, at):
                continue
            self._again_at[name] = at + AGAIN_SECONDS
            if self._commands[name].vital:
                self._ended = [*(moment for moment in self._ended if moment > at - WITHIN_SECONDS), at]
            if len(self._ended) >= RESTARTS:
                raise ServicesFailedError(f"{name} keeps ending (status {status}): see {self.log_file(name)}")
            self._on_restart(f"{name} ended with status {status} and is started again; see {self.log_file(name)}")
            self._start(name)

    def stop(self) -> None:
        """Ask all to stop, wait, and end by force what has not stopped in time."""
        processes, self._running = list(self._running.values()), {}
        for process in processes:
            process.terminate()
        give_up_at = time.monotonic() + STOP_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _start(self, name: str) -> None:
        command = self._commands[name]
        with self.log_file(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "deploy", *command.arguments],
                env={**os.environ, **command.environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal is for the owner, which stops the workers before their broker.
                start_new_session=True,
            )


def workers(settings: Settings, count: int) -> dict[str, Command]:
    """Return the commands of so many workers, by name."""
    return {f"worker-{n}": Command(("worker", "--with-owner"), _environment(settings, n)) for n in range(1, count + 1)}


def people(settings: Settings, board_port: int) -> dict[str, Command]:
    """Return the commands of what people see and hear: the board and the notifier."""
    told = {
        "CDI_KAFKA": settings.kafka,
        "CDI_PREFIX": settings.prefix,
        "CDI_PARTITIONS": str(settings.partitions),
        "CDI_CLOCK": settings.clock,
        "CDI_DATA": str(settings.data),
        "CDI_LOG_LEVELS": str(settings.levels_file.absolute()),
        **({} if settings.policy is None else {"CDI_POLICY": str(settings.policy.absolute())}),
    }
    board, notifier = (told | _metrics_port(settings, place) for place in (0, 1))
    return {
        "board": Command(("board", "--with-owner", "--port", str(board_port)), board, vital=False),
        "notifier": Command(("notifier", "--with-owner"), notifier, vital=False),
    }


def _metrics_port(settings: Settings, place: int) -> dict[str, str]:
    """Give each process a port of its own for its figures: the board the one that was named, the others those after."""
    return {"CDI_METRICS_PORT": str(settings.metrics_port + place)} if settings.metrics_port else {}


def _environment(settings: Settings, number: int) -> dict[str, str]:
    """What one worker is told; the rest of the settings it reads from the environment itself, as its owner did."""
    told = {
        "CDI_KAFKA": settings.kafka,
        "CDI_PREFIX": settings.prefix,
        "CDI_PARTITIONS": str(settings.partitions),
        "CDI_CLOCK": settings.clock,
        "CDI_DATA": str(settings.data / f"worker-{number}"),
        "CDI_LOG_LEVELS": str(settings.levels_file.absolute()),
        "CDI_WORKER": f"{settings.worker or 'worker'}-{number}",
        **_metrics_port(settings, number + 1),
    }
    if settings.policy is not None:
        told["CDI_POLICY"] = str(settings.policy.absolute())
    return told
