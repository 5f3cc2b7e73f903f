"""What was said is said again, at once and much later."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Send a third of everything again, in another order."""
    sent = list(site.feed.sent.values())
    site.feed.send(dice.sample(sent, len(sent) // 3))
    yield


INJECTION = Injection("duplicates", "a third of everything sent so far is sent again, in no order", inject)
