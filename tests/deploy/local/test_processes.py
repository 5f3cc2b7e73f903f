"""The processes of one machine, started again or given up together."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deploy.local import child_process
from deploy.local.cluster import ServicesFailedError
from deploy.local.processes import Processes, ServiceCommand


def test_a_worker_that_cannot_use_the_state_stops_all_and_is_not_said_to_be_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """State of a newer release and state that nothing wrote end a worker alike: its log says which it was."""
    ending = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(child_process, "start", lambda *_: subprocess.Popen(ending, stdin=subprocess.PIPE))
    restarts: list[str] = []
    with (
        Processes({"worker-1": ServiceCommand(("worker",), {})}, tmp_path, on_restart=restarts.append) as running,
        pytest.raises(ServicesFailedError) as stopped,
    ):
        running.run_until(threading.Event())
    assert restarts == []
    assert str(stopped.value) == (
        "worker-1 cannot judge by the state that is there; nothing was judged, overwritten or lost: "
        f"the last line of {tmp_path / 'worker-1.log'} says why, and what to do"
    )
