"""A worker dies just when every feed has vouched and the clocks run through all that fell due."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site
from tests.chaos.site.publication import at_next_publication


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Wait for the round's last delivery, and kill every worker when it publishes what follows from it."""
    while not site.completing:
        yield
    workers = site.fleet.workers()
    dice.shuffle(workers)
    for worker in workers:
        yield from at_next_publication(site.settings, worker.kill)


INJECTION = Injection(
    "worker-killed-in-completion", "SIGKILL of every worker while the clocks run to the round's end", inject
)
