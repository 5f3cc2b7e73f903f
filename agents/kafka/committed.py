"""What the workers' group has committed, as anybody may ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.topology.messages import Place
    from streams.topology.topics import Topic


def committed_offsets(settings: Settings, topics: Iterable[Topic], partitions: Iterable[int]) -> dict[Place, int]:
    """Return the committed offset by topic (as on the broker) and partition; 0 where there is none.

    Raises KafkaException.
    """
    numbers = list(partitions)
    places = [TopicPartition(settings.topic(topic), number) for topic in topics for number in numbers]
    if not places:
        return {}
    group = ConsumerGroupTopicPartitions(settings.group, places)
    admin = AdminClient(settings.client())
    answer = admin.list_consumer_group_offsets([group])[settings.group].result()
    return {(place.topic, place.partition): max(0, place.offset) for place in answer.topic_partitions}
