"""A worker stands still until others have taken over, and then goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import SESSION_SECONDS, Site, seconds
from tests.chaos.site.publication import at_next_publication


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Suspend a worker just when an alert was published, for longer than its session lasts."""
    workers = site.fleet.workers()
    if not workers:
        return
    worker = dice.choice(workers)
    yield from at_next_publication(site.settings, worker.suspend)
    yield from seconds(SESSION_SECONDS + dice.uniform(1, 6))
    if worker.running:
        worker.resume()


INJECTION = Injection("worker-suspended", "SIGSTOP of a worker past its session, then SIGCONT", inject)
