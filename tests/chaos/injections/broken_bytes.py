"""Messages that nobody can read: each must become a dead letter, and hold up nothing."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from schemas.codec import Codec
from schemas.records import SOURCE_RECORDS, Incident
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds
from tests.streams.world import crime, incident

_FAR_AHEAD = 250_000_000_000_000
"""In the year 9892."""


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Send one message of every broken kind."""
    force = dice.choice(site.feed.forces)
    home = site.settings.partition_of(force)
    for topic, key, value, partition in _messages(site, dice, force, home):
        site.feed.send_broken(topic, key, value, partition)
        yield from seconds(0.02)


def _messages(site: Site, dice: Random, force: str, home: int) -> list[tuple[str, bytes | None, bytes | None, int]]:
    encode, key, topic = Codec().encode, force.encode(), Incident.TOPIC
    sound = incident(site.feed.through, force=force)
    value = encode(sound)
    cut = dice.randrange(6, len(value) - 1)
    bad_text = value.replace(b"VIOLENCE", b"VIO\xff\xfeCE")
    elsewhere = (home + 1) % site.settings.partitions
    other_topic = dice.choice([record.TOPIC for record in SOURCE_RECORDS if record is not Incident])
    noise = b"\x00" + dice.randbytes(dice.randrange(5, 2000))
    return [
        (topic, key, None, home),
        (topic, key, b"", home),
        (topic, key, b"{}", home),
        (topic, key, noise, home),
        (topic, key, value[:cut], home),
        (topic, key, value + b"!", home),
        (topic, key, bad_text, home),
        (topic, key, encode(crime(site.feed.through, force=force)), home),
        (other_topic, key, value, home),
        (topic, b"NOBODY", value, home),
        (topic, b"\xff\xfe", value, home),
        (topic, None, value, home),
        (topic, key, value, elsewhere),
        (topic, key, encode(msgspec.structs.replace(sound, event_id=" ")), home),
        (topic, key, encode(msgspec.structs.replace(sound, incident_ref="---")), home),
        (topic, key, encode(msgspec.structs.replace(sound, event_time=_FAR_AHEAD)), home),
        (topic, key, encode(msgspec.structs.replace(sound, location="much " * 1_300_000)), home),
        (topic, key, encode(msgspec.structs.replace(sound, location="a\0b")), home),
        (topic, key, encode(msgspec.structs.replace(sound, crime_refs=("C-1", "C-2\0"))), home),
    ]


INJECTION = Injection("broken-bytes", "nineteen messages that are no records of their topics", inject)
