"""The rules of access on the broker: make them, and find out beforehand what a principal may not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

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
from streams.topology.topics import TOPICS, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_ANY_HOST: Final = "*"
_KINDS: Final = {
    "TOPIC": ResourceType.TOPIC,
    "GROUP": ResourceType.GROUP,
    "CLUSTER": ResourceType.BROKER,  # one number, which for rules means the cluster
}


def grant(settings: Settings, principal: str, rules: Iterable[Access]) -> None:
    """Make access rules for a principal such as ``User:cdi``; one that is there already stays.  Raises KafkaException.

    Rules take effect a moment later.
    """
    admin = AdminClient(settings.client())
    bindings = [
        AclBinding(
            _KINDS[rule.kind], rule.name, ResourcePatternType[rule.pattern], principal, _ANY_HOST,
            AclOperation[rule.operation], AclPermissionType.ALLOW,
        )
        for rule in rules
    ]  # fmt: skip
    for outcome in admin.create_acls(bindings, request_timeout=_TIMEOUT_SECONDS).values():
        outcome.result()


def missing_permissions(settings: Settings, role: Role) -> list[str]:
    """Name what a role needs and this process's principal may not do, a line a topic or group.

    Only refusals are named: a topic that is missing, or a broker that cannot say yet, is another matter.
    """
    admin = AdminClient(settings.client())
    wanted = {settings.topic(topic): topic for topic in TOPICS if operations(role, topic)}
    answers = admin.describe_topics(
        TopicCollection(list(wanted)), include_authorized_operations=True, request_timeout=_TIMEOUT_SECONDS
    )
    refused = [line for name, answer in answers.items() for line in _refused(name, answer, role, wanted[name])]
    if any(access.kind == "GROUP" for access in accesses(role, settings.prefix)):
        refused += _refused_group(admin, settings.group)
    return sorted(refused)


def _refused(name: str, answer: object, role: Role, topic: Topic) -> Iterator[str]:
    needed = operations(role, topic)
    try:
        described = answer.result()  # type: ignore[attr-defined]  # a future of a library without types
    except KafkaException as failure:
        if failure.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            yield f"{name}: may not be seen"
        return  # whatever else it is, nothing was refused
    granted = {operation.name for operation in described.authorized_operations or ()}
    if missing := [operation for operation in needed if operation not in granted]:
        yield f"{name}: not allowed to {', '.join(missing)}"


def _refused_group(admin: AdminClient, group: str) -> Iterator[str]:
    answer = admin.describe_consumer_groups(
        [group], include_authorized_operations=True, request_timeout=_TIMEOUT_SECONDS
    )[group]
    try:
        granted = {operation.name for operation in answer.result().authorized_operations or ()}
    except KafkaException as failure:
        if failure.args[0].code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            yield f"group {group}: may not be seen"
        return  # a broker that was just started has no coordinator yet
    if "READ" not in granted:
        yield f"group {group}: not allowed to READ"
