"""Who may do what on the broker, as data: the least that each part of an installation needs.

Kafka refuses whatever no rule allows, so what is not here is forbidden: above all, the monitor cannot write to a
feed.  A role is a principal's task; one principal may have several.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from streams.topology.topics import (
    AUDIT_LOG,
    DEAD_LETTERS,
    ERASURES,
    GROUP,
    JUDGEMENTS,
    SOURCES,
    TOPICS,
    Topic,
    prefixed,
)

Operation = Literal["READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]
"""As Kafka names them."""


class Role(StrEnum):
    """A task on the broker."""

    MONITOR = "monitor"
    """Workers, board, notifier and whoever looks: reads the sources, writes what the product makes of them.

    The board reads the sources too: where a registrar compares policies, both judge the force's own records anew.  What
    people judge, and which records they link, the board writes for them.
    """
    FEED = "feed"
    """``cdi feed`` and ``cdi dead-letters retry``, or a force's own exporter: writes to the sources."""
    ERASURE = "erasure"
    """``cdi erase``, the registrar's: reads all there is, asks for erasures, and writes down that it did."""
    SETUP = "setup"
    """``cdi topics create`` and ``cdi topics acls --apply``: used when installing, by nothing that runs."""


class Access(NamedTuple):
    """One thing a principal may do."""

    kind: Literal["TOPIC", "GROUP", "CLUSTER"]
    name: str
    """With the installation's prefix; of the cluster, Kafka's own name for it."""
    pattern: Literal["LITERAL", "PREFIXED"]
    """Whether the name is the whole one or what it begins with."""
    operation: Operation


CLUSTER: Final = "kafka-cluster"

_LOOK: Final[tuple[Operation, ...]] = ("DESCRIBE", "DESCRIBE_CONFIGS")
_READ: Final[tuple[Operation, ...]] = ("READ", *_LOOK)


def accesses(role: Role, prefix: str) -> Iterator[Access]:
    """Yield all that a role needs in the installation with this prefix."""
    for topic in TOPICS:
        for operation in operations(role, topic):
            yield Access("TOPIC", prefixed(prefix, topic), "LITERAL", operation)
    if role in (Role.MONITOR, Role.ERASURE):
        yield Access("GROUP", f"{prefix}{GROUP}", "LITERAL", "READ")  # includes seeing it
        yield Access("GROUP", f"{prefix}{GROUP}-", "PREFIXED", "READ")  # those of the board, the notifier, views
    if role is Role.SETUP:
        yield Access("CLUSTER", CLUSTER, "LITERAL", "DESCRIBE")
        yield Access("CLUSTER", CLUSTER, "LITERAL", "ALTER")  # of access rules


def operations(role: Role, topic: Topic) -> tuple[Operation, ...]:
    """Return what a role may do with a topic."""
    match role:
        case Role.MONITOR:
            only_read = (topic in SOURCES and topic not in JUDGEMENTS) or topic is ERASURES
            return _READ if only_read else ("WRITE", *_READ)
        case Role.FEED:
            return ("WRITE", "DESCRIBE") if topic in SOURCES else ()
        case Role.ERASURE:
            return ("WRITE", *_READ) if topic in (ERASURES, AUDIT_LOG, DEAD_LETTERS) else _READ
        case Role.SETUP:
            return ("CREATE", "ALTER_CONFIGS", *_LOOK)
