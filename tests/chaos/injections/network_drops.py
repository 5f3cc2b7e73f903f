"""The network cuts connections in the middle of what they carry."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Cut every connection, or those of some, several times in a row."""
    for _ in range(dice.randint(2, 6)):
        for proxy in dice.choice((site.proxies, site.proxies[:1], site.proxies[1:])):
            proxy.drop()
        yield from seconds(dice.uniform(0.1, 2.5))


INJECTION = Injection(
    "network-drops", "the proxy before the broker cuts every connection, or those of some, two to six times", inject
)
