"""The log lines of the batches a worker processes: places, ids and counts, never what a record says.

Everything but dead letters and crashes is for debugging, and costs nothing while nobody wants it.  Each kind of line
has a logger of its own, so that one can be turned on without the others: ``cdi.batches``, ``cdi.records``,
``cdi.alerts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.failures import place
from agents.observability.log_levels import debugging
from agents.worker.pipeline.listener import BatchListener
from agents.worker.state_version import StateError
from schemas.records import Snapshot
from streams.topology.correlation_headers import event_name, event_names, request_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.worker.pipeline.admit import AdmittedBatch
    from agents.worker.pipeline.advance import Outcome
    from agents.worker.pipeline.decode import RefusedMessage
    from agents.worker.pipeline.receive import InputBatch
    from schemas.products import Alert
    from streams.engine.unjudgeable import Unjudgeable

_worker: Final = structlog.get_logger("cdi.worker")
_batches: Final = structlog.get_logger("cdi.batches")
_records: Final = structlog.get_logger("cdi.records")
_alerts: Final = structlog.get_logger("cdi.alerts")

_logs_batches: Final = debugging("cdi.batches")
_logs_records: Final = debugging("cdi.records")
_logs_alerts: Final = debugging("cdi.alerts")


class BatchLog(BatchListener):
    """Logs what the pipeline reports."""

    def applied(self, batch: AdmittedBatch) -> None:
        """Log each snapshot; heartbeats, erasures and ticks have no event_id to name them by."""
        if not _logs_records():
            return
        for message, record in batch.admitted:
            if isinstance(record, Snapshot):
                _records.debug(
                    "record_applied",
                    event_id=event_name(record.event_id),
                    topic=message.topic,
                    partition=message.partition,
                    offset=message.offset,
                )

    def persisted(self, outcome: Outcome, entries: int) -> None:  # noqa: ARG002
        """Log which alerts changed, and which messages were set aside."""
        if _logs_alerts():
            for _, _, changes in outcome.changes:
                _log_alerts(changes.alerts)
        for refused in outcome.refused:
            _log_dead_letter(refused)
        for partition, _, changes in outcome.changes:
            for unjudgeable in changes.unjudgeable:
                _log_unjudgeable(partition, unjudgeable)

    def acknowledged(self, batch: InputBatch, seconds: float) -> None:
        """Log which messages a batch was."""
        if not _logs_batches():
            return
        offsets: dict[str, list[int]] = {}
        for event in batch.events:
            message = event.message
            offsets.setdefault(f"{message.topic}/{message.partition}", []).append(message.offset)
        spans = {partition: f"{min(numbers)}-{max(numbers)}" for partition, numbers in offsets.items()}
        _batches.debug("batch_processed", messages=len(batch.events), offsets=spans, seconds=round(seconds, 4))

    def crashed(self, failure: BaseException) -> None:
        """Log what kind of failure stops the worker, and where it happened."""
        if isinstance(failure, StateError):
            _worker.error(failure.event, **failure.fields)
        else:
            _worker.error("worker_stops", failure=type(failure).__name__, at=place(failure))


def _log_alerts(alerts: Iterable[Alert]) -> None:
    """Log each change of an alert, and the snapshots it rests on."""
    for alert in alerts:
        _alerts.debug(
            "alert_changed",
            alert_id=alert.alert_id,
            sequence=alert.sequence,
            rule_id=alert.rule_id,
            status=alert.status,
            certainty=alert.certainty,
            reason=alert.reason,
            force=alert.force,
            event_ids=event_names(fact.event_id for fact in alert.facts),
        )


def _log_dead_letter(refused: RefusedMessage) -> None:
    """Log where a dead letter comes from, its event_id if that could be read, and who retried it."""
    message, error = refused
    ids = {
        "event_id": None if error.event_id is None else event_name(error.event_id),
        "request_id": request_of(message.headers),
    }
    _worker.warning(
        "dead_letter",
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        reason=error.reason,
        **{name: value for name, value in ids.items() if value is not None},
    )


def _log_unjudgeable(partition: int, unjudgeable: Unjudgeable) -> None:
    """Log what the program failed on, where, and by which error; what that error says is left out."""
    event_id = unjudgeable.event_id
    _worker.error(
        "unjudgeable",
        force=unjudgeable.force,
        partition=partition,
        kind=unjudgeable.kind,
        rule=unjudgeable.rule,
        failure=unjudgeable.error,
        at=unjudgeable.place,
        **({} if event_id is None else {"event_id": event_name(event_id)}),
    )
