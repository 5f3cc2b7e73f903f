"""Workers as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from agents.settings.settings import Settings
from deploy.local.kafka import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90.0

RUN = """
import sys
from agents.settings.settings import Settings
from agents.worker.process import run_worker
sys.exit(run_worker(Settings()))
"""


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until something another process does has happened; fail, naming it, if it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"still not so: {what}"
        time.sleep(0.1)


class WorkerProcess:
    """One worker in a process of its own."""

    def __init__(self, settings: Settings, log: Path, name: str, *, script: str, env: dict[str, str]) -> None:
        self.settings = settings
        self.port = free_port()
        self.log = log
        self._out = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "CDI_KAFKA": settings.kafka,
                "CDI_PREFIX": settings.prefix,
                "CDI_PARTITIONS": str(settings.partitions),
                "CDI_CLOCK": settings.clock,
                "CDI_DATA": str(log.parent),
                "CDI_WORKER": name,
                "CDI_SESSION_SECONDS": str(settings.session_seconds),
                "CDI_TICK_SECONDS": str(settings.tick_seconds),
                "CDI_METRICS_PORT": str(self.port),
                **env,
            },
        )

    def ask(self, path: str) -> tuple[int, str]:
        """Ask the worker's status server; status 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, ""
        except OSError:
            return 0, ""

    def figure(self, name: str) -> float:
        """Add up a metric over its labels."""
        lines = self.ask("/metrics")[1].splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition("{")[0].partition(" ")[0] == name)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        eventually(lambda: self.ask("/ready")[0] == 200 or not self.running, f"ready\n{self.log.read_text()}")
        assert self.running, self.log.read_text()

    def kill(self) -> None:
        """Take it down without a word, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop; give its exit status."""
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        if self.running:
            self.kill()
        self._out.close()


StartWorker = Callable[..., WorkerProcess]
