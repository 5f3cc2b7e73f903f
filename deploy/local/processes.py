"""The worker, board and notifier processes of this machine, which stop together."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from agents.worker.state_version import EXIT_STATUS as UNUSABLE_STATE
from deploy.local import child_process
from deploy.local.cluster import Cluster, ServicesFailedError

if TYPE_CHECKING:
    from types import TracebackType

    from agents.settings.settings import Settings

STOP_SECONDS = 20.0
CHECK_SECONDS = 0.5
MOST_RESTARTS = 5
"""Vital processes that end so often within RESTART_WINDOW_SECONDS stop all: the cause does not pass by itself."""
RESTART_WINDOW_SECONDS = 60.0
RESTART_PAUSE_SECONDS = 10.0
"""How long a process that is not vital waits, at least, from one restart to the next."""


class ServiceCommand(NamedTuple):
    """One process: the arguments of its ``cdi``, and the environment it gets on top of ours."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    vital: bool = True
    """Whether all must stop where it keeps ending: alerts go on without a board or a notifier."""


class Processes:
    """``cdi`` processes that are restarted where one ends by itself, and stopped together."""

    def __init__(
        self,
        commands: Mapping[str, ServiceCommand],
        logs: Path,
        *,
        on_restart: Callable[[str], None],
        cluster: Cluster | None = None,
    ) -> None:
        """Log each process by name into the folder ``logs``.

        Stop all where the ``cluster`` was ours and ends.
        """
        self._cluster = cluster
        self._commands = commands
        self._logs = logs
        self._on_restart = on_restart
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._vital_ends: list[float] = []
        self._next_restart: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for name in self._commands:
            self._start(name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def log_file(self, name: str) -> Path:
        """Return the path of a process's log."""
        return self._logs / f"{name}.log"

    def run_until(self, stopped: threading.Event) -> None:
        """Keep the processes running until the event is set.

        Raises ServicesFailedError as restart_ended does.
        """
        while not stopped.wait(CHECK_SECONDS):
            self.restart_ended()

    def restart_ended(self) -> None:
        """Restart the processes that have ended.

        Raises ServicesFailedError where vital ones end too often, cannot judge by the state, or Kafka has ended.
        """
        if self._cluster is not None:
            self._cluster.require_running()
        for name, process in list(self._running.items()):
            status = process.poll()
            if status is not None and self._is_due(name, status):
                self._on_restart(f"{name} ended with status {status} and is restarted; see {self.log_file(name)}")
                self._start(name)

    def _is_due(self, name: str, status: int) -> bool:
        """Return whether an ended process is to be restarted now."""
        if status == UNUSABLE_STATE:
            raise ServicesFailedError(
                f"{name} cannot judge by the state that is there; nothing was judged, overwritten or lost: "
                f"the last line of {self.log_file(name)} says why, and what to do"
            )
        at = time.monotonic()
        if not self._commands[name].vital:
            due = at >= self._next_restart.get(name, at)
            if due:
                self._next_restart[name] = at + RESTART_PAUSE_SECONDS
            return due
        self._vital_ends = [*(end for end in self._vital_ends if end > at - RESTART_WINDOW_SECONDS), at]
        if len(self._vital_ends) >= MOST_RESTARTS:
            raise ServicesFailedError(f"{name} keeps ending (status {status}): see {self.log_file(name)}")
        return True

    def stop(self) -> None:
        """Ask all to stop, wait, and kill those that have not stopped in time."""
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
            self._running[name] = child_process.start(command.arguments, command.environment, log)


def workers(settings: Settings, count: int) -> dict[str, ServiceCommand]:
    """Return the commands of ``count`` workers, by name."""
    return {f"worker-{n}": ServiceCommand(("worker",), _worker_environment(settings, n)) for n in range(1, count + 1)}


def board_and_notifier(settings: Settings, board_port: int) -> dict[str, ServiceCommand]:
    """Return the commands of the board and the notifier, by name."""
    board, notifier = (child_process.environment_of(settings) | _metrics_port(settings, place) for place in (0, 1))
    return {
        "board": ServiceCommand(("board", "--port", str(board_port)), board, vital=False),
        "notifier": ServiceCommand(("notifier",), notifier, vital=False),
    }


def feed_processes(
    settings: Settings, feeds_file: Path, names: Iterable[str], first_place: int
) -> dict[str, ServiceCommand]:
    """Return the commands of feeds; ``first_place`` is that of the first one's metrics port."""
    return {
        f"connect-{name}": ServiceCommand(
            ("connect", name),
            child_process.environment_of(settings)
            | {"CDI_FEEDS": str(feeds_file.absolute())}
            | _metrics_port(settings, place),
            vital=False,
        )
        for place, name in enumerate(names, first_place)
    }


def _worker_environment(settings: Settings, number: int) -> dict[str, str]:
    return {
        **child_process.environment_of(settings),
        "CDI_DATA": str(settings.data / f"worker-{number}"),
        "CDI_WORKER": f"{settings.worker or 'worker'}-{number}",
        **_metrics_port(settings, number + 1),
    }


def _metrics_port(settings: Settings, place: int) -> dict[str, str]:
    """Give each process a metrics port: the board the one that is set, the others those after it."""
    return {"CDI_METRICS_PORT": str(settings.metrics_port + place)} if settings.metrics_port else {}
