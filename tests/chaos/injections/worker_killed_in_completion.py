"""A worker dies just when every feed has vouched and the clocks run through all that fell due."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Wait for the round's completion, and kill every worker within a second of it."""
    while not site.completing:
        yield
    for worker in site.fleet.workers():
        yield from seconds(dice.uniform(0, 0.5))
        if worker.running:
            worker.kill()


INJECTION = Injection(
    "worker-killed-in-completion", "SIGKILL of every worker while the clocks run to the round's end", inject
)
