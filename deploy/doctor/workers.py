"""What the doctor checks of the workers: how many run, and how far they are behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.kafka.committed import committed_offsets
from deploy.doctor import versions
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.quantities import counted
from streams.topology.messages import Place
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS = 15.0


class Backlog(NamedTuple):
    """The messages on the source topics that no worker has processed yet."""

    behind: int
    """Those that can be read."""
    held: dict[Place, int]
    """Those behind the beginning of a transaction that is still open, by topic (as on the broker) and partition."""


def workers(settings: Settings) -> Iterator[Diagnosis]:
    """Count the workers that run and the messages that wait for them."""
    admin = AdminClient(settings.client())
    try:
        group = admin.describe_consumer_groups([settings.group], request_timeout=_TIMEOUT_SECONDS)[settings.group]
        members = group.result().members
        backlog = _backlog(admin, settings)
    except KafkaException as failure:
        yield wrong(
            f"the workers' group {settings.group} cannot be seen ({failure.args[0].str()})", "see 'cdi topics acls'"
        )
        return
    yield from _open_transactions(backlog)
    if not members:
        waiting = counted(backlog.behind, "message waits", "messages wait")
        yield wrong(f"no worker is running; {waiting}", "run 'cdi up' or 'cdi worker'")
        return
    yield Diagnosis("ok", f"workers running: {len(members)}; messages behind: {backlog.behind:,}")
    yield from versions.programs([member.client_id for member in members], settings.group)


def _open_transactions(backlog: Backlog) -> Iterator[Diagnosis]:
    """Name the partitions where an open transaction of a producer holds messages back."""
    for (topic, partition), number in sorted(backlog.held.items()):
        yield Diagnosis(
            "note",
            f"{topic}/{partition}: an open transaction holds back {counted(number, 'message')}; the broker aborts it "
            "after the producer's transaction.timeout.ms, 15 minutes at most: see to the producer if this stays",
        )


def _backlog(admin: AdminClient, settings: Settings) -> Backlog:
    """Count what no worker has processed yet, of what is committed and of what is not."""
    partitions = [TopicPartition(settings.topic(t), p) for t in SOURCES for p in range(settings.partitions)]
    committed = committed_offsets(settings, SOURCES, range(settings.partitions))
    readable = _ends(admin, partitions, IsolationLevel.READ_COMMITTED)
    ends = _ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED)
    behind = sum(max(0, end - committed.get(place, 0)) for place, end in readable.items())
    held = {place: end - readable[place] for place, end in ends.items() if end > readable[place]}
    return Backlog(behind, held)


def _ends(admin: AdminClient, partitions: list[TopicPartition], isolation: IsolationLevel) -> dict[Place, int]:
    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    answers = admin.list_offsets(
        dict.fromkeys(partitions, newest), isolation_level=isolation, request_timeout=_TIMEOUT_SECONDS
    )
    return {(partition.topic, partition.partition): answer.result().offset for partition, answer in answers.items()}
