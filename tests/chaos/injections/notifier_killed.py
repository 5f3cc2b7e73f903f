"""The notifier dies between a message and its note that it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds

_PATIENCE_SECONDS = 20.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill the notifier the moment that something arrives, two or three times."""
    for _ in range(dice.randint(2, 3)):
        notifier, before = site.fleet.services["notifier"], len(site.receiver.posts)
        for _ in seconds(_PATIENCE_SECONDS):
            if len(site.receiver.posts) > before:
                break
            yield
        if notifier.running:
            notifier.kill()
        yield


INJECTION = Injection("notifier-killed", "SIGKILL of the notifier right after something arrived", inject)
