"""Closing the feeds: a heartbeat from every source of every feed a force should have, so that its clock can go on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from agents.codecs import codec_of
from agents.views import messages
from schemas.records import Heartbeat
from schemas.refusals import BadRecord
from streams.topology import FEED_TOPICS, SOURCES

if TYPE_CHECKING:
    from agents.settings import Settings
    from deploy.feed import Producer
    from streams.policy import PolicyBook

OURS = "cdi-feed"
"""The source in whose name a feed is closed that never sent a heartbeat."""

_HEADER = slice(5)
"""Where a message says which schema it was written with."""

Heard = dict[str, dict[str, set[str]]]
"""By force and feed, the sources that have sent a heartbeat."""


def heard(settings: Settings) -> Heard:
    """Read the source topics from the beginning: every force there is, and who vouches for its feeds.

    Raises UnreadableError.
    """
    found: Heard = {}
    for topic in SOURCES:
        codec = codec_of(settings)
        snapshots: set[bytes] = set()  # schemas known to be no heartbeat's
        for message in messages(settings, topic):
            key, value = message.key(), message.value()
            force = _force(key)
            if force is None or not value:
                continue
            feeds = found.setdefault(force, {})
            if value[_HEADER] in snapshots:
                continue
            try:
                record = codec.decode(topic.name, value)
            except BadRecord:
                continue
            if not isinstance(record, Heartbeat):
                snapshots.add(value[_HEADER])
            elif record.force == force:
                feeds.setdefault(topic.name, set()).add(record.source)
    return found


def closing(
    sources: Heard, book: PolicyBook, until: int, forces: Collection[str] = ()
) -> Iterator[tuple[str, Heartbeat]]:
    """Yield, with its feed, each heartbeat that makes every feed the policy names complete through ``until`` (ms).

    ``forces`` limits them to these; one that was never seen is closed all the same.
    """
    for force in sorted(forces or sources):
        feeds = sources.get(force, {})
        for topic in sorted(book.feeds(force) & FEED_TOPICS):
            for source in sorted(feeds.get(topic, {OURS})):
                yield topic, Heartbeat(force=force, source=source, complete_through=until)


def complete(
    settings: Settings, book: PolicyBook, producer: Producer, until: int, forces: Collection[str] = ()
) -> tuple[list[str], int]:
    """Close the feeds, and wait until the broker has it; return the forces and how many heartbeats were sent.

    Raises UnreadableError, and whatever the producer raises.
    """
    closed: dict[str, None] = {}
    sent = 0
    for topic, heartbeat in closing(heard(settings), book, until, forces):
        producer.send_heartbeat(topic, heartbeat)
        closed[heartbeat.force] = None
        sent += 1
    producer.flush()
    return list(closed), sent


def _force(key: bytes | None) -> str | None:
    """Return the force a key names; None where it can be none."""
    try:
        force = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    return force if force.strip() and "\0" not in force else None
