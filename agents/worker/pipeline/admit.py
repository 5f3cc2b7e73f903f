"""Admission: whether a record may be judged at all, and here; whether a tick still counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.worker.pipeline.decode import DecodedMessage, RefusedMessage
from schemas.admission import require_key, require_not_ahead, require_subjects
from schemas.products import Erasure, Tick
from schemas.quantities import exact_span
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from streams.policy.calendar import MINUTE

if TYPE_CHECKING:
    from agents.worker.pipeline.decode import DecodedBatch
    from agents.worker.pipeline.receive import InputBatch
    from streams.topology.messages import TopicMessage


TICK_ALLOWANCE_MS: Final = MINUTE
"""How far a tick may be ahead of its ingest_time.  Workers correct a clock that differs by much less."""


class AdmittedMessage(NamedTuple):
    """A message whose record a monitor may take."""

    message: TopicMessage
    record: Snapshot | Heartbeat | Erasure | Tick


@dataclass(frozen=True, slots=True)
class AdmittedBatch:
    """The messages of a batch for monitors, and those set aside; both in the order they came."""

    batch: InputBatch
    admitted: Sequence[AdmittedMessage]
    refused: Sequence[RefusedMessage]


class Admission:
    """Checks each record against the message it came in."""

    def __init__(
        self, partition_of: Callable[[str], int], far_future: int, counts_tick: Callable[[int, int], bool]
    ) -> None:
        """``far_future`` is the most, in ms, that a record may be ahead of its ingest_time.

        ``counts_tick`` tells by partition and offset whether a tick counts.
        """
        self._partition_of = partition_of
        self._far_future = far_future
        self._counts_tick = counts_tick

    def admit(self, decoded: DecodedBatch) -> AdmittedBatch:
        """Check every record; refuse those that must not be judged, and leave out ticks that do not count."""
        admitted: list[AdmittedMessage] = []
        refused: list[RefusedMessage] = []
        for result in decoded.results:
            if isinstance(result, RefusedMessage):
                refused.append(result)
                continue
            try:
                if (message := self._check(result)) is not None:
                    admitted.append(message)
            except BadRecordError as error:
                refused.append(RefusedMessage(result.message, error))
        return AdmittedBatch(decoded.batch, admitted, refused)

    def _check(self, decoded: DecodedMessage) -> AdmittedMessage | None:
        message, record = decoded
        if isinstance(record, Tick):
            if not self._counts_tick(message.partition, message.offset):
                return None
            _require_true(record, message)
            return AdmittedMessage(message, record)
        if not isinstance(record, Snapshot | Heartbeat | Erasure):
            raise BadRecordError("WRONG_RECORD", f"nothing to judge on {message.topic}")
        try:
            self._require_in_place(record, message)
        except BadRecordError as error:
            error.event_id = record.event_id if isinstance(record, Snapshot) else None
            raise
        return AdmittedMessage(message, record)

    def _require_in_place(self, record: Snapshot | Heartbeat | Erasure, message: TopicMessage) -> None:
        """Refuse a record in another force's place, or from too far in the future.  Raises BadRecordError."""
        require_key(record, message.key)
        if self._partition_of(record.force) != message.partition:
            raise BadRecordError("WRONG_KEY", "the message is not in the force's partition")
        if isinstance(record, Erasure):
            require_subjects(record)
        else:
            require_not_ahead(record, message.ingest_time, self._far_future)


def _require_true(tick: Tick, message: TopicMessage) -> None:
    """Refuse a tick of another partition, or ahead of the broker's clock: a live clock never goes back."""
    if tick.partition != message.partition:
        raise BadRecordError("WRONG_KEY", "the tick is another partition's")
    if tick.wall > message.ingest_time + TICK_ALLOWANCE_MS:
        raise BadRecordError("FAR_FUTURE", f"wall is more than {exact_span(TICK_ALLOWANCE_MS)} ahead of its arrival")
