"""The network holds everything back, and then delivers it all at once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Stall the proxy one to three times, for less than a session and for more."""
    for _ in range(dice.randint(1, 3)):
        site.proxy.stall()
        try:
            yield from seconds(dice.choice((0.5, 3, 9)))
        finally:
            site.proxy.flow()
        yield from seconds(dice.uniform(0.2, 2))


INJECTION = Injection("network-stalls", "the way to the broker holds everything back for up to 9 s", inject)
