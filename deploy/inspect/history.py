"""Judge a force anew from the source topics, and forget nothing.

It is how figures come about of a time that the workers have forgotten (:mod:`streams.facts.memory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.reader import starts_late
from deploy.files.backtest import no_collection, run_monitors
from deploy.inspect.force_records import read_force_records
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.engine.monitor import Monitor
    from streams.policy import PolicyBook


class HistoryGoneError(Exception):
    """The source topics do not hold all that there was; the message says what is missing."""


def judge_history(settings: Settings, book: PolicyBook, force: str, until: int) -> Monitor:
    """Return a monitor that knows every record of a force, with its clock at ``until`` (ms).

    Erased records are left out.  It reads and judges about as many snapshots a second as ``cdi backtest``, and needs as
    much memory.  Raises UnreadableError, and HistoryGoneError where a source topic has lost its beginning to its
    retention.
    """
    partition = settings.partition_of(force)
    for topic in SOURCES:
        if starts_late(settings, topic, partition):
            raise HistoryGoneError(f"{topic.name} has lost its beginning (CDI_SOURCE_RETENTION_DAYS)")
    with no_collection():
        records = read_force_records(settings, force, book.far_future, lambda _: None)
        monitors = run_monitors(
            records.snapshots, book, until, read_at=records.read_at, keeps_state=False, forgets=False
        )
    if force not in monitors:
        raise HistoryGoneError("the source topics hold nothing of it")
    return monitors[force]
