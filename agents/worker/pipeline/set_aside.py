"""Dead letters of what monitors set aside because their own code failed on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from agents.topics.dead_letters import letter_of
from schemas.refusals import BadRecordError
from streams.topology.correlation_headers import event_name
from streams.topology.messages import TopicMessage

if TYPE_CHECKING:
    from agents.worker.pipeline.admit import AdmittedMessage
    from agents.worker.pipeline.advance import Outcome
    from schemas.codec import Codec
    from schemas.products import DeadLetter
    from schemas.records import Snapshot
    from streams.engine.unjudgeable import Unjudgeable

_UNKNOWN_OFFSET = -1


def unjudgeable_letter(codec: Codec, outcome: Outcome, partition: int, unjudgeable: Unjudgeable) -> DeadLetter | None:
    """Return the dead letter of a snapshot that could not be taken in, or of a matter's newest snapshot.

    The message is named where it came with the outcome's batch.  None where no snapshot is to blame: a feed, or all
    records of a force together; that is counted and logged alone.
    """
    snapshot = unjudgeable.snapshot
    if snapshot is None:
        return None
    message = _message_of(outcome.admitted, snapshot)
    if message is None:
        newest = max((message.ingest_time for message in outcome.batch.messages), default=0)
        key, value = unjudgeable.force.encode(), codec.encode(snapshot)
        message = TopicMessage(snapshot.TOPIC, partition, _UNKNOWN_OFFSET, key, value, newest)
    detail = f"{unjudgeable.kind}: {unjudgeable.rule}: {unjudgeable.error} at {unjudgeable.place}"
    letter = letter_of(message, BadRecordError("UNJUDGEABLE", detail))
    return msgspec.structs.replace(
        letter, rule=unjudgeable.rule, place=unjudgeable.place, event_id=event_name(snapshot.event_id)
    )


def _message_of(admitted: Sequence[AdmittedMessage], snapshot: Snapshot) -> TopicMessage | None:
    """Return the message that a snapshot came in, if it is one of these."""
    return next((message for message, record in admitted if record == snapshot), None)
