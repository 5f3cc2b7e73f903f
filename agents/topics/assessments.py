"""What people assessed, read back from its topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.codecs import codec_of
from agents.kafka.reader import SkippedMessages, messages
from schemas.identifiers import normalise
from schemas.records import Assessment
from schemas.refusals import BadRecordError
from streams.facts.record import version
from streams.facts.references import identity
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings

ASSESSMENTS = next(topic for topic in SOURCES if topic.name == Assessment.TOPIC)


def assessments_by(settings: Settings, force: str, system: str, ref: str, person: str) -> list[Assessment]:
    """Return a person's assessments of one record that stand unrevoked, each as it is now, oldest first.

    Messages that cannot be read are skipped, and logged.  Raises UnreadableError.
    """
    codec, skipped = codec_of(settings), SkippedMessages(settings, ASSESSMENTS)
    subject = (force, system, normalise(ref), normalise(person))
    snapshots: dict[str, list[Assessment]] = {}
    for message in messages(settings, ASSESSMENTS, {settings.partition_of(force)}):
        try:
            record = codec.decode(Assessment.TOPIC, message.value or b"")
        except BadRecordError as refusal:
            skipped.add(message, refusal.reason)
            continue
        if isinstance(record, Assessment) and subject == _subject(record):
            snapshots.setdefault(identity(record), []).append(record)
    skipped.log()
    by_age = sorted(snapshots.values(), key=lambda versions: min(map(version, versions)))
    newest = [max(versions, key=version) for versions in by_age]
    return [assessment for assessment in newest if not assessment.revoked]


def _subject(assessment: Assessment) -> tuple[str, str, str, str]:
    return assessment.force, assessment.system, normalise(assessment.ref), normalise(assessment.assessed_by)
