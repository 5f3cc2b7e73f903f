"""The lock by which one process at a time runs a feed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from deploy.connect.process import FeedRunsAlreadyError, is_running, locked


def test_a_feed_that_somebody_only_asks_about_can_be_started(tmp_path: Path) -> None:
    """``cdi doctor`` takes its lock for a moment to see whether it runs."""
    asked = threading.Event()

    def ask() -> None:
        with locked(tmp_path, "crimes"):
            asked.set()
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    asked.wait()
    with locked(tmp_path, "crimes"):
        assert is_running(tmp_path, "crimes")
    asking.join()
    assert not is_running(tmp_path, "crimes")


def test_a_feed_that_runs_is_not_run_twice(tmp_path: Path) -> None:
    """Two processes would send each other's rows again, and move each other's files."""
    with locked(tmp_path, "crimes"), pytest.raises(FeedRunsAlreadyError), locked(tmp_path, "crimes"):
        pytest.fail("it ran twice")
