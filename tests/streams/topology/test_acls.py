"""What each role may do on the broker: never more than its task needs."""

from __future__ import annotations

import pytest

from schemas.records import Assessment, AuditReading, Link
from streams.topology.acls import Role, accesses, operations
from streams.topology.topics import (
    ALERTS,
    AUDIT_LOG,
    DEAD_LETTERS,
    ERASURES,
    JUDGEMENTS,
    SOURCES,
    STATE_CHANGELOG,
    TOPICS,
    prefixed,
)


def test_the_monitor_only_reads_the_feeds_and_the_scores() -> None:
    """Nothing but reading and looking is allowed on any source topic that is not for people's own judgements."""
    for topic in SOURCES:
        if topic in JUDGEMENTS:
            continue
        assert set(operations(Role.MONITOR, topic)) == {"READ", "DESCRIBE", "DESCRIBE_CONFIGS"}


def test_the_monitor_writes_what_people_judge_and_link() -> None:
    """The board does so for them, and no score."""
    written = {topic.name for topic in SOURCES if "WRITE" in operations(Role.MONITOR, topic)}
    assert written == {record.TOPIC for record in (Link, Assessment, AuditReading)}


def test_what_a_comparison_of_policies_reads_is_the_monitors_to_read() -> None:
    """The board compares policies over every source topic, links too, and by a view's group."""
    allowed = {(access.name, access.operation) for access in accesses(Role.MONITOR, "x.")}
    assert {(prefixed("x.", topic), "READ") for topic in SOURCES} <= allowed
    assert (f"x.{Link.TOPIC}", "READ") in allowed
    assert ("x.cdi-", "READ") in allowed  # what its group's name begins with


def test_the_monitor_writes_what_is_its_own() -> None:
    """Every topic but the sources and the erasures may be read and written."""
    for topic in TOPICS:
        if topic not in (*SOURCES, ERASURES):
            assert {"READ", "WRITE"} <= set(operations(Role.MONITOR, topic))


def test_only_the_registrar_s_role_asks_for_erasures() -> None:
    """It reads everything, and writes besides no more than that it did, and dead letters to delete."""
    assert [role for role in Role if "WRITE" in operations(role, ERASURES)] == [Role.ERASURE]
    written = {topic.name for topic in TOPICS if "WRITE" in operations(Role.ERASURE, topic)}
    assert written == {ERASURES.name, AUDIT_LOG.name, DEAD_LETTERS.name}
    assert all("READ" in operations(Role.ERASURE, topic) for topic in TOPICS)


def test_a_feed_reads_nothing_and_touches_no_product() -> None:
    """Whoever feeds may write to the sources, and that is all."""
    assert {access.operation for access in accesses(Role.FEED, "")} == {"WRITE", "DESCRIBE"}
    assert {access.name for access in accesses(Role.FEED, "")} == {topic.name for topic in SOURCES}


@pytest.mark.parametrize("role", [Role.MONITOR, Role.FEED, Role.ERASURE])
def test_nothing_that_runs_makes_topics_or_changes_rules(role: Role) -> None:
    """Only the role used when installing may create, alter or touch the cluster."""
    rules = list(accesses(role, "x."))
    assert not {access.operation for access in rules} & {"CREATE", "DELETE", "ALTER", "ALTER_CONFIGS"}
    assert "CLUSTER" not in {access.kind for access in rules}


def test_an_installation_s_prefix_bounds_its_rules() -> None:
    """Topics and groups of a neighbour on the same cluster are out of reach."""
    named = {access.name for access in accesses(Role.MONITOR, "mine.")}
    assert all(name.startswith("mine.") for name in named)
    assert {f"mine.{ALERTS.name}", f"mine.{STATE_CHANGELOG.name}", "mine.cdi", "mine.cdi-"} <= named
