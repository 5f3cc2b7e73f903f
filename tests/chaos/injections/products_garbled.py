"""Somebody writes what nobody can read to topics that the product alone should write: readers pass it over."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from streams.topology.topics import ACTIONS, ALERTS, CANDIDATES, CASES, CLOCKS, Topic
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import GARBAGE, Site, seconds

_TOPICS: tuple[Topic, ...] = (ALERTS, CASES, CANDIDATES, CLOCKS, ACTIONS)


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Send a message of noise, and one of nothing much, to each of them."""
    for topic in _TOPICS:
        partition = dice.randrange(site.settings.partitions)
        for value in (b"\x00" + dice.randbytes(dice.randrange(5, 500)), b"{}"):
            site.feed.send_garbage(topic.name, GARBAGE, value, partition)
            yield from seconds(0.02)


INJECTION = Injection(
    "products-garbled", "unreadable messages on the topics of alerts, cases, candidates, clocks and actions", inject
)
