"""The topics on the broker: make them before anything writes to them, and name every way they differ from ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from agents.settings.clock import stopwatch
from streams.topology.topics import FOREVER, TOPICS, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_PERIODS: Final = ("retention.ms", "max.compaction.lag.ms", "delete.retention.ms")
"""What says how long messages are kept."""
_HIDDEN: Final = KafkaError.TOPIC_AUTHORIZATION_FAILED


def create_topics(settings: Settings) -> list[str]:
    """Make every topic that is not there yet, changelogs too, and say which were made.

    Those already there are left as they are: :func:`check_topics` says how they differ.
    """
    admin = AdminClient(settings.client())
    wanted = [
        NewTopic(settings.topic(topic), settings.partitions, settings.replication, config=settings.config(topic))
        for topic in TOPICS
    ]
    made: list[str] = []
    for name, outcome in admin.create_topics(wanted, operation_timeout=_TIMEOUT_SECONDS).items():
        try:
            outcome.result()
        except KafkaException as refusal:
            if refusal.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            made.append(name)
    _await_leaders(admin, [TopicPartition(name, number) for name in made for number in range(settings.partitions)])
    return made


def _await_leaders(admin: AdminClient, partitions: list[TopicPartition]) -> None:
    """Wait until every partition answers: a topic that was just made is known a little before it can be used."""
    patience = stopwatch() + _TIMEOUT_SECONDS
    while partitions and stopwatch() < patience:
        latest = {partition: OffsetSpec.latest() for partition in partitions}  # type: ignore[no-untyped-call]
        answers = admin.list_offsets(latest, request_timeout=_TIMEOUT_SECONDS)
        partitions = [partition for partition, answer in answers.items() if answer.exception() is not None]


def check_topics(settings: Settings, *, periods: bool = True) -> list[str]:
    """Name every difference between our topics and the broker's, a line each; nothing when they agree.

    Without ``periods``, only what would harm: that something is kept longer than it should be stops nobody's work.
    """
    admin = AdminClient(settings.client())
    there = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
    names = {settings.topic(topic): topic for topic in TOPICS}
    differences = [f"{name}: {why}" for name, why in _why_absent(admin, [n for n in names if n not in there])]
    present = [name for name in names if name in there]
    for name in present:
        partitions = len(there[name].partitions)
        if partitions != settings.partitions:
            differences.append(f"{name}: partitions are {partitions}, should be {settings.partitions}")
    for name, config in _configs(admin, present).items():
        if config is None:
            differences.append(f"{name}: its settings may not be read: see 'cdi topics acls'")
        else:
            wanted = settings.config(names[name])
            differences += [
                f"{name}: {key} is {config.get(key)}, should be {wanted[key]}"
                for key in _differing(wanted, config)
                if periods or not _only_keeps_longer(key, config.get(key), wanted[key])
            ]
    return sorted(differences)


def set_periods(settings: Settings) -> list[str]:
    """Have topics that are there keep messages as long as they should, and no longer; say which were changed.

    What is older is deleted by the broker.
    """
    admin = AdminClient(settings.client())
    changes = []
    for topic, config in config_of(settings, TOPICS).items():
        wanted = settings.config(topic)
        entries = [
            ConfigEntry(key, wanted[key], incremental_operation=AlterConfigOpType.SET)
            for key in _differing(wanted, config)
            if config and _is_period(key, wanted[key])
        ]
        if entries:
            changes.append(ConfigResource(ResourceType.TOPIC, settings.topic(topic), incremental_configs=entries))
    for outcome in (admin.incremental_alter_configs(changes) if changes else {}).values():
        outcome.result()
    return sorted(change.name for change in changes)


def is_of_periods(difference: str) -> bool:
    """Say whether what :func:`check_topics` named is what :func:`set_periods` mends."""
    words = difference.split()  # "TOPIC: KEY is VALUE, should be VALUE"
    return len(words) > 1 and _is_period(words[1], words[-1])


def _is_period(key: str, wanted: str) -> bool:
    return key in _PERIODS or (key, wanted) == ("cleanup.policy", "compact,delete")


def _differing(wanted: Mapping[str, str], config: Mapping[str, str]) -> list[str]:
    """Return the settings that are not as they should be."""
    return [
        key
        for key, value in wanted.items()
        if config.get(key) != value and not (key == "retention.ms" and wanted["cleanup.policy"] == "compact")
    ]  # how long what is only compacted is kept says nothing


def _only_keeps_longer(key: str, is_so: str | None, wanted: str) -> bool:
    """Say whether a difference means no more than that something is there for longer than it should be."""
    if key == "cleanup.policy":
        return (is_so, wanted) == ("delete", "compact,delete")
    if key != "retention.ms" or is_so is None:
        return key in _PERIODS
    return int(is_so) == FOREVER or (int(wanted) != FOREVER and int(is_so) > int(wanted))


def _why_absent(admin: AdminClient, names: list[str]) -> Iterable[tuple[str, str]]:
    """Tell topics that are not there from those that are hidden from us."""
    answers = admin.describe_topics(TopicCollection(names), request_timeout=_TIMEOUT_SECONDS) if names else {}
    for name, answer in answers.items():
        failure = answer.exception()
        hidden = isinstance(failure, KafkaException) and failure.args[0].code() == _HIDDEN
        yield name, "may not be seen: see 'cdi topics acls'" if hidden else "missing"


def config_of(settings: Settings, topics: Iterable[Topic]) -> dict[Topic, Mapping[str, str]]:
    """Read what the broker says of topics; nothing of those it hides from us, or does not have."""
    names = {settings.topic(topic): topic for topic in topics}
    there = AdminClient(settings.client()).list_topics(timeout=_TIMEOUT_SECONDS).topics
    found = _configs(AdminClient(settings.client()), [name for name in names if name in there])
    return {names[name]: config or {} for name, config in found.items()}


def _configs(admin: AdminClient, names: Iterable[str]) -> dict[str, dict[str, str] | None]:
    """Read the topics' settings; None for a topic whose settings are hidden from us."""
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    answers = admin.describe_configs(resources, request_timeout=_TIMEOUT_SECONDS)
    found: dict[str, dict[str, str] | None] = {}
    for resource, answer in answers.items():
        try:
            found[resource.name] = {key: entry.value for key, entry in answer.result().items()}
        except KafkaException as failure:
            if failure.args[0].code() != _HIDDEN:
                raise
            found[resource.name] = None
    return found
