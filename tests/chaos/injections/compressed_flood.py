"""A few hundred KB on the wire that are hundreds of MB once they are decompressed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from schemas.records import SOURCE_RECORDS
from tests.chaos.injections.injection import Injection
from tests.chaos.site.feed import FLOODS
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Send one by gzip, and one by another codec, to the topics of sources."""
    for codec in ("gzip", dice.choice(sorted(FLOODS))):
        force = dice.choice(site.feed.forces)
        topic = dice.choice(SOURCE_RECORDS).TOPIC
        site.feed.send_flood(topic, force.encode(), site.settings.partition_of(force), codec)
        yield from seconds(dice.uniform(0, 2))


INJECTION = Injection(
    "compressed-flood", "300 MB of zeros in about 300 KB, by gzip, zstd or lz4 (200 MB), to a source topic", inject
)
