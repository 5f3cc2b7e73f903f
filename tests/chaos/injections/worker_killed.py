"""A worker dies without a word in the middle of whatever it does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds
from tests.chaos.site.publication import at_next_publication


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill a worker just when an alert was published, up to three times; it is started again each time."""
    for _ in range(dice.randint(1, 3)):
        workers = site.fleet.workers()
        if workers:
            yield from at_next_publication(site.settings, dice.choice(workers).kill)
        yield from seconds(dice.uniform(0.5, 4))


INJECTION = Injection(
    "worker-killed", "SIGKILL of a worker within milliseconds of an alert, one to three times", inject
)
