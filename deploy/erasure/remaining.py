"""Find what remains of an erased record: where, how much and until when."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.kafka.codecs import product_codec
from agents.kafka.reader import latest, latest_records, messages
from agents.kafka.topic_differences import config_of
from agents.topics.actions import read_action
from agents.topics.dead_letters import dead_letters
from deploy.erasure.plan import ErasurePlan, suggested_names
from schemas.identifiers import normalise
from schemas.products import Candidate, Case, DeadLetter
from schemas.records import (
    Assessment,
    AuditReading,
    Crime,
    Disposal,
    Link,
    NoCrime,
    OffenderHistory,
    Score,
    Snapshot,
    TrainingRecord,
)
from schemas.refusals import BadRecordError
from streams.engine.erasure import HISTORY, SYSTEM_BY_KIND, TRAINING, Name, subjects_of
from streams.facts.matters import CRIME, DISPOSAL, KINDS, REPORT_KINDS
from streams.topology.topics import (
    ACTIONS,
    ALERTS,
    CANDIDATES,
    CASES,
    FOREVER,
    REVIEWS,
    SOURCES,
    STATE_CHANGELOG,
    Topic,
)

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec

_ABOUT_REPORTS: Final = (Link.TOPIC, Assessment.TOPIC, AuditReading.TOPIC, Score.TOPIC)
_TOPICS_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    **{kind.name: (kind.record.TOPIC,) for kind in KINDS if kind.record},
    **{kind.name: (kind.record.TOPIC, *_ABOUT_REPORTS) for kind in REPORT_KINDS if kind.record},
    CRIME.name: (Crime.TOPIC, NoCrime.TOPIC, Link.TOPIC, Assessment.TOPIC, AuditReading.TOPIC),
    DISPOSAL.name: (Disposal.TOPIC, AuditReading.TOPIC),
    HISTORY: (OffenderHistory.TOPIC,),
    TRAINING: (TrainingRecord.TOPIC,),
}
_RUN: Final = re.compile(r"[A-Z0-9]+")
_UNBOUNDED: Final = 1 << 62
"""As a time of the broker's settings: never."""


class RemainingMessages(NamedTuple):
    """Messages that stay on a topic from which nothing is removed."""

    topic: Topic
    messages: int
    until: int | None
    """When the broker may delete the last of them (ms); None where the topic's retention sets no end."""


def leftovers(settings: Settings, plan: ErasurePlan) -> dict[Topic, int]:
    """Count what the compacted topics still hold of what had to go.

    That is nothing, unless the record was sent again.
    """
    alert_ids = set(plan.erasure.alert_ids)
    candidates = latest_records(settings, CANDIDATES, Candidate)
    counts = {
        STATE_CHANGELOG: len(set(plan.records) & latest(settings, STATE_CHANGELOG).keys()),
        ALERTS: len({alert_id.encode() for alert_id in alert_ids} & latest(settings, ALERTS).keys()),
        CASES: len(set(plan.cases) & latest(settings, CASES).keys()),
        REVIEWS: len(set(plan.cases) & latest(settings, REVIEWS).keys()),
        CANDIDATES: sum(
            alert_id in alert_ids or not plan.names.isdisjoint(suggested_names(candidate))
            for alert_id, candidate in candidates.items()
        ),
    }
    return {topic: number for topic, number in counts.items() if number}


def cases_citing(settings: Settings, plan: ErasurePlan) -> list[Case]:
    """Return the other records that cite an erased one: what they state stays."""
    subjects = {(SYSTEM_BY_KIND[kind], ref) for kind, ref in plan.names}
    return [
        case
        for case in latest_records(settings, CASES, Case).values()
        if case.force == plan.erasure.force
        and any((linked.system, normalise(linked.ref)) in subjects for linked in case.linked)
    ]


def on_sources(settings: Settings, force: str, names: Collection[Name]) -> list[RemainingMessages]:
    """Count the messages of these records on each source topic.  Reads all of them: it may take a while."""
    codec, erased = product_codec(settings), frozenset(names)
    topics = [topic for topic in SOURCES if any(topic.name in _TOPICS_BY_KIND[kind] for kind, _ in erased)]
    configs = config_of(settings, topics)
    partition = settings.partition_of(force)
    remaining = []
    for topic in topics:
        appended = [
            message.ingest_time
            for message in messages(settings, topic, [partition])
            if _is_of(codec, topic.name, message.value or b"", force, erased)
        ]
        if appended:
            remaining.append(_remaining(topic, appended, configs.get(topic, {})))
    return remaining


def on_actions(settings: Settings, alert_ids: Collection[str]) -> list[RemainingMessages]:
    """Count the actions and notes on erased alerts: the board drops them, their topic keeps them."""
    codec, erased = product_codec(settings), frozenset(alert_ids)
    appended = []
    for message in messages(settings, ACTIONS) if erased else ():
        action = read_action(codec, message.key, message.value)
        if action is not None and action.alert_id in erased:
            appended.append(message.ingest_time)
    return [_remaining(ACTIONS, appended, config_of(settings, [ACTIONS]).get(ACTIONS, {}))] if appended else []


def in_dead_letters(
    settings: Settings, force: str, names: Collection[Name]
) -> tuple[list[DeadLetter], list[DeadLetter]]:
    """Return the dead letters of these records, and unreadable ones that contain such a reference."""
    codec, erased = product_codec(settings), frozenset(names)
    of_records, doubtful = [], []
    for letter in dead_letters(settings):
        value = letter.value or b""
        mentioned = {name for name in erased if letter.topic in _TOPICS_BY_KIND[name[0]] and _may_name(value, name)}
        if not mentioned:
            continue
        try:
            record = codec.decode(letter.topic, value)
        except (BadRecordError, KeyError):
            doubtful.append(letter)
            continue
        if isinstance(record, Snapshot) and record.force == force and erased.intersection(subjects_of(record)):
            of_records.append(letter)
    return of_records, doubtful


def compaction_bound(settings: Settings, erased_at: int) -> int | None:
    """Return by when (ms) the broker has compacted old values away.

    Return None where its settings give no bound.
    """
    configs = config_of(settings, (ALERTS, CASES, CANDIDATES, REVIEWS, STATE_CHANGELOG)).values()
    lag = max((int(config.get("max.compaction.lag.ms", _UNBOUNDED)) for config in configs), default=_UNBOUNDED)
    return None if lag >= _UNBOUNDED else erased_at + lag


def _remaining(topic: Topic, appended: list[int], config: Mapping[str, str]) -> RemainingMessages:
    """Return what remains on a topic.

    A segment is deleted as a whole, when its newest message is old enough.
    """
    retention = int(config.get("retention.ms", FOREVER))
    until = None if retention == FOREVER else max(appended) + retention + int(config.get("segment.ms", 0))
    return RemainingMessages(topic, len(appended), until)


def _is_of(codec: Codec, topic: str, value: bytes, force: str, names: frozenset[Name]) -> bool:
    if not any(_may_name(value, name) for name in names):
        return False
    try:
        record = codec.decode(topic, value)
    except BadRecordError:
        return False
    return isinstance(record, Snapshot) and record.force == force and not names.isdisjoint(subjects_of(record))


def _may_name(value: bytes, name: Name) -> bool:
    """Tell whether a message may be of a record: it has the longest part of the record's reference in it."""
    return max(_RUN.findall(name[1]), key=len) in value.decode("utf-8", "replace").upper()
