"""The group grows and shrinks, so that partitions change hands."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Start one worker more, and ask it or another to stop a while later."""
    newcomer = site.fleet.add(site.worker(f"worker-{dice.randrange(100, 1000)}"))
    yield from seconds(dice.uniform(4, 12))
    if dice.random() < 0.5:
        others = [worker for worker in site.fleet.workers() if worker is not newcomer]
        if others:  # it is started again under its own name
            dice.choice(others).process.terminate()
    yield from seconds(dice.uniform(1, 4))
    site.fleet.remove(newcomer)


INJECTION = Injection("worker-joins-and-leaves", "a worker joins the group and leaves, and so may another", inject)
