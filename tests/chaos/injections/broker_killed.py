"""The broker dies without a word and comes back on its data."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill the broker and start it again at once."""
    site.broker.kill_and_restart()
    yield


INJECTION = Injection("broker-killed", "SIGKILL of the broker, which is started again on its data", inject)
