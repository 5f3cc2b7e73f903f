"""Creates the topics before anything writes to them, and sets how long they keep messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from agents.kafka.topic_differences import config_of, setting_differences
from agents.settings.clock import stopwatch
from streams.topology.topics import TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0


def create_topics(settings: Settings) -> list[str]:
    """Create every missing topic, changelogs too, and return their names.  Raises KafkaException.

    Those that exist are left as they are; :func:`agents.kafka.topic_differences.check_topics` finds how they differ.
    """
    admin = AdminClient(settings.client())
    new_topics = [
        NewTopic(settings.topic(topic), settings.partitions, settings.replication, config=settings.config(topic))
        for topic in TOPICS
    ]
    created: list[str] = []
    for name, outcome in admin.create_topics(new_topics, operation_timeout=_TIMEOUT_SECONDS).items():
        try:
            outcome.result()
        except KafkaException as refusal:
            if refusal.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(name)
    _await_leaders(admin, [TopicPartition(name, number) for name in created for number in range(settings.partitions)])
    return created


def _await_leaders(admin: AdminClient, partitions: list[TopicPartition]) -> None:
    """Wait until every partition answers: a new topic is listed a little before it can be used."""
    deadline = stopwatch() + _TIMEOUT_SECONDS
    while partitions and stopwatch() < deadline:
        latest = {partition: OffsetSpec.latest() for partition in partitions}  # type: ignore[no-untyped-call]
        answers = admin.list_offsets(latest, request_timeout=_TIMEOUT_SECONDS)
        partitions = [partition for partition, answer in answers.items() if answer.exception() is not None]


def set_periods(settings: Settings) -> list[str]:
    """Set how long existing topics keep messages; return the names of those that were changed.

    The broker deletes what is older.  Raises KafkaException.
    """
    admin = AdminClient(settings.client())
    changes = []
    for topic, config in config_of(settings, TOPICS).items():
        entries = [
            ConfigEntry(difference.key, difference.wanted, incremental_operation=AlterConfigOpType.SET)
            for difference in setting_differences(settings, topic, config)
            if config and difference.is_period
        ]
        if entries:
            changes.append(ConfigResource(ResourceType.TOPIC, settings.topic(topic), incremental_configs=entries))
    for outcome in (admin.incremental_alter_configs(changes) if changes else {}).values():
        outcome.result()
    return sorted(change.name for change in changes)
