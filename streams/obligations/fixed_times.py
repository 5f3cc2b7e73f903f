"""The times fixed by the first snapshot that states them: no later one moves a deadline.

They are when a report came (reported_at, received_at), when a crime was recorded (recorded_at), and when a
control-room inspector took oversight (overseen_at; a time stated with any other role does not count).

A later snapshot that states another raises ``time-altered``.  A higher revision of the same moment does not, since of
one moment only the highest snapshot is read: it moves deadlines as if the first value had never been stated.  Such a
correction is counted, and named in the audit log, instead.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from schemas.records import Incident, Snapshot
from schemas.times import to_rfc3339
from streams.facts.matters import KIND_BY_RECORD
from streams.facts.record import Record


def is_overseen(incident: Incident) -> bool:
    """Return whether a snapshot of an incident states that a control-room inspector oversees it."""
    return incident.overseen_role == "CONTROL_ROOM_INSPECTOR"


def fixed_time(snapshot: Snapshot, field: str) -> int | None:
    """Return the time (ms) that a snapshot states in ``field``, or None where it states none that counts."""
    if field == "overseen_at" and isinstance(snapshot, Incident) and not is_overseen(snapshot):
        return None
    time: int | None = getattr(snapshot, field)
    return time


class Correction(NamedTuple):
    """One time that a source stated in two ways of one moment; neither value is shown."""

    force: str
    system: str
    ref: str
    """Of the record, normalised."""
    field: str
    event_time: int
    """The moment (ms) of which both were said."""
    correction_id: str
    """The same whenever, and in whatever order, the snapshots arrive."""


def corrections_with(snapshot: Snapshot, record: Record[Any], ref: str) -> Iterable[Correction]:
    """Return each correction that shows now that a snapshot was added to its record.

    A value is one of a correction where a higher revision states it and a lower one of the same event_time another; a
    time that is stated no more counts as a value, one that was never stated does not.
    """
    return _corrections(snapshot, record, ref) if record.shares_moments else ()


def _corrections(snapshot: Snapshot, record: Record[Any], ref: str) -> Iterator[Correction]:
    kind = KIND_BY_RECORD.get(type(snapshot))
    if kind is None:
        return
    versions = record.at_moment(snapshot.event_time)
    others = [version for version in versions if version is not snapshot]
    for field in kind.fixed_times:
        new = _corrected(versions, field) - _corrected(others, field)
        for value in sorted(new, key=lambda value: (value is None, value)):
            place = (snapshot.force, kind.system, ref, field)
            moment = to_rfc3339(snapshot.event_time)
            stated = "" if value is None else to_rfc3339(value)
            name = "|".join(("cdi", "correction", *place, moment, stated))
            yield Correction(*place, snapshot.event_time, str(uuid.uuid5(uuid.NAMESPACE_URL, name)))


def _corrected(versions: Iterable[Snapshot], field: str) -> set[int | None]:
    """Return the values that a revision states of which a lower one states another; lowest version first."""
    corrected: set[int | None] = set()
    by_revision: dict[int, set[int | None]] = {}
    for version in versions:
        by_revision.setdefault(version.revision, set()).add(fixed_time(version, field))
    lower: set[int | None] = set()
    for values in by_revision.values():
        corrected |= {value for value in values if lower - {value}}
        lower |= values - {None}
    return corrected
