"""The order in which entries of state are written: whatever a crash leaves leads to the same end.

After a crash the messages of the last batch are read again.  So every beginning of what is written must be a state from
which they lead to the same alerts:

1. Records first, then alerts, reviews and the clock, last what was erased.  What is known too early waits for the
   clock; an alert that is ahead of the clock is left alone until the clock is there.  A review that is ahead of it is
   worked out again, and once more when the clock is there.
2. A sweep that forgets ends what is written up to it, and what follows begins anew: no beginning holds the alerts of a
   matter that came back without its having been forgotten.  Beside the records and alerts that stay are written the
   names of the matters that go, then the clock, with which they are forgotten, and only then are their entries deleted
   and the names.  Whoever reads the names with a clock that has got there completes the deletion.
3. An erasure ends what is written up to it too.  The clock's entry then says which erased snapshots alerts show, until
   those alerts are written: whoever erases again after a crash finds their facts, though the records are deleted.
4. What a crash left over is deleted before anything else is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from schemas.products import Alert, Review
from schemas.records import Snapshot
from streams.engine import state
from streams.engine.clocks import Clock
from streams.engine.erasure import event_hash
from streams.engine.persistence.record_entries import RecordEntries, StateWrite
from streams.facts.context import Context
from streams.facts.matters import Kind, Matter, StoredAlert
from streams.facts.record import Record
from streams.facts.store import RecordKey

_NAMES_BYTES: Final = 524_288
"""How long the names of one entry may be together, about."""


class StateWriter:
    """Collects the entries of one force to be written, each record and alert once between two sweeps."""

    def __init__(self, context: Context, clock: Clock, *, keeps_state: bool) -> None:
        """Without ``keeps_state`` nothing is written."""
        self._context = context
        self._clock = clock
        self._keeps_state = keeps_state
        self._writes: list[StateWrite] = []
        self._alerts: dict[bytes, Alert | None] = {}
        self.entries = RecordEntries(context.force)
        self._reviews: dict[bytes, Review | None] = {}
        self.records: dict[RecordKey, Record[Snapshot]] = {}
        """Records that changed; an empty one is deleted."""
        self.clock_changed = False
        """Whether the clock moved, or a source vouched for itself."""
        self.erasing: frozenset[bytes] = frozenset()
        """Hashes of the erased snapshots that alerts in state may show."""

    def add_alert(self, matter: Matter, alert: Alert) -> None:
        """Collect an alert that changed."""
        self._alerts[state.alert_key(self._context.force, matter.kind, alert)] = alert

    def add_review(self, kind: Kind, ref: str, review: Review | None) -> None:
        """Collect a review that changed; None: its report is forgotten or erased."""
        self._reviews[state.review_key(self._context.force, kind, ref)] = review

    def delete_alerts(self, matter: Matter, alerts: Iterable[StoredAlert]) -> None:
        """Collect that alerts are erased."""
        self._alerts.update(dict.fromkeys(self._alert_keys(matter, alerts)))

    def forget(
        self,
        matters: Mapping[Matter, Sequence[StoredAlert]],
        records: Mapping[RecordKey, Record[Snapshot]],
        reviewed: Sequence[Matter],
    ) -> None:
        """Write all that has changed, and that a sweep at the clock forgets these matters with these records.

        ``reviewed`` are those of the matters that have a review.
        """
        alerts = [key for matter, stored in matters.items() for key in self._alert_keys(matter, stored)]
        for key in records:
            self.records.pop(key, None)
        for alert_key in alerts:
            self._alerts.pop(alert_key, None)
        self._write_changed()
        force, names = self._context.force, []
        for number, some in enumerate(_in_parts(matters)):
            names.append(state.forgetting_key(force, number))
            self._write(names[-1], state.forgetting_value(self._context.clock, some))
        self._write_clock()
        for key, record in records.items():
            self._write_record(key, record)
        reviews = [state.review_key(force, matter.kind, matter.ref) for matter in reviewed]
        for deleted in (*alerts, *reviews, *names):
            self._write(deleted, None)

    def flush(self) -> None:
        """Write all that has changed: what follows begins anew."""
        self.clock_changed = self.clock_changed or bool(self.records)
        self._write_changed()

    def begin_erasure(self, cited: Iterable[str]) -> None:
        """Write which erased snapshots (by event_id) alerts show, before any record is deleted."""
        self.erasing = frozenset(map(event_hash, cited))
        if self.erasing:
            self._write_clock()

    def end_erasure(self) -> None:
        """Write all that an erasure changed: no alert shows an erased snapshot any more."""
        if self.erasing:
            self.flush()
            self.erasing, self.clock_changed = frozenset(), True

    def left_over(self, key: bytes) -> None:
        """Delete an entry that a crash left over, before anything else is written."""
        self._write(key, None)

    def left_over_matter(self, matter: Matter, records: Mapping[RecordKey, Record[Snapshot]]) -> None:
        """Complete the deletion of a matter that a sweep forgot before a crash."""
        for key, record in records.items():
            self._write_record(key, record)
        for alert_key in self._alert_keys(matter, matter.alerts):
            self._write(alert_key, None)

    def drain(self, erased: Mapping[str, int]) -> list[StateWrite]:
        """Return what is to be written since the last drain, in order; ``erased`` has what was erased."""
        changed = self.clock_changed or bool(self.records)
        self._write_changed()
        if changed:
            self._write_clock()
        for hashed, erased_at in erased.items():
            self._write(state.erasure_key(self._context.force, hashed), state.erasure_value(erased_at))
        writes, self._writes = self._writes, []
        self.clock_changed = False
        return writes

    def drop(self) -> None:
        """Forget what has changed without writing it."""
        self.records, self._alerts, self._reviews, self._writes = {}, {}, {}, []

    def _write_changed(self) -> None:
        for key, record in self.records.items():
            self._write_record(key, record)
        for alert_key, alert in self._alerts.items():
            self._write(alert_key, None if alert is None else state.alert_value(alert))
        for review_key, review in self._reviews.items():
            self._write(review_key, None if review is None else state.review_value(review))
        self.records, self._alerts, self._reviews = {}, {}, {}

    def _write_record(self, key: RecordKey, record: Record[Snapshot]) -> None:
        if self._keeps_state:
            self._writes.extend(self.entries.writes(key, record, self._context.facts.matter_of(key)))

    def _write_clock(self) -> None:
        facts, completeness = self._context.facts, self._context.completeness
        value = state.clock_value(self._clock.moment, completeness, facts.forgotten_through, self.erasing)
        self._write(state.clock_key(self._context.force), value)

    def _write(self, key: bytes, value: bytes | None) -> None:
        if self._keeps_state:
            self._writes.append((key, value))

    def _alert_keys(self, matter: Matter, alerts: Iterable[StoredAlert]) -> Iterator[bytes]:
        return (state.alert_key(self._context.force, matter.kind, stored.alert) for stored in alerts)


def _in_parts(matters: Iterable[Matter]) -> Iterator[list[Matter]]:
    """Yield matters in parts whose names fit into an entry."""
    part: list[Matter] = []
    size = 0
    for matter in matters:
        part.append(matter)
        size += len(matter.ref) + len(matter.kind.name)
        if size > _NAMES_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
