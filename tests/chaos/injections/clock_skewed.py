"""A host's clock is days wrong, and a worker runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Have a worker in the group, for a while, whose clock is up to ten days fast or slow."""
    days = dice.choice((-10, -2, 2, 10))
    command = ("tests.chaos.site.skewed_worker", str(days))
    worker = site.fleet.add(site.worker(f"worker-skewed-{dice.randrange(1000)}", command))
    yield from seconds(dice.uniform(8, 15))
    site.fleet.remove(worker)


INJECTION = Injection("clock-skewed", "a worker whose process clock is days fast or slow works in the group", inject)
