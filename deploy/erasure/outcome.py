"""What became of an erasure: that everything went that had to, and what remains, where and until when."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.kafka.codecs import product_codec
from agents.kafka.reader import follow, latest, latest_records, messages
from agents.kafka.topic_differences import config_of
from agents.topics.actions import read_action
from agents.topics.dead_letters import dead_letters
from deploy.erasure.plan import Plan
from schemas.identifiers import normalise
from schemas.products import Candidate, Case, DeadLetter
from schemas.records import Crime, Link, NoCrime, OffenderHistory, Snapshot, TrainingRecord
from schemas.refusals import BadRecordError
from streams.engine import state
from streams.engine.erasure import HISTORY, SYSTEM_BY_KIND, TRAINING, Name, hash_of, subjects_of
from streams.facts.matters import ASB_REPORT, CRIME, INCIDENT, KINDS, REFERRAL
from streams.topology.topics import (
    ACTIONS,
    ALERTS,
    CANDIDATES,
    CASES,
    FOREVER,
    SOURCES,
    STATE_CHANGELOG,
    Topic,
)

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec

_TOPICS_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    **{kind.name: (kind.record.TOPIC,) for kind in KINDS if kind.record},
    **{kind.name: (kind.record.TOPIC, Link.TOPIC) for kind in (INCIDENT, REFERRAL, ASB_REPORT) if kind.record},
    CRIME.name: (Crime.TOPIC, NoCrime.TOPIC, Link.TOPIC),
    HISTORY: (OffenderHistory.TOPIC,),
    TRAINING: (TrainingRecord.TOPIC,),
}
_RUN: Final = re.compile(r"[A-Z0-9]+")
_UNBOUNDED: Final = 1 << 62
"""As a time of the broker's settings: never."""


class Remaining(NamedTuple):
    """Messages that stay on a topic that nothing is taken out of."""

    topic: Topic
    messages: int
    until: int | None
    """When the broker may delete the last of them (ms); None: never, while the topic's retention is as it is."""


def await_erasure(settings: Settings, plan: Plan, start: int, erased_at: int, patience_seconds: float) -> bool:
    """Wait until a worker has carried an erasure out; say whether it has.

    A worker notes it in its state's changelog, from the offset ``start`` on, after everything else that it does.
    """
    force = plan.erasure.force
    awaited = {state.erasure_key(force, hash_of(name)) for name in plan.names}
    partition = settings.partition_of(force)
    for message in follow(settings, STATE_CHANGELOG, partition, start, patience_seconds):
        key, value = message.key or b"", message.value
        if key in awaited and value is not None:
            entry = state.read(key, value)
            if isinstance(entry, state.SavedErasure) and entry.erased_at >= erased_at:
                awaited.discard(key)
        if not awaited:
            return True
    return False


def left_over(settings: Settings, plan: Plan) -> dict[Topic, int]:
    """Count what the compacted topics still hold of what had to go: nothing, unless there is a fault."""
    about = set(plan.erasure.alert_ids)
    candidates = latest_records(settings, CANDIDATES, Candidate)
    found = {
        STATE_CHANGELOG: len(set(plan.records) & latest(settings, STATE_CHANGELOG).keys()),
        ALERTS: len({alert_id.encode() for alert_id in about} & latest(settings, ALERTS).keys()),
        CASES: len(set(plan.cases) & latest(settings, CASES).keys()),
        CANDIDATES: sum(
            alert_id in about or (CRIME.name, normalise(candidate.crime_ref)) in plan.names
            for alert_id, candidate in candidates.items()
        ),
    }
    return {topic: number for topic, number in found.items() if number}


def named_by(settings: Settings, plan: Plan) -> list[Case]:
    """Return the other records that state a link to one that went: their own word, which stays."""
    subjects = {(SYSTEM_BY_KIND[kind], ref) for kind, ref in plan.names}
    return [
        case
        for case in latest_records(settings, CASES, Case).values()
        if case.force == plan.erasure.force
        and any((linked.system, normalise(linked.ref)) in subjects for linked in case.linked)
    ]


def on_sources(settings: Settings, force: str, names: Collection[Name]) -> list[Remaining]:
    """Count the messages of these records on each source topic.  Reads all of them: it may take a while."""
    codec, wanted = product_codec(settings), frozenset(names)
    topics = [topic for topic in SOURCES if any(topic.name in _TOPICS_BY_KIND[kind] for kind, _ in wanted)]
    configs = config_of(settings, topics)
    partition = settings.partition_of(force)
    found = []
    for topic in topics:
        appended = [
            message.ingest_time
            for message in messages(settings, topic, [partition])
            if _is_of(codec, topic.name, message.value or b"", force, wanted)
        ]
        if appended:
            found.append(_remaining(topic, appended, configs.get(topic, {})))
    return found


def on_actions(settings: Settings, alert_ids: Collection[str]) -> list[Remaining]:
    """Count what people did and wrote about alerts that went: the board drops it, its topic keeps it."""
    codec, wanted = product_codec(settings), frozenset(alert_ids)
    appended = []
    for message in messages(settings, ACTIONS) if wanted else ():
        action = read_action(codec, message.key, message.value)
        if action is not None and action.alert_id in wanted:
            appended.append(message.ingest_time)
    return [_remaining(ACTIONS, appended, config_of(settings, [ACTIONS]).get(ACTIONS, {}))] if appended else []


def in_dead_letters(
    settings: Settings, force: str, names: Collection[Name]
) -> tuple[list[DeadLetter], list[DeadLetter]]:
    """Return the dead letters that are of these records, and those that nobody can read and that have a reference."""
    codec, wanted = product_codec(settings), frozenset(names)
    theirs, doubtful = [], []
    for letter in dead_letters(settings):
        value = letter.value or b""
        names_there = {name for name in wanted if letter.topic in _TOPICS_BY_KIND[name[0]] and _may_name(value, name)}
        if not names_there:
            continue
        try:
            record = codec.decode(letter.topic, value)
        except (BadRecordError, KeyError):
            doubtful.append(letter)
            continue
        if isinstance(record, Snapshot) and record.force == force and wanted.intersection(subjects_of(record)):
            theirs.append(letter)
    return theirs, doubtful


def gone_for_good_by(settings: Settings, erased_at: int) -> int | None:
    """Say when the broker has let go of the old values of the compacted topics too (ms); None: it sets no bound."""
    configs = config_of(settings, (ALERTS, CASES, CANDIDATES, STATE_CHANGELOG)).values()
    lag = max((int(config.get("max.compaction.lag.ms", _UNBOUNDED)) for config in configs), default=_UNBOUNDED)
    return None if lag >= _UNBOUNDED else erased_at + lag


def _remaining(topic: Topic, appended: list[int], config: Mapping[str, str]) -> Remaining:
    """A segment goes as a whole, when its newest message is old enough, and is rolled after a while at the latest."""
    kept = int(config.get("retention.ms", FOREVER))
    until = None if kept == FOREVER else max(appended) + kept + int(config.get("segment.ms", 0))
    return Remaining(topic, len(appended), until)


def _is_of(codec: Codec, topic: str, value: bytes, force: str, names: frozenset[Name]) -> bool:
    if not any(_may_name(value, name) for name in names):
        return False
    try:
        record = codec.decode(topic, value)
    except BadRecordError:
        return False
    return isinstance(record, Snapshot) and record.force == force and not names.isdisjoint(subjects_of(record))


def _may_name(value: bytes, name: Name) -> bool:
    """Say whether a message may be of a record, without reading it: it then has the longest part of its name in it."""
    return max(_RUN.findall(name[1]), key=len) in value.decode("utf-8", "replace").upper()
