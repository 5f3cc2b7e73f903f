"""A worker dies while it rebuilds its state, and again when it tries once more."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.fleet import Service
from tests.chaos.site.installation import Site, seconds

_PATIENCE_SECONDS = 40.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill a worker, and then each successor once it listens and before it is ready."""
    workers = site.fleet.workers()
    if not workers:
        return
    worker = dice.choice(workers)
    worker.kill()
    for _ in range(dice.randint(1, 2)):
        yield from _recovering(worker)
        if worker.running:
            yield from seconds(dice.uniform(0, 1))
            worker.kill()


def _recovering(worker: Service) -> Iterator[None]:
    """Let time pass until a worker is on its way to be ready."""
    for _ in seconds(_PATIENCE_SECONDS):
        if worker.running and worker.listens:
            return
        yield


INJECTION = Injection("worker-killed-in-recovery", "SIGKILL of a worker while it rebuilds its state, and again", inject)
