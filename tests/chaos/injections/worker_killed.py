"""A worker dies without a word in the middle of whatever it does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill one worker up to three times; it is started again each time."""
    for _ in range(dice.randint(1, 3)):
        yield from site.feed.next_delivery()
        yield from seconds(dice.uniform(0, 0.5))
        workers = site.fleet.workers()
        if workers:
            dice.choice(workers).kill()
        yield from seconds(dice.uniform(0.5, 4))


INJECTION = Injection("worker-killed", "SIGKILL of a worker, one to three times", inject)
