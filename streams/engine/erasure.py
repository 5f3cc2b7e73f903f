"""Erasure: records taken out as if they had never come, and kept out however often they are replayed.

Source topics keep what a source system sent, so a replay brings an erased record back.  State therefore keeps, for
ever, a hash of its name and the time of the erasure: a snapshot that arrived by then is passed over, one that the
source sends later is applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from schemas.identifiers import OffenderId, StaffId, normalise
from schemas.products import Subject
from schemas.records import (
    Assessment,
    AuditReading,
    Link,
    NoCrime,
    OffenderHistory,
    Score,
    Snapshot,
    TrainingRecord,
)
from streams.facts.facts import Facts
from streams.facts.matters import CRIME, KINDS, REPORT_KINDS, Kind, Matter, StoredAlert
from streams.facts.peoples_records import subject_of
from streams.facts.record import Record, S
from streams.facts.references import identity
from streams.facts.store import RecordKey

Name: TypeAlias = tuple[str, str]
"""(kind, normalised reference) of what may be erased; of training, the staff whose records they are."""

HISTORY: Final = "offender-history"
TRAINING: Final = "training"
SYSTEM_BY_KIND: Final[Mapping[str, str]] = {
    **{kind.name: kind.system for kind in KINDS if kind.record is not None},
    HISTORY: "PNC",
    TRAINING: "TRAINING",
}
"""The system that holds each kind of what may be erased."""
_EVENT_HASH_BYTES: Final = 8
_KIND_BY_NAME: Final = {kind.name: kind for kind in KINDS}
_NAME_BY_RECORD: Final = {kind.record: kind.name for kind in KINDS if kind.record is not None}
_REPORT_KIND_BY_SYSTEM: Final = {kind.system: kind.name for kind in REPORT_KINDS}


def name_of(subject: Subject) -> Name:
    """Return the name of a subject."""
    return subject.kind, normalise(subject.ref)


def subjects_of(snapshot: Snapshot) -> list[Name]:
    """Return the names whose erasure takes a snapshot out; a link has those of both its ends.

    What people say of a record goes with the record.
    """
    match snapshot:
        case NoCrime():
            return [(CRIME.name, normalise(snapshot.crime_ref))]
        case Link():
            left = (_REPORT_KIND_BY_SYSTEM[snapshot.left_system], normalise(snapshot.left_ref))
            return [left, (CRIME.name, normalise(snapshot.crime_ref))]
        case Assessment() | AuditReading() | Score():
            kind, ref = subject_of(snapshot.TOPIC, identity(snapshot))
            return [(kind.name, ref)]
        case TrainingRecord():
            return [(TRAINING, normalise(snapshot.staff_id))]
        case OffenderHistory():
            return [(HISTORY, normalise(snapshot.offender_id))]
        case _:
            return [(_NAME_BY_RECORD[type(snapshot)], identity(snapshot))]


class ErasedNames:
    """The names that were erased, and until when: as hashes, since a reference may identify a person."""

    __slots__ = ("_unsaved", "_until")

    def __init__(self) -> None:
        self._until: dict[str, int] = {}
        self._unsaved: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, names: Iterable[Name], erased_at: int) -> list[Name]:
        """Add names erased at ``erased_at`` (ingest_time, ms); return those not erased then or later already."""
        later = [name for name in dict.fromkeys(names) if self._until.get(hash_of(name), erased_at - 1) < erased_at]
        self._unsaved.update(dict.fromkeys(map(hash_of, later), erased_at))
        self._until.update(self._unsaved)
        return later

    def covers(self, snapshot: Snapshot, ingest_time: int) -> bool:
        """Return whether a snapshot that arrived at ``ingest_time`` (ms) was erased."""
        return any(self._until.get(hash_of(name), ingest_time - 1) >= ingest_time for name in subjects_of(snapshot))

    def restore(self, hashed: str, erased_at: int) -> None:
        """Take back a hash from state, after a restart."""
        self._until[hashed] = erased_at

    def drain(self) -> dict[str, int]:
        """Return what is not in state yet: the time of erasure by hash."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved


def hash_of(name: Name) -> str:
    """Return the hash of a name that state keeps."""
    return hashlib.sha256("|".join(name).encode()).hexdigest()


def event_hash(event_id: str) -> bytes:
    """Return the hash of an event_id, as state keeps it while an erasure is written."""
    return hashlib.sha256(event_id.encode()).digest()[:_EVENT_HASH_BYTES]


@dataclass(slots=True)
class ErasedFacts:
    """What an erasure took out of the facts."""

    records: list[RecordKey] = field(default_factory=list)
    matters: dict[Matter, tuple[StoredAlert, ...]] = field(default_factory=dict)
    """Each with the alerts on it."""
    event_ids: set[str] = field(default_factory=set)
    """Of every snapshot that was erased."""

    def add(self, key: RecordKey, record: Record[S]) -> None:
        """Note a record before it is erased."""
        self.records.append(key)
        self.event_ids.update(snapshot.event_id for snapshot in record.snapshots)


def erase(facts: Facts, names: Iterable[Name]) -> ErasedFacts:
    """Erase records from the facts, and have everything judged anew that rested on them."""
    erased = ErasedFacts()
    for kind_name, ref in names:
        if kind_name == HISTORY:
            _erase_history(facts, OffenderId(ref), erased)
        elif kind_name == TRAINING:
            _erase_training(facts, StaffId(ref), erased)
        else:
            _erase_matter(facts, _KIND_BY_NAME[kind_name], ref, erased)
    for matter in erased.matters:
        facts.concerned.pop(matter, None)
    return erased


def _erase_history(facts: Facts, ref: OffenderId, erased: ErasedFacts) -> None:
    if ref in facts.histories:
        erased.add((OffenderHistory.TOPIC, ref), facts.histories[ref])
        facts.erase_history(ref)


def _erase_training(facts: Facts, staff: StaffId, erased: ErasedFacts) -> None:
    if staff in facts.training:
        for name, record in facts.training[staff].items():
            erased.add((TrainingRecord.TOPIC, name), record)
        facts.erase_training(staff)


def _erase_matter(facts: Facts, kind: Kind, ref: str, erased: ErasedFacts) -> None:
    for name, link in list(facts.links.items()):
        if (kind.name, ref) in subjects_of(link.first):
            erased.add((Link.TOPIC, name), link)
            facts.erase_link(name)
    if kind in REPORT_KINDS:
        for key, record in facts.erase_scores((kind.system, ref)):
            erased.add(key, record)
            record.clear()
    matter = facts.matters[kind].get(ref)
    if matter is None:
        facts.changed[Matter(kind, ref)] = None  # so that its case is deleted, should one still be published
        return
    erased.matters[matter] = tuple(matter.alerts)
    for key, record in facts.records_of(matter):
        erased.add(key, record)
    facts.erase(matter)
