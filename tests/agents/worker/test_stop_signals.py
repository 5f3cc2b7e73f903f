"""The signals that stop a worker are heard from before its parts exist until the process has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.settings.settings import Settings
from deploy.local.kafka import free_port
from tests.agents.processes import ROOT, StartWorker, eventually

SLOW_END = """
import sys, threading, time
from agents.observability.status import StatusServer
from agents.settings.settings import Settings
from agents.worker.process import run_worker

def slow(self, *_):
    print("torn down", flush=True)
    time.sleep(3)

StatusServer.__exit__ = slow
sys.exit(run_worker(Settings()))
"""
HANGING_CLIENT = SLOW_END.replace("time.sleep(3)", "threading.Thread(target=time.sleep, args=(60,)).start()")
SELF_STOPPING = SLOW_END.replace(
    "sys.exit(run",
    """
from agents.worker.liveness import Liveness

async def failing(self, app):
    raise RuntimeError("a fault")

Liveness.watch = failing
sys.exit(run""",
)
BEFORE_THE_LOOP = """
import os, signal, sys, time
from agents.settings.settings import Settings
from agents.worker import process
from agents.worker.faust_app import SignalledWorker

def run(self):
    print("at the loop", flush=True)
    time.sleep(60)

def between(self, *_, **__):
    os.kill(os.getpid(), signal.SIGTERM)
    return self

process._obstacle = lambda settings: None
process.StatusServer.__enter__ = between
SignalledWorker.execute_from_commandline = run
sys.exit(process.run_worker(Settings()))
"""


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_worker_is_torn_down_leaves_it_its_exit_status(
    installation: Settings, start_worker: StartWorker, number: signal.Signals
) -> None:
    """The loop has ended by then, and the logs and the status server have not."""
    worker = start_worker(installation, script=SLOW_END)
    worker.wait_until_ready()
    worker.signal(signal.SIGTERM)
    eventually(lambda: "torn down" in worker.log.read_text(), "the tear-down")
    worker.signal(number)
    assert worker.wait() == 0
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.kafka
def test_a_signal_while_a_worker_that_stopped_itself_is_torn_down_leaves_it_its_exit_status(
    installation: Settings, start_worker: StartWorker
) -> None:
    """The first signal ends nothing that is ending already: the status says that the worker stopped itself."""
    worker = start_worker(installation, script=SELF_STOPPING)
    eventually(lambda: "torn down" in worker.log.read_text(), "the tear-down")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 1


@pytest.mark.kafka
def test_the_thread_of_a_hanging_client_does_not_keep_a_worker(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Python's own end waits for every thread."""
    worker = start_worker(installation, script=HANGING_CLIENT)
    worker.wait_until_ready()
    told_at = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - told_at < 8
    assert "stop_cut_short" not in worker.log.read_text()


def test_a_signal_between_the_start_and_the_loop_stops_the_worker(tmp_path: Path) -> None:
    """With the status that says so: nothing stands between the handlers of the start and those of the loop."""
    environment = {"CDI_KAFKA": f"127.0.0.1:{free_port()}", "CDI_DATA": str(tmp_path)}
    told_at = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", BEFORE_THE_LOOP], cwd=ROOT, env={**os.environ, **environment}, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert time.monotonic() - told_at < 30
