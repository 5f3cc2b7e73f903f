"""The processes of the installation: started, killed, suspended, and started again where they end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from deploy.local.child_process import STOP_WITH_PARENT
from deploy.local.kafka import free_port

ROOT = Path(__file__).parents[3]
RESTART_SECONDS = 0.5
STOP_SECONDS = 30.0
_ANSWER_SECONDS = 3.0
_LAG = ("cdi_lag", "cdi_partitions", "cdi_persisted")


class Service:
    """One process by one name, which it keeps over its restarts."""

    def __init__(self, name: str, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.killed = False
        self.port = free_port()
        self._command = command
        self._environment = {**environment, "CDI_METRICS_PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it stops with this one."""
        self.killed = False
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command, STOP_WITH_PARENT],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of the last start."""
        assert self._process is not None
        return self._process

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def was_started(self) -> bool:
        """Whether there ever was a process."""
        return self._process is not None

    def kill(self) -> None:
        """End it without a word."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def suspend(self) -> None:
        """Let it stand still."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> bool:
        """Ask it to stop, and kill it if it does not; return whether it stopped by itself."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        finally:
            if self.process.stdin is not None:
                self.process.stdin.close()
        return True

    def limit_files(self, most_bytes: int | None) -> None:
        """Let it write no file beyond so many bytes, as on a full disk; None lets it again."""
        most = resource.RLIM_INFINITY if most_bytes is None else most_bytes
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def peak_mib(self) -> int:
        """Return the most memory that it has held since its start."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")  # it may be gone
        return int(line.split()[1]) // 1024

    def answers(self, path: str) -> bool:
        """Ask its status server (``/ready``, ``/live``)."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=_ANSWER_SECONDS) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    @property
    def listens(self) -> bool:
        """Whether its status server answers at all, which it does before it is ready."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=_ANSWER_SECONDS).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def condition(self) -> str:
        """Return what it answers and the last error in its log, for a report."""
        answers = ", ".join(f"{path} {'yes' if self.answers(path) else 'no'}" for path in ("/live", "/ready"))
        lag = [line for line in self.figures().splitlines() if line.startswith(_LAG)]
        return f"{answers}; {'; '.join(lag)}; {self._last_words()}"

    def figures(self) -> str:
        """Return its metrics; nothing where it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=_ANSWER_SECONDS) as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        worst = [line for line in lines[-200:] if _is_error(line)]
        return (worst or lines or ["it wrote nothing"])[-1][:500]


class Fleet:
    """All services of one installation."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.ended: Counter[str] = Counter()
        """How often services ended by themselves, by name and status; each was started again."""
        self.refused_to_stop: Counter[str] = Counter()
        self._due: dict[str, float] = {}
        self._no_workers = False

    def add(self, service: Service) -> Service:
        """Start a service and keep it running; a worker once workers are wanted."""
        self.services[service.name] = service
        if not self._is_held(service):
            service.start()
        return service

    def remove(self, service: Service) -> None:
        """Ask a service to stop, for good."""
        self.services.pop(service.name, None)
        if service.running and not service.stop():
            self.refused_to_stop[service.name] += 1

    def workers(self) -> list[Service]:
        """Return the workers that run."""
        return [service for service in self.services.values() if service.name.startswith("worker") and service.running]

    def hold_workers(self) -> None:
        """Ask all workers to stop, and let none run until they are released."""
        self._no_workers = True
        for worker in self.workers():
            if not worker.stop():
                self.refused_to_stop[worker.name] += 1
            worker.killed = True  # it did not end by itself

    def release_workers(self) -> None:
        """Let workers be started again."""
        self._no_workers = False

    def keep_running(self) -> None:
        """Start again what has ended."""
        now = time.monotonic()
        for service in self.services.values():
            if service.running or self._is_held(service):
                continue
            if service.name not in self._due:
                if not service.killed and service.was_started:
                    self.ended[f"{service.name} with status {service.process.returncode}"] += 1
                self._due[service.name] = now + RESTART_SECONDS
            elif now >= self._due[service.name]:
                del self._due[service.name]
                service.start()

    def _is_held(self, service: Service) -> bool:
        return self._no_workers and service.name.startswith("worker")

    def stop(self) -> None:
        """Stop every service."""
        services, self.services = list(self.services.values()), {}
        for service in services:
            if service.running:
                service.process.send_signal(signal.SIGCONT)
                service.process.terminate()
        for service in services:
            if service.running and not service.stop():
                self.refused_to_stop[service.name] += 1


def _is_error(line: str) -> bool:
    try:
        return json.loads(line).get("level") in {"error", "critical"}
    except (ValueError, AttributeError):
        return "error" in line.lower()
