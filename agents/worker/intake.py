"""A batch of messages in, what follows from it out.  No I/O: :mod:`agents.worker.publisher` sends and keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.settings.clock import stopwatch
from agents.worker.monitors import Monitors
from agents.worker.stepping import PART_SECONDS, advance
from schemas.admission import require_key, require_not_ahead, require_subjects
from schemas.codec import Codec
from schemas.products import DeadLetter, Erasure, Tick
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from streams.engine.changes import Changes
from streams.policy.calendar import MINUTE


class Arrival(NamedTuple):
    """One message as it came from the broker."""

    topic: str
    """Without the installation's prefix."""
    partition: int
    offset: int
    ingest_time: int
    """When the broker took it (LogAppendTime), in milliseconds."""
    key: bytes | None
    value: bytes | None


@dataclass(slots=True)
class Outcome:
    """What a batch comes to."""

    changes: list[tuple[int, str, Changes]] = field(default_factory=list)
    """By partition and force."""
    dead_letters: list[DeadLetter] = field(default_factory=list)
    refused_ids: list[str | None] = field(default_factory=list)
    """The event_id of each dead letter's record, as far as it could be read."""
    events: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Records taken, by force, topic and the minute (ms) in which the broker took them."""
    ticks: dict[int, int] = field(default_factory=dict)
    """The offset of the newest tick taken, by partition."""


class Intake:
    """Hands each message to the monitor of its force, in the order in which they came."""

    def __init__(self, forces: Monitors, codec: Codec, *, live: bool, far_future: int) -> None:
        """``far_future`` is the most, in ms, that a record may be ahead of its arrival."""
        self._forces = forces
        self._codec = codec
        self._live = live
        self._far_future = far_future
        self._ticks_from: dict[int, int] = {}
        self._touched: dict[str, int] = {}
        self.on_taken: Callable[[Snapshot, Arrival], None] | None = None
        """Told of each snapshot that is handed over, where somebody wants to know."""
        self.behind: set[str] = set()
        """Monitors of the batch in hand whose clock has not got as far as it may."""

    def count_ticks_from(self, offsets: dict[int, int]) -> None:
        """Take ticks only from these offsets on, by partition: older ones tell of a past that was not caught up."""
        self._ticks_from = dict(offsets)

    def receive(self, arrivals: Iterable[Arrival]) -> Outcome:
        """Take a batch; :meth:`judge` tells what follows.

        Raises whatever a bug raises; bad data is a dead letter of the outcome, never an exception.
        """
        outcome = Outcome()
        touched: dict[str, int] = {}
        for arrival in arrivals:
            try:
                if not arrival.value:
                    raise BadRecordError("EMPTY_VALUE", "a message without a value: source topics keep no tombstones")  # noqa: TRY301
                record = self._codec.decode(arrival.topic, arrival.value)
                if isinstance(record, Tick):
                    self._tick(record, arrival, outcome, touched)
                    continue
                if not isinstance(record, Snapshot | Heartbeat | Erasure):
                    raise BadRecordError("WRONG_RECORD", f"nothing to judge on {arrival.topic}")  # noqa: TRY301
                self._admit(record, arrival)
            except BadRecordError as refusal:
                outcome.dead_letters.append(_dead_letter(arrival, refusal))
                outcome.refused_ids.append(refusal.event_id)
            else:
                self._hand_over(record, arrival)
                touched[record.force] = arrival.partition
                ingest_time = arrival.ingest_time
                outcome.events[record.force, arrival.topic, ingest_time - ingest_time % MINUTE] += 1
        self._touched = touched
        return outcome

    def judge(self, outcome: Outcome) -> Iterator[Outcome]:
        """Let time pass for every force of the batch just received, and tell what follows, part by part.

        The first part is ``outcome`` itself.  Under the stream clock a batch may let years pass; each part then
        takes about a second, so that what has been judged is sent and kept before the rest is.
        """
        self.behind = set() if self._live else set(self._touched)
        while True:
            until = stopwatch() + PART_SECONDS
            for force in sorted(self.behind):
                if not advance(self._forces.monitor(force), until):
                    break
                self.behind.discard(force)
            outcome.changes += [
                (partition, force, self._forces.monitor(force).drain()) for force, partition in self._touched.items()
            ]
            yield outcome
            if not self.behind:
                return
            outcome = Outcome()

    def _admit(self, record: Snapshot | Heartbeat | Erasure, arrival: Arrival) -> None:
        try:
            require_key(record, arrival.key)
            if self._forces.partition_of(record.force) != arrival.partition:
                raise BadRecordError("WRONG_KEY", "the message is not in the force's partition")  # noqa: TRY301
            if isinstance(record, Erasure):
                require_subjects(record)
            else:
                require_not_ahead(record, arrival.ingest_time, self._far_future)
        except BadRecordError as refusal:
            refusal.event_id = record.event_id if isinstance(record, Snapshot) else None
            raise

    def _hand_over(self, record: Snapshot | Heartbeat | Erasure, arrival: Arrival) -> None:
        monitor = self._forces.monitor(record.force)
        if isinstance(record, Heartbeat):
            monitor.heartbeat(arrival.topic, record, arrival.ingest_time)
        elif isinstance(record, Erasure):
            monitor.erase(record, arrival.ingest_time)
        else:
            monitor.apply(record, arrival.ingest_time)
            if self.on_taken is not None:
                self.on_taken(record, arrival)

    def _tick(self, tick: Tick, arrival: Arrival, outcome: Outcome, touched: dict[str, int]) -> None:
        """Let the wall clock pass, for every force of the partition.

        A tick is written only once the partition's whole backlog has been fetched, and arrives behind it; so whoever
        gets one of its own has caught up.
        """
        if not self._live or arrival.offset < self._ticks_from.get(arrival.partition, 0):
            return
        for force, monitor in self._forces.of_partition(arrival.partition):
            monitor.tick(tick.wall)
            touched[force] = arrival.partition
        outcome.ticks[arrival.partition] = arrival.offset


def _dead_letter(arrival: Arrival, refusal: BadRecordError) -> DeadLetter:
    return DeadLetter(
        topic=arrival.topic,
        partition=arrival.partition,
        offset=arrival.offset,
        ingest_time=arrival.ingest_time,
        key=arrival.key,
        value=arrival.value,
        reason=refusal.reason,
        detail=refusal.detail,
    )
