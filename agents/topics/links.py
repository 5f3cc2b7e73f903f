"""Which records people say belong together, read back from its topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.codecs import codec_of
from agents.kafka.reader import SkippedMessages, messages
from schemas.records import Link
from schemas.refusals import BadRecordError
from streams.facts.record import version
from streams.facts.references import identity
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings

LINKS = next(topic for topic in SOURCES if topic.name == Link.TOPIC)


def newest_link(settings: Settings, link: Link) -> Link | None:
    """Return what was said last of the two records that a link is about.

    Messages that cannot be read are skipped, and logged.  Raises UnreadableError.
    """
    codec, skipped = codec_of(settings), SkippedMessages(settings, LINKS)
    stated: list[Link] = []
    for message in messages(settings, LINKS, {settings.partition_of(link.force)}):
        try:
            record = codec.decode(Link.TOPIC, message.value or b"")
        except BadRecordError as refusal:
            skipped.add(message, refusal.reason)
            continue
        if isinstance(record, Link) and (record.force, identity(record)) == (link.force, identity(link)):
            stated.append(record)
    skipped.log()
    return max(stated, key=version, default=None)
