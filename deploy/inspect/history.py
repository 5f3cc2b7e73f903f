"""Judge a force anew from the source topics, and forget nothing.

It is how figures come about of a time that the workers have forgotten (:mod:`streams.facts.memory`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agents.kafka.reader import starts_late
from deploy.files.backtest import no_collection
from deploy.inspect.force_records import read_force_records
from streams.engine.monitor import Monitor
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.records import Snapshot


class HistoryGoneError(Exception):
    """The source topics do not hold all that there was; the message says what is missing."""


def judge_history(settings: Settings, worker: Monitor) -> Monitor:
    """Return a monitor that knows every record of a force, with its clock where its worker's is.

    Erased records are left out, and rules that the worker does not judge for want of a feed are not judged.  It reads
    and judges about as many snapshots a second as ``cdi backtest``, and needs as much memory.  Raises UnreadableError,
    and HistoryGoneError where a source topic has lost its beginning to its retention.
    """
    context, partition = worker.context, settings.partition_of(worker.force)
    for topic in SOURCES:
        if starts_late(settings, topic, partition):
            raise HistoryGoneError(f"{topic.name} has lost its beginning (CDI_SOURCE_RETENTION_DAYS)")
    with no_collection():
        records = read_force_records(settings, worker.force, context.book.far_future, lambda _: None)
        if not records.snapshots:
            raise HistoryGoneError("the source topics hold nothing of it")
        return judge_again(worker, records.snapshots, records.read_at)


def judge_again(worker: Monitor, snapshots: Iterable[Snapshot], read_at: int) -> Monitor:
    """Return a monitor of all these snapshots that judges as a worker does, by the stream clock."""
    context = worker.context
    monitor = Monitor(
        worker.force,
        context.book,
        keeps_state=False,
        keeps_reviews=False,
        forgets=False,
        named=context.completeness.named,
    )
    for snapshot in snapshots:
        monitor.apply(snapshot, read_at)
    monitor.advance(worker.clock)
    return monitor
