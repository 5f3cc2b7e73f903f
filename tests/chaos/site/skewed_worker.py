"""A worker on a host whose clock is wrong: ``python -m tests.chaos.site.skewed_worker DAYS``."""

from __future__ import annotations

import sys
from typing import NoReturn

from agents.settings.clock import ProcessClock, wall_clock
from agents.settings.settings import Settings
from agents.worker.process import run_worker
from deploy.local.child_process import STOP_WITH_PARENT, stop_with_parent
from tests.streams.world import DAY


def main(days: int) -> NoReturn:
    """Run a worker whose wall clock is so many days fast; slow where it is negative."""
    run_worker(Settings(), clock=ProcessClock(wall=lambda: wall_clock() + days * DAY))


if __name__ == "__main__":
    if STOP_WITH_PARENT in sys.argv:
        stop_with_parent()
    main(int(sys.argv[1]))
