"""Access rules on the broker: created, and checked beforehand for what a principal may not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from streams.topology.acls import Access, Role, accesses, operations
from streams.topology.topics import TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_ANY_HOST: Final = "*"
_KINDS: Final = {
    "TOPIC": ResourceType.TOPIC,
    "GROUP": ResourceType.GROUP,
    "CLUSTER": ResourceType.BROKER,  # Kafka gives brokers and the cluster one number; in a rule it is the cluster
}


class MissingPermission(NamedTuple):
    """What a principal may not do with a topic or a group."""

    resource: str
    operations: tuple[str, ...] = ()
    """By Kafka's names; none where it may not even be seen."""


def describe_missing(permission: MissingPermission) -> str:
    """Return a missing permission as a sentence."""
    if not permission.operations:
        return f"{permission.resource}: may not be seen"
    return f"{permission.resource}: not allowed to {', '.join(permission.operations)}"


def grant(settings: Settings, principal: str, rules: Iterable[Access]) -> None:
    """Create access rules for a principal such as ``User:cdi``; existing rules stay.

    Rules take effect a moment later.  Raises KafkaException.
    """
    admin = AdminClient(settings.client())
    bindings = [
        AclBinding(
            _KINDS[rule.kind],
            rule.name,
            ResourcePatternType[rule.pattern],
            principal,
            _ANY_HOST,
            AclOperation[rule.operation],
            AclPermissionType.ALLOW,
        )
        for rule in rules
    ]
    for outcome in admin.create_acls(bindings, request_timeout=_TIMEOUT_SECONDS).values():
        outcome.result()


def missing_permissions(settings: Settings, role: Role) -> list[MissingPermission]:
    """Return what a role needs and this process's principal may not do, by topic and group.

    Only refusals count: a missing topic, or a broker that cannot answer yet, is found elsewhere.
    """
    admin = AdminClient(settings.client())
    topics = {settings.topic(topic): topic for topic in TOPICS if operations(role, topic)}
    answers = admin.describe_topics(
        TopicCollection(list(topics)), include_authorized_operations=True, request_timeout=_TIMEOUT_SECONDS
    )
    missing = [
        permission
        for name, answer in answers.items()
        for permission in _missing_for_topic(name, answer, operations(role, topics[name]))
    ]
    if any(access.kind == "GROUP" for access in accesses(role, settings.prefix)):
        missing += _missing_for_group(admin, settings.group)
    return sorted(missing)


def _missing_for_topic(name: str, answer: object, needed: Iterable[str]) -> Iterator[MissingPermission]:
    try:
        description = answer.result()  # type: ignore[attr-defined]  # a future of a library without types
    except KafkaException as failure:
        if failure.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            yield MissingPermission(name)
        return  # any other failure is no refusal
    granted = {operation.name for operation in description.authorized_operations or ()}
    if missing := tuple(operation for operation in needed if operation not in granted):
        yield MissingPermission(name, missing)


def _missing_for_group(admin: AdminClient, group: str) -> Iterator[MissingPermission]:
    answer = admin.describe_consumer_groups(
        [group], include_authorized_operations=True, request_timeout=_TIMEOUT_SECONDS
    )[group]
    try:
        granted = {operation.name for operation in answer.result().authorized_operations or ()}
    except KafkaException as failure:
        if failure.args[0].code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            yield MissingPermission(f"group {group}")
        return  # a broker that was just started has no coordinator yet
    if "READ" not in granted:
        yield MissingPermission(f"group {group}", ("READ",))
