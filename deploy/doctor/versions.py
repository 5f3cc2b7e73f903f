"""What the doctor checks of releases: workers, their state and its policy, schemas, the registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException

from agents.kafka.codecs import product_codec
from agents.kafka.committed import committed_offsets
from agents.kafka.reader import newest_messages
from agents.kafka.schema_registry import Registry, schema_differences
from agents.kafka.writer_release import WriterRelease, newest_writers, program_version, release_of_client
from agents.settings.schema_registry import RegistryError
from agents.topics.state_entries import LEAVES_STATE, has_records, incomplete_partitions
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.codec import is_of_newer_release
from streams.engine.state_format import FORMAT
from streams.topology.topics import STATE_CHANGELOG, TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_UPGRADES = "see 'Upgrades' in the operator's guide"


def programs(clients: Collection[str], group: str) -> Iterator[Diagnosis]:
    """Compare the releases of the workers that run, by the names of their consumers."""
    ours = program_version()
    running = Counter(release_of_client(client, group) for client in clients)
    releases = ", ".join(f"cdi {version} ({count})" for version, count in sorted(running.items()))
    if len(running) > 1:
        yield wrong(f"workers are of different releases, {releases}", f"end the upgrade or go back; {_UPGRADES}")
    elif running and ours not in running:
        yield Diagnosis("note", f"workers are {releases}, this is cdi {ours}: run 'cdi doctor' of that release")
    elif running:
        yield Diagnosis("ok", f"workers are {releases}, as this is")


def state(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Check which release wrote the state of each partition, and by which policy it was judged."""
    newest = dict(newest_writers(settings))
    ours = program_version()
    for partition, author in newest.items():
        if author.is_newer:
            yield wrong(
                f"the state of partition {partition} is of format {author.state_format}, written by cdi "
                f"{author.program}; this is cdi {ours}, which knows format {FORMAT}",
                "run that release or a newer one; workers of this one stop before it, and nothing is lost",
            )
        if author.policy not in {None, book.version}:
            yield wrong(
                f"partition {partition} was last judged by policy {author.policy}, not by {book.version}, which the "
                "doctor was given",
                "give every process the same file in CDI_POLICY, and the doctor too (or with --policy)",
            )
    for partition in sorted(_without_state(settings, newest)):
        yield wrong(
            f"the state of partition {partition} is lost: its changelog is empty, though records were judged",
            "see 'State was lost' in the runbook",
        )
    for partition in incomplete_partitions(settings):
        yield wrong(
            f"a part of the state of partition {partition} is lost: its changelog has fewer entries than it says",
            "see 'State was lost' in the runbook",
        )
    former = sorted({author.state_format for author in newest.values() if author.state_format < FORMAT})
    for number in former:
        yield Diagnosis("note", f"there is state of format {number}: it is brought to {FORMAT} as it is read")
    if newest and not any(author.is_newer for author in newest.values()):
        yield Diagnosis("ok", f"the state can be read: format {FORMAT} or older")


def _without_state(settings: Settings, newest: Mapping[int, WriterRelease]) -> Iterator[int]:
    """Yield the partitions of which records were judged and no state is there."""
    empty = [partition for partition in range(settings.partitions) if partition not in newest]
    try:
        committed = committed_offsets(settings, LEAVES_STATE, empty)
    except KafkaException:
        return  # the group cannot be seen, which is said of the workers
    for partition in empty:
        offsets = {topic.name: committed.get((settings.topic(topic), partition), 0) for topic in LEAVES_STATE}
        if any(offsets.values()) and has_records(settings, partition, offsets):
            yield partition


def schemas(settings: Settings) -> Iterator[Diagnosis]:
    """Name the topics whose newest messages have schemas that are unknown here."""
    codec = product_codec(settings)
    topics = [topic for topic in TOPICS if topic is not STATE_CHANGELOG]
    unknown: dict[str, set[int]] = {}
    for (topic, _), message in newest_messages(settings, topics).items():
        value = message.value
        schema_id = codec.unknown_id(value) if value else None
        if value and schema_id is not None and not codec.knows(value):
            unknown.setdefault(topic, set()).add(schema_id)
    for topic, ids in sorted(unknown.items()):
        newer = {schema_id for schema_id in ids if is_of_newer_release(schema_id)}
        if newer:
            yield wrong(
                f"{topic}: the newest messages are under schema {_listed(newer)}, unknown here",
                "upgrade to the release that writes it; then 'cdi dead-letters retry' what was set aside",
            )
        if foreign := ids - newer:
            yield wrong(
                f"{topic}: the newest messages are as if under schema {_listed(foreign)}, which no release of cdi has",
                "name the registry that gave it out in CDI_SCHEMA_REGISTRY, and then 'cdi dead-letters retry' what was "
                "set aside; if none did, what is written there is not Avro: see who writes it",
            )


def _listed(schema_ids: Collection[int]) -> str:
    return ", ".join(f"{schema_id:#x}" for schema_id in sorted(schema_ids))


def registry(settings: Settings) -> Iterator[Diagnosis]:
    """Name how the registry differs from what this release needs."""
    address = settings.registry
    if address is None:
        return
    try:
        faults = list(schema_differences(Registry(address)))
    except RegistryError as failure:
        yield wrong(str(failure), "until it answers, processes use the schemas that they stored before, if any")
        return
    for line in faults:
        yield Diagnosis("WRONG", f"schema registry: {line}")
    if not faults:
        yield Diagnosis("ok", f"the schema registry at {address.url} has this release's schemas")
