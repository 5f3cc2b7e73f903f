"""Applying: each record goes to the monitor of its force, in the order in which they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.worker.pipeline.decode import RefusedMessage
from schemas.products import Erasure, Tick
from schemas.records import AuditReading, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from streams.audits.readings import is_read_by_first_reader
from streams.policy.calendar import MINUTE

if TYPE_CHECKING:
    from agents.worker.monitors import Monitors
    from agents.worker.pipeline.admit import AdmittedBatch, AdmittedMessage
    from agents.worker.pipeline.receive import InputBatch
    from streams.engine.monitor import Monitor
    from streams.topology.messages import TopicMessage


@dataclass(frozen=True, slots=True)
class AppliedBatch:
    """Which forces a batch concerns, now that their monitors have its records."""

    batch: InputBatch
    partitions: Mapping[str, int]
    """The partition of each force that a record or a tick concerns."""
    records: Counter[tuple[str, str, int]]
    """Records applied, by force, topic and the minute (ms) in which the broker took them."""
    ticks: Mapping[int, int]
    """The offset of the newest tick, by partition."""
    admitted: Sequence[AdmittedMessage]
    refused: Sequence[RefusedMessage]


class Applier:
    """Hands records to monitors; what a monitor raises is a bug, and goes through."""

    def __init__(self, monitors: Monitors) -> None:
        self._monitors = monitors

    def apply(self, admitted: AdmittedBatch) -> AppliedBatch:
        """Hand everything that was admitted to its monitors.

        Raises NotRecoveredError where a monitor's state is not here.
        """
        partitions: dict[str, int] = {}
        records: Counter[tuple[str, str, int]] = Counter()
        ticks: dict[int, int] = {}
        applied: list[AdmittedMessage] = []
        refused = list(admitted.refused)
        for one in admitted.admitted:
            message, record = one
            if isinstance(record, Tick):
                for force, monitor in self._monitors.of_partition(message.partition):
                    monitor.tick(record.wall)
                    partitions[force] = message.partition
                ticks[message.partition] = message.offset
            else:
                try:
                    self._apply(record, message)
                except BadRecordError as refusal:
                    refused.append(RefusedMessage(message, refusal))
                    continue
                partitions[record.force] = message.partition
                minute = message.ingest_time - message.ingest_time % MINUTE
                records[record.force, message.topic, minute] += 1
            applied.append(one)
        return AppliedBatch(admitted.batch, partitions, records, ticks, applied, refused)

    def _apply(self, record: Snapshot | Heartbeat | Erasure, message: TopicMessage) -> None:
        """Hand a record to its monitor.

        Raises BadRecordError for one that only the force's state shows to be none.
        """
        monitor = self._monitors.monitor(record.force)
        if isinstance(record, Heartbeat):
            monitor.heartbeat(message.topic, record, message.ingest_time)
        elif isinstance(record, Erasure):
            monitor.erase(record, message.ingest_time)
        else:
            if isinstance(record, AuditReading):
                _require_another_reader(record, monitor)
            monitor.apply(record, message.ingest_time)


def _require_another_reader(reading: AuditReading, monitor: Monitor) -> None:
    """Refuse a second audit reading by who gave the first."""
    if is_read_by_first_reader(reading, monitor.context.facts):
        error = BadRecordError("OUT_OF_RANGE", "read_by: the first reader's; a second reader is another person")
        error.event_id = reading.event_id
        raise error
