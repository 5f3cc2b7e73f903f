"""The network holds everything back, and then delivers it all at once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Stall the first worker's way, everybody else's, or both, for less than a session and for more."""
    for _ in range(dice.randint(1, 3)):
        ways = dice.choice((site.proxies, site.proxies[:1], site.proxies[1:]))
        for proxy in ways:
            proxy.stall()
        try:
            yield from seconds(dice.choice((0.5, 3, 9)))
        finally:
            for proxy in ways:
                proxy.flow()
        yield from seconds(dice.uniform(0.2, 2))


INJECTION = Injection(
    "network-stalls", "the way to the broker holds everything back for up to 9 s, for all or for some", inject
)
