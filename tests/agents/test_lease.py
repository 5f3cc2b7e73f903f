"""Whether a worker may still write what it owned."""

from __future__ import annotations

import pytest

from agents import lease as module
from agents.lease import Lease, LeaseLostError


class Stopwatch:
    """A stopwatch that stands where it is put."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """The lease's own stopwatch, in our hand."""
    held = Stopwatch()
    monkeypatch.setattr(module, "stopwatch", held)
    return held


def test_a_worker_that_kept_going_may_write(stopwatch: Stopwatch) -> None:
    """Up to the session's length without a beat, exactly, nothing is lost."""
    lease = Lease(10.0)
    stopwatch.at += 10.0
    lease.require()


def test_a_worker_that_stood_still_may_not(stopwatch: Stopwatch) -> None:
    """Beyond it another may own the partitions, and that stays so however much later it is asked again."""
    lease = Lease(10.0)
    stopwatch.at += 10.1
    with pytest.raises(LeaseLostError):
        lease.require()
    lease._beat_at = stopwatch.at
    with pytest.raises(LeaseLostError):
        lease.require()
