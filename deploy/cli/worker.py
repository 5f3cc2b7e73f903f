"""``cdi worker``: run one worker."""

from __future__ import annotations

from agents.kafka.acls import describe_missing, missing_permissions
from agents.kafka.topic_differences import check_topics, describe
from agents.worker.process import run_worker
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.parent import StopWithParent
from deploy.local.child_process import stop_with_parent
from streams.topology.acls import Role


def worker(
    with_parent: StopWithParent = False,
) -> None:
    """Exit 1 where the topics, or the worker's rights to them, are not as they must be."""
    settings = connected_settings()
    book_of(settings)
    if differences := check_topics(settings, periods=False):
        lines = [describe(difference) for difference in differences]
        raise CommandError(f"topics: {_first(lines)}: see 'cdi topics check'")
    if missing := missing_permissions(settings, Role.MONITOR):
        lines = [describe_missing(permission) for permission in missing]
        raise CommandError(f"Kafka: {_first(lines)}: see 'cdi topics acls'")
    if with_parent:
        stop_with_parent()
    run_worker(settings)


def _first(lines: list[str]) -> str:
    """Give the first of several lines, and how many more there are."""
    return lines[0] if len(lines) == 1 else f"{lines[0]}, and {len(lines) - 1} more"
