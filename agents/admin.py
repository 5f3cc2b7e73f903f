"""The topics on the broker: make them before anything writes to them, and name every way they differ from ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

from agents.clock import stopwatch
from streams.topology import TOPICS, Topic

if TYPE_CHECKING:
    from agents.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_HIDDEN: Final = KafkaError.TOPIC_AUTHORIZATION_FAILED


def create_topics(settings: Settings) -> list[str]:
    """Make every topic that is not there yet, changelogs too, and say which were made.

    Those already there are left as they are: :func:`check_topics` says how they differ.
    """
    admin = AdminClient(settings.client())
    wanted = [
        NewTopic(settings.topic(topic), settings.partitions, settings.replication, config=dict(topic.config))
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


def check_topics(settings: Settings) -> list[str]:
    """Name every difference between our topics and the broker's, a line each; nothing when they agree."""
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
            differences += _differences(name, names[name], config)
    return sorted(differences)


def _differences(name: str, topic: Topic, config: Mapping[str, str]) -> Iterable[str]:
    for key, wanted in topic.config.items():
        if key == "retention.ms" and topic.cleanup == "compact":
            continue  # says nothing where only keys are compacted
        is_so = config.get(key)
        if is_so != wanted:
            yield f"{name}: {key} is {is_so}, should be {wanted}"


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
