"""Declare feeds complete, so that a force's clock can advance.

Every source of every feed sends a heartbeat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
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

VouchedByForce = dict[str, dict[str, dict[str, int]]]
"""Through when (ms) each source has vouched for itself, by force and feed that was heard."""


class FeedCompletion(NamedTuple):
    """One feed of one force that is declared complete."""

    force: str
    topic: str
    sources: tuple[str, ...]
    """In whose names; :data:`~streams.facts.completeness.STAND_IN` alone where no source ever sent a heartbeat."""


def sources_by_force(settings: Settings) -> VouchedByForce:
    """Read every force and its feeds from the source topics, and through when each source vouched.

    Messages that cannot be read are passed over.  Raises UnreadableError.
    """
    forces: VouchedByForce = {}
    for topic in SOURCES:
        codec = codec_of(settings)
        snapshots: set[bytes] = set()  # schemas known to be no heartbeat's
        for message in messages(settings, topic):
            key, value = message.key, message.value
            force = _force(key)
            if force is None or not value:
                continue
            if value[_HEADER] in snapshots:
                forces.setdefault(force, {}).setdefault(topic.name, {})
                continue
            try:
                record = codec.decode(topic.name, value)
            except BadRecordError:
                continue
            if not isinstance(record, Snapshot | Heartbeat) or record.force != force:
                continue
            sources = forces.setdefault(force, {}).setdefault(topic.name, {})
            if isinstance(record, Heartbeat):
                through = record.complete_through
                sources[record.source] = max(through, sources.get(record.source, through))
            else:
                snapshots.add(value[_HEADER])
    return forces


def feed_completions(
    sources: Mapping[str, Mapping[str, Collection[str]]],
    book: PolicyBook,
    forces: Collection[str] = (),
    asked_for: Collection[str] = (),
) -> Iterator[FeedCompletion]:
    """Yield every feed that the policy names, by force, with the sources to declare it complete for.

    A feed that is named once it is heard is among them where it was, or is ``asked_for``.  ``forces`` limits them to
    these, whether or not a message of theirs was ever read.
    """
    for force in sorted(forces or sources):
        feeds = sources.get(force, {})
        named = book.feeds(force) | (book.awaited_feeds(force) & {*feeds, *asked_for})
        for topic in sorted(named & FEED_TOPICS):
            yield FeedCompletion(force, topic, tuple(sorted({*feeds.get(topic, ())} - {STAND_IN})) or (STAND_IN,))


def moving_forward(feeds: Iterable[FeedCompletion], vouched: VouchedByForce, until: int) -> Iterator[FeedCompletion]:
    """Yield the feeds with those of their sources that have not vouched through ``until`` (ms) yet.

    A feed of which none is left is not among them: a heartbeat that goes back says nothing.
    """
    for feed in feeds:
        through = vouched.get(feed.force, {}).get(feed.topic, {})
        if behind := tuple(source for source in feed.sources if through.get(source, until - 1) < until):
            yield feed._replace(sources=behind)


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
