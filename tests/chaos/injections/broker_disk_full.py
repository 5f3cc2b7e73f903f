"""The broker's disk is full: it takes nothing, and gives up by itself or is killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Let it write nothing for some seconds, and then start it again on a disk with room."""
    site.broker.fill_disk()
    time.sleep(dice.uniform(0.5, 4))
    site.broker.kill_and_restart()
    yield


INJECTION = Injection(
    "broker-disk-full", "the broker can write no file (RLIMIT_FSIZE) for some seconds, and is started again", inject
)
