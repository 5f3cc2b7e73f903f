"""Closing the feeds: a heartbeat from every source of every feed a force should have, so that its clock can go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from agents.kafka.codecs import codec_of
from agents.kafka.reader import messages
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from streams.facts.completeness import STAND_IN
from streams.topology.topics import FEED_TOPICS, SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.files.feed import Producer
    from streams.policy import PolicyBook

_HEADER = slice(5)
"""Where a message says which schema it was written with."""

Heard = dict[str, dict[str, set[str]]]
"""By force and feed, the sources that have sent a heartbeat."""


class Closed(NamedTuple):
    """What closing one feed of one force came to."""

    force: str
    topic: str
    sources: tuple[str, ...]
    """In whose names; :data:`~streams.facts.completeness.STAND_IN` alone where no source ever vouched."""


def heard(settings: Settings) -> Heard:
    """Read the source topics from the beginning: every force that a message there is of, and who vouches for its feeds.

    What cannot be read makes no force.  Raises UnreadableError.
    """
    found: Heard = {}
    for topic in SOURCES:
        codec = codec_of(settings)
        snapshots: set[bytes] = set()  # schemas known to be no heartbeat's
        for message in messages(settings, topic):
            key, value = message.key, message.value
            force = _force(key)
            if force is None or not value:
                continue
            if value[_HEADER] in snapshots:
                found.setdefault(force, {})
                continue
            try:
                record = codec.decode(topic.name, value)
            except BadRecordError:
                continue
            if not isinstance(record, Snapshot | Heartbeat) or record.force != force:
                continue
            feeds = found.setdefault(force, {})
            if isinstance(record, Heartbeat):
                feeds.setdefault(topic.name, set()).add(record.source)
            else:
                snapshots.add(value[_HEADER])
    return found


def closing(sources: Heard, book: PolicyBook, forces: Collection[str] = ()) -> Iterator[Closed]:
    """Yield every feed that the policy names, and in whose names it is to be closed, by force.

    ``forces`` limits them to these; one that was never seen is closed all the same.
    """
    for force in sorted(forces or sources):
        feeds = sources.get(force, {})
        for topic in sorted(book.feeds(force) & FEED_TOPICS):
            yield Closed(force, topic, tuple(sorted(feeds.get(topic, set()) - {STAND_IN})) or (STAND_IN,))


def complete(producer: Producer, feeds: Iterable[Closed], until: int) -> None:
    """Say that feeds are complete through ``until`` (ms), and wait until the broker has it.

    Raises whatever the producer raises.
    """
    for force, topic, sources in feeds:
        for source in sources:
            producer.send_heartbeat(topic, Heartbeat(force=force, source=source, complete_through=until))
    producer.flush()


def _force(key: bytes | None) -> str | None:
    """Return the force a key names; None where it can be none."""
    try:
        force = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    return force if force.strip() and "\0" not in force else None
