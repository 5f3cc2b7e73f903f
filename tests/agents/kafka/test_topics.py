"""Topics made beforehand, and checked."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from agents.kafka.reader import messages
from agents.kafka.topic_differences import TopicDifference, check_topics, config_of, describe
from agents.kafka.topics import create_topics, set_periods
from agents.settings.settings import Settings
from streams.policy.calendar import DAY
from streams.topology.topics import ALERTS, AUDIT_LOG, DEAD_LETTERS, ERASURES, SOURCES, TOPICS, partition_for

pytestmark = pytest.mark.kafka


def test_made_topics_are_as_they_must_be(kafka: str) -> None:
    """Making them once makes all, making them again none, and the check has nothing to say."""
    settings = Settings(kafka=kafka, prefix="admin-made.", partitions=2, replication=1)
    assert len(check_topics(settings)) == len(TOPICS)
    assert sorted(create_topics(settings)) == sorted(settings.topic(topic) for topic in TOPICS)
    assert create_topics(settings) == []
    assert check_topics(settings) == []


def test_every_difference_is_named_in_a_line(kafka: str) -> None:
    """Another number of partitions, another clean-up, another kind of time: a line each, with both values."""
    settings = Settings(kafka=kafka, prefix="admin-other.", partitions=2, replication=1)
    admin = AdminClient(settings.client())
    wrong = NewTopic(
        settings.topic(ALERTS), 5, 1, config={"message.timestamp.type": "CreateTime", "max.message.bytes": "16777216"}
    )
    admin.create_topics([wrong])[settings.topic(ALERTS)].result()
    create_topics(settings)
    assert [describe(difference) for difference in check_topics(settings)] == [
        "admin-other.compliance.alerts.v1: cleanup.policy is delete, should be compact",
        "admin-other.compliance.alerts.v1: delete.retention.ms is 86400000, should be 1209600000",
        "admin-other.compliance.alerts.v1: max.compaction.lag.ms is 9223372036854775807, should be 604800000",
        "admin-other.compliance.alerts.v1: message.timestamp.type is CreateTime, should be LogAppendTime",
        "admin-other.compliance.alerts.v1: partitions are 5, should be 2",
    ]


def test_retention_that_would_eat_the_sources_is_named(kafka: str) -> None:
    """A source topic that somebody gave a retention is not as it must be."""
    settings = Settings(kafka=kafka, prefix="admin-retention.", partitions=1, replication=1)
    create_topics(settings)
    name = settings.topic(SOURCES[0])
    change = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[change])
    admin = AdminClient(settings.client())
    admin.incremental_alter_configs([resource])[resource].result()
    (difference,) = check_topics(settings)
    assert difference == TopicDifference(name, "SETTING", "retention.ms", "1000", "-1")
    assert describe(difference) == f"{name}: retention.ms is 1000, should be -1"
    assert check_topics(settings, periods=False) == check_topics(settings)


def test_topics_keep_what_they_are_sent_for_the_periods_that_are_set(kafka: str) -> None:
    """Kept longer, it is named and stops nobody; ``set_periods`` has it deleted. Erasures outlive the sources."""
    settings = Settings(kafka=kafka, prefix="admin-periods.", partitions=1, replication=1)
    create_topics(settings)
    shorter = settings.model_copy(update={"source_retention_days": 900, "dead_letter_retention_days": 30})
    assert len(check_topics(shorter)) == len(SOURCES) + 2
    assert check_topics(shorter, periods=False) == []
    assert len(set_periods(shorter)) == len(SOURCES) + 2
    assert check_topics(shorter) == []
    retentions = {topic: config["retention.ms"] for topic, config in config_of(shorter, TOPICS).items()}
    assert {retentions[topic] for topic in SOURCES} == {str(900 * DAY)}
    assert retentions[ERASURES] == str(930 * DAY)
    assert retentions[DEAD_LETTERS] == str(30 * DAY)
    assert retentions[AUDIT_LOG] == "-1"
    assert len(check_topics(settings, periods=False)) == len(SOURCES) + 2  # would eat what is to be kept for ever


def test_other_producers_send_a_force_where_we_say(kafka: str) -> None:
    """Librdkafka with Java's murmur2 puts each force into the very partition that we work out."""
    settings = Settings(kafka=kafka, prefix="admin-murmur.", partitions=6, replication=1)
    create_topics(settings)
    forces = ["LEICS", "DERBS", "NOTTS", "LINCS", "NHANTS", "WMIDS", "Heddlu Gwent", "Dyfed-Powys"]
    producer = Producer(settings.client(partitioner="murmur2_random"))
    for force in forces:
        producer.produce(settings.topic(SOURCES[0]), b"x", key=force.encode())
    producer.flush(30)
    partitions = {message.key: message.partition for message in messages(settings, SOURCES[0])}
    assert partitions == {force.encode(): partition_for(force, 6) for force in forces}
