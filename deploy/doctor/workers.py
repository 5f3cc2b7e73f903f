"""What the doctor checks of the workers: how many run, and how far they are behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.doctor import versions
from deploy.doctor.diagnosis import Diagnosis, wrong
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS = 15.0


def workers(settings: Settings) -> Iterator[Diagnosis]:
    """Count the workers that run and the messages that wait for them."""
    admin = AdminClient(settings.client())
    try:
        group = admin.describe_consumer_groups([settings.group], request_timeout=_TIMEOUT_SECONDS)[settings.group]
        members = group.result().members
        behind = _behind(admin, settings)
    except KafkaException as failure:
        yield wrong(
            f"the workers' group {settings.group} cannot be seen ({failure.args[0].str()})", "see 'cdi topics acls'"
        )
        return
    if not members:
        yield Diagnosis("WRONG", f"no worker is running; {behind:,} messages wait: run 'cdi up' or 'cdi worker'")
        return
    yield Diagnosis("ok", f"workers running: {len(members)}; messages behind: {behind:,}")
    yield from versions.programs([member.client_id for member in members], settings.group)


def _behind(admin: AdminClient, settings: Settings) -> int:
    """Count the messages on the source topics that no worker has processed yet."""
    partitions = [TopicPartition(settings.topic(t), p) for t in SOURCES for p in range(settings.partitions)]
    group = ConsumerGroupTopicPartitions(settings.group, partitions)
    offsets = admin.list_consumer_group_offsets([group])[settings.group].result().topic_partitions
    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    ends = admin.list_offsets(dict.fromkeys(partitions, newest), request_timeout=_TIMEOUT_SECONDS)
    committed = {(offset.topic, offset.partition): max(0, offset.offset) for offset in offsets}
    return sum(
        max(0, end.result().offset - committed.get((partition.topic, partition.partition), 0))
        for partition, end in ends.items()
    )
