"""Records are repeated just before they are forgotten, and workers die once the clock has passed that moment."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import FORGET_AFTER, Site, seconds
from tests.chaos.site.publication import at_next_publication
from tests.streams.world import DAY

_AROUND: Final = 12 * DAY
"""How far from the moment that is forgotten next."""
_PATIENCE_SECONDS: Final = 4.0
"""For the next heartbeats: less than a session lasts."""


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Put records, and the heartbeats by which they are forgotten, into one batch, and have it read twice; two times.

    Workers stand still while it is sent, and are killed when they publish what came of it.
    """
    for _ in range(2):
        workers, forgotten, through = site.fleet.workers(), site.feed.through - FORGET_AFTER, site.feed.through
        for worker in workers:
            worker.suspend()
        try:
            near = [record for record in site.feed.sent.values() if abs(record.event_time - forgotten) < _AROUND]
            site.feed.send(dice.sample(near, len(near)))
            for _ in seconds(_PATIENCE_SECONDS):
                if site.feed.through > through:
                    break
                yield
        finally:
            for worker in workers:
                if worker.running:
                    worker.resume()
        for worker in workers:
            yield from at_next_publication(site.settings, worker.kill)


INJECTION = Injection(
    "forgotten-in-between",
    "records come again in the batch in which the clock forgets them, and it is read twice: SIGKILL of every worker",
    inject,
)
