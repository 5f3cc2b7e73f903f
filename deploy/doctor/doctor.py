"""Check an installation: what is well, what is not, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agents.kafka.acls import describe_missing, missing_permissions
from agents.kafka.connectivity import connection_problem
from agents.kafka.topic_differences import check_topics
from agents.settings.schema_registry import RegistryError
from deploy.doctor import connect, databases, feeds, machine, policy, topics, versions, workers
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.quantities import counted
from streams.topology.acls import Role
from streams.topology.messages import UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook


def diagnose(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Check everything, from the machine up to the feeds; stop where what follows cannot be checked."""
    if "CDI_KAFKA" not in os.environ:  # a cluster of one's own needs no Java here
        yield machine.java()
    yield machine.disk(settings.data)
    yield from policy.policy(book)
    if (reason := connection_problem(settings)) is not None:
        yield Diagnosis("WRONG", f"Kafka at {settings.kafka} {reason}")
        return
    yield Diagnosis("ok", f"Kafka answers at {settings.kafka}")
    yield from databases.databases(settings)
    differences = check_topics(settings)
    yield from map(topics.topic, differences)
    yield from policy.retention(settings, book)
    if any(difference.is_unusable for difference in differences):
        return
    if not differences:
        yield Diagnosis("ok", f"topics are as they must be, {counted(settings.partitions, 'partition')} each")
    for permission in missing_permissions(settings, Role.MONITOR):
        yield wrong(describe_missing(permission), "see 'cdi topics acls'")
    yield from workers.workers(settings)
    yield from connect.connected_feeds(settings)
    yield from versions.registry(settings)
    yield from _messages(settings, book)


def _messages(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Check what the messages on our topics say."""
    try:
        yield from versions.state(settings, book)
        yield from versions.schemas(settings)
        yield from feeds.clocks(settings, book)
    except RegistryError as failure:
        yield wrong(str(failure), "what is on our topics cannot be read without it")
    except UnreadableError as failure:
        yield wrong(f"Kafka: {failure}", "the rest cannot be looked at")
