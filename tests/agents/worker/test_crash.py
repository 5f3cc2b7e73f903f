"""What a worker leaves behind that stops itself."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from agents.worker.crash import WorkerCrash
from agents.worker.pipeline.listener import BatchListener, BatchListeners
from agents.worker.state_version import StateIsNewerError


class Failures(BatchListener):
    """Keeps the failures that it is told of."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []

    def crashed(self, failure: BaseException) -> None:
        self.failures.append(failure)


@pytest.mark.parametrize(
    ("failure", "status"), [(KeyError("a bug"), 1), (StateIsNewerError(0, "format 9", "format 3"), 3)]
)
def test_the_exit_status_says_whether_starting_again_can_help(failure: Exception, status: int) -> None:
    """Not against state that a newer release wrote: 3.  Listeners learn the failure before Faust tears down."""
    app: Any = AsyncMock()
    listeners = Failures(), Failures()
    statuses: list[int] = []
    crash = WorkerCrash(app, BatchListeners(*listeners), statuses.append)
    asyncio.run(crash.stop_worker(failure))
    assert (statuses, crash.exit_status) == ([status], status)
    assert [listener.failures for listener in listeners] == [[failure], [failure]]
    app.crash.assert_awaited_once()
