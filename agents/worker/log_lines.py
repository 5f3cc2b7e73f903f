"""What a worker says of the batches it carries: places, ids and counts, never what a record says.

Everything but dead letters is for debugging and costs nothing while nobody listens.  Each kind of line has a logger of
its own, so that one can be turned on without the others: ``cdi.batches``, ``cdi.records``, ``cdi.alerts``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog

from agents.observability.log_levels import debugging
from agents.worker.intake import Arrival, Outcome
from schemas.products import Alert
from schemas.records import Snapshot
from streams.topology.headers import event_name, event_names, request_of

if TYPE_CHECKING:
    from faust.types import EventT

_dead_letters: Final = structlog.get_logger("cdi.worker")
_batches: Final = structlog.get_logger("cdi.batches")
_records: Final = structlog.get_logger("cdi.records")
_alerts: Final = structlog.get_logger("cdi.alerts")

_batches_wanted: Final = debugging("cdi.batches")
_records_wanted: Final = debugging("cdi.records")
_alerts_wanted: Final = debugging("cdi.alerts")


def listener() -> Callable[[Snapshot, Arrival], None] | None:
    """Who is to be told of each record taken; None while nobody listens."""
    return _say_record if _records_wanted() else None


def say_batch(events: Sequence[EventT[Any]], seconds: float) -> None:
    """Say which messages a batch was, and that it is carried."""
    if not _batches_wanted():
        return
    offsets: dict[str, list[int]] = {}
    for event in events:
        message = event.message
        offsets.setdefault(f"{message.topic}/{message.partition}", []).append(message.offset)
    spans = {place: f"{min(found)}-{max(found)}" for place, found in offsets.items()}
    _batches.debug("batch_processed", messages=len(events), offsets=spans, seconds=round(seconds, 4))


def say_alerts(alerts: Sequence[Alert]) -> None:
    """Say which alerts changed, and which snapshots each rests on."""
    if not _alerts_wanted():
        return
    for alert in alerts:
        _alerts.debug(
            "alert_changed", alert_id=alert.alert_id, sequence=alert.sequence, rule_id=alert.rule_id,
            status=alert.status, certainty=alert.certainty, reason=alert.reason, force=alert.force,
            event_ids=event_names(fact.event_id for fact in alert.facts),
        )  # fmt: skip


def say_dead_letters(outcome: Outcome, requests: Mapping[tuple[str, int, int], str | None]) -> None:
    """Say what could not be read; ``requests`` names by place those that somebody put back by hand."""
    for letter, event_id in zip(outcome.dead_letters, outcome.refused_ids, strict=True):
        place = (letter.topic, letter.partition, letter.offset)
        known = {"event_id": None if event_id is None else event_name(event_id), "request_id": requests.get(place)}
        _dead_letters.warning(
            "dead_letter", topic=letter.topic, partition=letter.partition, offset=letter.offset, reason=letter.reason,
            **{name: value for name, value in known.items() if value is not None},
        )  # fmt: skip


def requests_in(events: Sequence[EventT[Any]], names: Mapping[str, str]) -> dict[tuple[str, int, int], str | None]:
    """Say which messages of a batch somebody put there by hand, by place."""
    return {
        (names[message.topic], message.partition, message.offset): request_of(message.headers)
        for event in events
        if (message := event.message).headers
    }


def _say_record(record: Snapshot, arrival: Arrival) -> None:
    _records.debug(
        "record_applied", event_id=event_name(record.event_id), topic=arrival.topic, partition=arrival.partition,
        offset=arrival.offset,
    )  # fmt: skip
