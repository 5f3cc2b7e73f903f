"""Declare feeds complete, so that a force's clock can advance.

Every source of every feed sends a heartbeat.
"""

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
"""Where a message has the id of the schema it was written with."""

SourcesByForce = dict[str, dict[str, set[str]]]
"""The sources that have sent a heartbeat, by force and feed."""


class FeedCompletion(NamedTuple):
    """One feed of one force that is declared complete."""

    force: str
    topic: str
    sources: tuple[str, ...]
    """In whose names; :data:`~streams.facts.completeness.STAND_IN` alone where no source ever sent a heartbeat."""


def sources_by_force(settings: Settings) -> SourcesByForce:
    """Read from the source topics every force, and the sources that send heartbeats for its feeds.

    Messages that cannot be read are passed over.  Raises UnreadableError.
    """
    forces: SourcesByForce = {}
    for topic in SOURCES:
        codec = codec_of(settings)
        snapshots: set[bytes] = set()  # schemas known to be no heartbeat's
        for message in messages(settings, topic):
            key, value = message.key, message.value
            force = _force(key)
            if force is None or not value:
                continue
            if value[_HEADER] in snapshots:
                forces.setdefault(force, {})
                continue
            try:
                record = codec.decode(topic.name, value)
            except BadRecordError:
                continue
            if not isinstance(record, Snapshot | Heartbeat) or record.force != force:
                continue
            feeds = forces.setdefault(force, {})
            if isinstance(record, Heartbeat):
                feeds.setdefault(topic.name, set()).add(record.source)
            else:
                snapshots.add(value[_HEADER])
    return forces


def feed_completions(
    sources: SourcesByForce, book: PolicyBook, forces: Collection[str] = ()
) -> Iterator[FeedCompletion]:
    """Yield every feed that the policy names, by force, with the sources to declare it complete for.

    ``forces`` limits them to these, whether or not a message of theirs was ever read.
    """
    for force in sorted(forces or sources):
        feeds = sources.get(force, {})
        for topic in sorted(book.feeds(force) & FEED_TOPICS):
            yield FeedCompletion(force, topic, tuple(sorted(feeds.get(topic, set()) - {STAND_IN})) or (STAND_IN,))


def send_completions(producer: Producer, feeds: Iterable[FeedCompletion], until: int) -> None:
    """Send heartbeats that feeds are complete through ``until`` (ms), and wait until the broker has them.

    Raises whatever the producer raises.
    """
    for force, topic, sources in feeds:
        for source in sources:
            producer.send_heartbeat(topic, Heartbeat(force=force, source=source, complete_through=until))
    producer.flush()


def _force(key: bytes | None) -> str | None:
    """Return the force that a message's key names; None where it names none."""
    try:
        force = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    return force if force.strip() and "\0" not in force else None
