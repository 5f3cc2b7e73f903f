"""What the slow oracle sees: the snapshots that are in effect at a moment, in the contract's order.

Read straight from sections 1 and 2 of the contract, without indexes that are kept up to date and without anything of
``streams`` but the policy's lists of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from schemas.codec import body_digest
from schemas.records import (
    AsbReport,
    Assessment,
    AuditReading,
    Call,
    Crime,
    Disposal,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    Score,
    Snapshot,
    TrainingRecord,
)

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONDON = ZoneInfo("Europe/London")

REFERENCE: Mapping[type[Snapshot], str] = {
    Incident: "incident_ref",
    Crime: "crime_ref",
    NoCrime: "crime_ref",
    Disposal: "disposal_ref",
    OffenderHistory: "offender_id",
    Referral: "referral_ref",
    AsbReport: "asb_ref",
    TrainingRecord: "staff_id",
    Call: "call_ref",
    ProtectionReport: "report_ref",
    Link: "left_ref",
    Assessment: "ref",
    Score: "ref",
    AuditReading: "ref",
}
"""The field under which each kind of record is looked up."""

Turn = tuple[int, int]
"""The clock, and which of the arrivals at it: 0 for all that the clock reaches, 1 and more for what comes behind it."""


def norm(written: str | None) -> str:
    """Return a reference as references are compared."""
    letters = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in (written or "").upper())
    return "-".join(letters.split())


def norms(written: Iterable[str]) -> set[str]:
    """Return references as they are compared, without blank ones."""
    return {ref for ref in map(norm, written) if ref}


def says(text: str | None) -> bool:
    """Tell whether a text is more than blank."""
    return bool((text or "").strip())


def identity(snapshot: Snapshot) -> tuple[Any, ...]:
    """Return what names the record of a snapshot, among those of its kind."""
    names = (getattr(snapshot, field) for field in snapshot.IDENTITY)
    return tuple(norm(name) if isinstance(name, str) else name for name in names)


def order(snapshot: Snapshot) -> tuple[int, int, bytes, bytes]:
    """Return the contract's order of versions."""
    return (snapshot.event_time, snapshot.revision, snapshot.event_id.encode(), body_digest(snapshot))


def local(moment: int) -> datetime:
    """Return a moment on London's clocks."""
    return datetime.fromtimestamp(moment // 1000, UTC).replace(microsecond=moment % 1000 * 1000).astimezone(LONDON)


def day_of(moment: int) -> int:
    """Return the local day of a moment, counted from 1 January 1970."""
    return local(moment).toordinal() - _FIRST_DAY


def on_day(day: int, hour: int = 0) -> int:
    """Return when the clocks show an hour, of those that come once a day; beyond the year 9999 they stay UTC's."""
    reading = day * DAY + hour * HOUR
    if day + _FIRST_DAY > date.max.toordinal():
        return reading
    clock = datetime.combine(date.fromordinal(day + _FIRST_DAY), time(hour), LONDON)
    return round(clock.timestamp()) * 1000


def midnight(year: int, month: int, day: int) -> int:
    """Return when a local date begins."""
    return on_day(date(year, month, day).toordinal() - _FIRST_DAY)


_FIRST_DAY = date(1970, 1, 1).toordinal()
FIRST_OF_APRIL_2015 = midnight(2015, 4, 1)
FIRST_OF_APRIL_2024 = midnight(2024, 4, 1)
FIRST_OF_APRIL_2026 = midnight(2026, 4, 1)


Arrival = tuple[Turn, Snapshot]
"""A snapshot and when it takes effect."""


def arrivals(snapshots: Iterable[Snapshot], late: Iterable[tuple[int, Snapshot]] = ()) -> list[Arrival]:
    """Return when each snapshot takes effect: at its event_time, or where the clock was if that was past it.

    ``late`` is what arrived while the clock was at a moment (ms), in order of arrival.
    """
    arrived: dict[Snapshot, Turn] = {snapshot: (snapshot.event_time, 0) for snapshot in snapshots}
    for number, (clock, snapshot) in enumerate(late, start=1):
        arrived.setdefault(snapshot, (clock, number) if snapshot.event_time <= clock else (snapshot.event_time, 0))
    return [(turn, snapshot) for snapshot, turn in arrived.items()]


class History:
    """Snapshots of a force by record, each record's in order, and when each takes effect."""

    def __init__(
        self,
        force: str,
        arrived: Iterable[Arrival],
        policy_version: str,
        lacks: Mapping[str, Iterable[str]] = MappingProxyType({}),
        off: Iterable[str] = (),
    ) -> None:
        """``lacks`` are the fields that the force's feeds lack, by topic; ``off`` are rules."""
        self.lacks = {topic: frozenset(fields) for topic, fields in lacks.items()}
        self.off = frozenset(off)
        self.force = force
        self.policy_version = policy_version
        self.arrived = sorted(arrived, key=lambda arrival: order(arrival[1]))
        self.records: dict[tuple[type[Snapshot], str], list[Arrival]] = {}
        for turn, snapshot in self.arrived:
            kind = type(snapshot)
            self.records.setdefault((kind, norm(getattr(snapshot, REFERENCE[kind]))), []).append((turn, snapshot))


class View:
    """What is in effect at a turn, of what was saved by a moment; ``at`` looks back from it."""

    def __init__(self, history: History, turn: Turn, saved_by: int | None = None) -> None:
        self.history = history
        self.turn = turn
        self.force = history.force
        self.clock = turn[0]
        self.saved_by = self.clock if saved_by is None else saved_by
        self._earlier: dict[int, View] = {}
        self._records: dict[tuple[type[Snapshot], str], list[Any]] = {}

    def at(self, moment: int) -> View:
        """Return what is known now of what had been saved by an earlier moment."""
        if moment not in self._earlier:
            self._earlier[moment] = View(self.history, self.turn, min(moment, self.saved_by))
        return self._earlier[moment]

    def lacked(self, kind: type[Snapshot]) -> frozenset[str]:
        """Return the fields that the feed of a kind of record lacks."""
        return self.history.lacks.get(kind.TOPIC, frozenset())

    def of(self, kind: type[Snapshot], ref: str) -> list[Any]:
        """Return every snapshot of the records of a reference that is read, in order: of one moment the highest."""
        if (kind, ref) not in self._records:
            highest: dict[tuple[Any, ...], Snapshot] = {}
            for turn, snapshot in self.history.records.get((kind, ref), ()):
                if turn <= self.turn and snapshot.event_time <= self.saved_by:
                    highest[identity(snapshot), snapshot.event_time] = snapshot
            self._records[kind, ref] = sorted(highest.values(), key=order)
        return self._records[kind, ref]

    def shown(self, kind: type[Snapshot], ref: str) -> int:
        """Return where the clock was when it first showed a record."""
        return min(turn for turn, _ in self.history.records[kind, ref])[0]

    def refs(self, kind: type[Snapshot]) -> list[str]:
        """Return every record of a kind."""
        return [ref for of_kind, ref in self.history.records if of_kind is kind and self.of(kind, ref)]

    def newest(self, kind: type[Snapshot], ref: str) -> Any | None:
        """Return what a record says now, or None if there is none."""
        snapshots = self.of(kind, ref)
        return snapshots[-1] if snapshots else None

    def moments(self) -> list[int]:
        """Return every event_time of what is in effect, in order."""
        return sorted({s.event_time for (kind, ref) in self.history.records for s in self.of(kind, ref)})

    def since(self, holds: Callable[[View], bool]) -> int | None:
        """Return the first moment since which something has held without a break."""
        start = None
        for moment in reversed(self.moments()):
            if not holds(self.at(moment)):
                break
            start = moment
        return start


def since(snapshots: Sequence[Any], holds: Callable[[Any], bool]) -> int | None:
    """Return since when a record has said something without a break."""
    start = None
    for snapshot in reversed(snapshots):
        if not holds(snapshot):
            break
        start = snapshot.event_time
    return start
