"""Every matter and record of one force, by its reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from schemas.identifiers import (
    AsbRef,
    CallRef,
    CrimeRef,
    DisposalRef,
    IncidentRef,
    OffenderId,
    ReferralRef,
    StaffId,
    normalise,
)
from schemas.records import (
    AsbReport,
    Call,
    Crime,
    Disposal,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    Referral,
    Snapshot,
    TrainingRecord,
)
from streams.facts.linkage import ReportKey
from streams.facts.matters import (
    ASB_REPORT,
    CALL,
    CRIME,
    DISPOSAL,
    FEED,
    INCIDENT,
    KIND_BY_RECORD,
    KIND_BY_TOPIC,
    KINDS,
    REFERRAL,
    THEME,
    Kind,
    Matter,
    Report,
    S,
)
from streams.facts.record import Record
from streams.facts.references import identity

RecordKey = tuple[str, str]
"""(topic, normalised identity): names one record of a force."""

N = TypeVar("N")


class MatterStore:
    """The matters of one force by kind, and the records that are no matter's own."""

    def __init__(self) -> None:
        self.incidents: dict[IncidentRef, Matter[Incident]] = {}
        self.crimes: dict[CrimeRef, Matter[Crime]] = {}
        self.disposals: dict[DisposalRef, Matter[Disposal]] = {}
        self.referrals: dict[ReferralRef, Matter[Referral]] = {}
        self.asb_reports: dict[AsbRef, Matter[AsbReport]] = {}
        self.calls: dict[CallRef, Matter[Call]] = {}
        self.matters: dict[Kind, dict[Any, Matter]] = {
            INCIDENT: self.incidents,
            CRIME: self.crimes,
            DISPOSAL: self.disposals,
            REFERRAL: self.referrals,
            ASB_REPORT: self.asb_reports,
            CALL: self.calls,
            THEME: {},
            FEED: {},
        }
        self._reports: dict[str, dict[Any, Matter]] = {
            kind.system: self.matters[kind] for kind in (INCIDENT, REFERRAL, ASB_REPORT)
        }
        self.histories: dict[OffenderId, Record[OffenderHistory]] = {}
        self.training: dict[StaffId, dict[str, Record[TrainingRecord]]] = {}
        self.links: dict[str, Record[Link]] = {}
        self.forgotten_through: int | None = None
        """The low-water mark: what was saved by then (ms) of a matter that is not known is forgotten."""

    def matter(self, kind: Kind[S], ref: str) -> Matter[S]:
        """Return the matter, made if it is not there yet."""
        matters = self.matters[kind]
        matter = matters.get(ref)
        if matter is None:
            matter = matters[ref] = Matter(kind, ref, self.forgotten_through)
        return matter

    def record(self, snapshot: Snapshot, name: str) -> Record[Any]:
        """Return the record that ``snapshot``, of identity ``name``, belongs to, made if it is not there yet."""
        kind = KIND_BY_RECORD.get(type(snapshot))
        if kind is not None:
            return self.matter(kind, name).record
        match snapshot:
            case NoCrime():
                return self.matter(CRIME, normalise(snapshot.crime_ref)).decision(snapshot.decided_at)
            case OffenderHistory():
                return _record(self.histories, OffenderId(name))
            case TrainingRecord():
                return _record(self.training.setdefault(StaffId(normalise(snapshot.staff_id)), {}), name)
            case _:
                return _record(self.links, name)

    def matter_of(self, key: RecordKey) -> Matter | None:
        """Return the matter that a record belongs to; None if it is not known, or the record is no matter's."""
        topic, name = key
        if topic == NoCrime.TOPIC:
            return self.crimes.get(CrimeRef(name.rpartition("|")[0]))
        kind = KIND_BY_TOPIC.get(topic)
        return None if kind is None else self.matters[kind].get(name)

    def is_forgotten(self, snapshot: Snapshot, name: str) -> bool:
        """Return whether a snapshot of the record ``name`` is older than what is remembered of its matter.

        Nothing is forgotten of what is no matter's own: histories, training, people's links.
        """
        topic = snapshot.TOPIC
        if self.forgotten_through is None or (topic not in KIND_BY_TOPIC and topic != NoCrime.TOPIC):
            return False
        matter = self.matter_of((topic, name))
        through = self.forgotten_through if matter is None else matter.forgotten_through
        return through is not None and snapshot.event_time <= through

    def drop_forgotten(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Drop what is forgotten of a matter that has nothing in effect; yield its records as they are left."""
        through = matter.forgotten_through = self.forgotten_through
        for key, record in list(self.records_of(matter)):
            record.snapshots[:] = [s for s in record.snapshots if through is None or s.event_time > through]
            yield key, record
        self._drop_empty(matter)

    def _drop_empty(self, matter: Matter) -> None:
        """Drop decisions of which no snapshot is left, and then the matter if none is left of it either."""
        matter.decisions = {decided_at: record for decided_at, record in matter.decisions.items() if record.snapshots}
        if not matter.record.snapshots and not matter.decisions:
            del self.matters[matter.kind][matter.ref]

    def report(self, report: ReportKey) -> Matter[Report] | None:
        """Return the matter of an incident, referral or ASB report, if any snapshot of it is known."""
        return self._reports[report[0]].get(report[1])

    def every_matter(self) -> Iterator[Matter]:
        """Yield every matter, whatever its kind."""
        for matters in self.matters.values():
            yield from matters.values()

    def records_of(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Yield a matter's own record and the no-crime decisions on it, with what names each."""
        for decided_at, record in matter.decisions.items():
            yield (NoCrime.TOPIC, f"{matter.ref}|{decided_at}"), record
        if matter.kind.record is not None and matter.record.snapshots:
            yield (matter.kind.record.TOPIC, matter.ref), matter.record

    def every_record(self) -> Iterator[tuple[str, Record[Any]]]:
        """Yield every record held, with its identity."""
        for kind in KINDS:
            for ref, matter in self.matters[kind].items():
                if matter.record.snapshots:
                    yield ref, matter.record
                for record in matter.decisions.values():
                    yield identity(record.first), record
        yield from self.histories.items()
        for records in self.training.values():
            yield from records.items()
        yield from self.links.items()


def _record(records: dict[N, Record[S]], name: N) -> Record[S]:
    """Return a record, made if it is not there yet."""
    record = records.get(name)
    if record is None:
        record = records[name] = Record()
    return record
