"""Every matter and record of one force, by its reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from schemas.identifiers import (
    AsbRef,
    CallRef,
    CrimeRef,
    DisposalRef,
    IncidentRef,
    OffenderId,
    ProtectionRef,
    ReferralRef,
    StaffId,
    normalise,
)
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
    PROTECTION_REPORT,
    REFERRAL,
    REPORT_KINDS,
    THEME,
    Kind,
    Matter,
    Report,
    S,
)
from streams.facts.peoples_records import JUDGING_TOPICS, TOPICS_ABOUT_RECORDS, subject_of
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
        self.protection_reports: dict[ProtectionRef, Matter[ProtectionReport]] = {}
        self.asb_reports: dict[AsbRef, Matter[AsbReport]] = {}
        self.calls: dict[CallRef, Matter[Call]] = {}
        self.matters: dict[Kind, dict[Any, Matter]] = {
            INCIDENT: self.incidents,
            CRIME: self.crimes,
            DISPOSAL: self.disposals,
            REFERRAL: self.referrals,
            PROTECTION_REPORT: self.protection_reports,
            ASB_REPORT: self.asb_reports,
            CALL: self.calls,
            THEME: {},
            FEED: {},
        }
        self._reports: dict[str, dict[Any, Matter]] = {kind.system: self.matters[kind] for kind in REPORT_KINDS}
        self.histories: dict[OffenderId, Record[OffenderHistory]] = {}
        self.training: dict[StaffId, dict[str, Record[TrainingRecord]]] = {}
        self.links: dict[str, Record[Link]] = {}
        self.assessments_of: dict[ReportKey, dict[str, Record[Assessment]]] = {}
        """By what is assessed, a report or a crime of CIS, and then by identity."""
        self.readings_of: dict[ReportKey, dict[str, Record[AuditReading]]] = {}
        """By what is read, a report, a crime or a disposal of CIS, and then by identity."""
        self.scores_of: dict[ReportKey, dict[str, Record[Score]]] = {}
        """By the report, and then by identity."""
        self._about_records: dict[str, dict[ReportKey, dict[str, Record[Any]]]] = {
            Assessment.TOPIC: self.assessments_of,
            AuditReading.TOPIC: self.readings_of,
            Score.TOPIC: self.scores_of,
        }
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
            case Link():
                return _record(self.links, name)
            case _:
                return self._record_about(snapshot, name)

    def _record_about(self, snapshot: Snapshot, name: str) -> Record[Any]:
        """Return the record of what a person or a model says of another record.

        A matter is made for a person's judgement, as for a no-crime decision.  A score makes none: whether it comes
        must change nothing of what is remembered.
        """
        topic = snapshot.TOPIC
        kind, ref = subject_of(topic, name)
        if topic in JUDGING_TOPICS:
            self.matter(kind, ref)
        return _record(self._about_records[topic].setdefault((kind.system, ref), {}), name)

    def matter_of(self, key: RecordKey) -> Matter | None:
        """Return the matter that a record belongs to; None if it is not known, or the record is no matter's."""
        topic, name = key
        if topic == NoCrime.TOPIC:
            return self.crimes.get(CrimeRef(name.rpartition("|")[0]))
        if topic in TOPICS_ABOUT_RECORDS:
            kind, ref = subject_of(topic, name)
            return self.matters[kind].get(ref)
        own_kind = KIND_BY_TOPIC.get(topic)
        return None if own_kind is None else self.matters[own_kind].get(name)

    def is_forgotten(self, snapshot: Snapshot, name: str) -> bool:
        """Return whether a snapshot of the record ``name`` is older than what is remembered of its matter.

        Nothing is forgotten of what is no matter's own: histories, training, people's links.
        """
        topic = snapshot.TOPIC
        if self.forgotten_through is None or topic not in _FORGOTTEN_TOPICS:
            return False
        matter = self.matter_of((topic, name))
        through = self.forgotten_through if matter is None else matter.forgotten_through
        return through is not None and snapshot.event_time <= through

    def drop_forgotten(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Drop what is forgotten of a matter that has nothing in effect; yield its records as they are left."""
        through = matter.forgotten_through = self.forgotten_through
        matter.shown_at = None
        for key, record in list(self.records_of(matter)):
            record.snapshots[:] = [s for s in record.snapshots if through is None or s.event_time > through]
            yield key, record
        self._drop_empty(matter)

    def _drop_empty(self, matter: Matter) -> None:
        """Drop decisions and judgements of which no snapshot is left.

        Drop the matter too if nothing is left of it.
        """
        matter.decisions = {decided_at: record for decided_at, record in matter.decisions.items() if record.snapshots}
        for (topic, name), record in list(self._judgements_on(matter)):
            if not record.snapshots:
                self._drop_about(topic, (matter.kind.system, matter.ref), name)
        if not matter.record.snapshots and not matter.decisions and not any(self._judgements_on(matter)):
            del self.matters[matter.kind][matter.ref]

    def _judgements_on(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Yield what people say of a matter, scores left out, with what names each."""
        subject = (matter.kind.system, matter.ref)
        for topic in JUDGING_TOPICS:
            for name, record in self._about_records[topic].get(subject, _NO_RECORDS).items():
                if subject_of(topic, name)[0] is matter.kind:
                    yield (topic, name), record

    def _drop_about(self, topic: str, subject: ReportKey, name: str) -> None:
        """Drop the record of what a person or a model says of another record."""
        records = self._about_records[topic][subject]
        del records[name]
        if not records:
            del self._about_records[topic][subject]

    def forget_scores(self) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Drop the scores through the low-water mark, and yield their records.

        Those of a report of which something is in effect stay with it.
        """
        for (system, ref), scores in list(self.scores_of.items()):
            report = self._reports[system].get(ref)
            if report is not None and self.last_event_time(report) is not None:
                continue
            for name, record in list(scores.items()):
                through = self.forgotten_through
                if through is not None and record.snapshots[-1].event_time <= through:
                    record.clear()
                    self._drop_about(Score.TOPIC, (system, ref), name)
                    yield (Score.TOPIC, name), record

    def erase_scores(self, subject: ReportKey) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Drop every score of a report; yield their records as they were."""
        for name, record in self.scores_of.pop(subject, {}).items():
            yield (Score.TOPIC, name), record

    def last_event_time(self, matter: Matter) -> int | None:
        """Return the newest event_time (ms) of everything in effect on a matter, or None if nothing is.

        What has arrived but not taken effect is no fact yet: were it to keep a matter, the order of arrival would.
        Scores count for nothing.
        """
        records = [matter.record, *matter.decisions.values()]
        if self.assessments_of or self.readings_of:
            records += [record for _, record in self._judgements_on(matter)]
        return max((record.newest.event_time for record in records if record.effective_count), default=None)

    def report(self, report: ReportKey) -> Matter[Report] | None:
        """Return the matter of a report, if anything of it is known."""
        return self._reports[report[0]].get(report[1])

    def every_matter(self) -> Iterator[Matter]:
        """Yield every matter, whatever its kind."""
        for matters in self.matters.values():
            yield from matters.values()

    def records_of(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Yield the records of a matter, with what names each.

        They are its own, the no-crime decisions on it, and what people say of it.
        """
        for decided_at, record in matter.decisions.items():
            yield (NoCrime.TOPIC, f"{matter.ref}|{decided_at}"), record
        if matter.kind.record is not None and matter.record.snapshots:
            yield (matter.kind.record.TOPIC, matter.ref), matter.record
        yield from self._judgements_on(matter)

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
        for by_subject in self._about_records.values():
            for about in by_subject.values():
                yield from about.items()


_FORGOTTEN_TOPICS: Final = frozenset({*KIND_BY_TOPIC, NoCrime.TOPIC, *TOPICS_ABOUT_RECORDS})
"""The topics of what is a matter's own, and goes with it."""
_NO_RECORDS: Final[dict[str, Record[Any]]] = {}


def _record(records: dict[N, Record[S]], name: N) -> Record[S]:
    """Return a record, made if it is not there yet."""
    record = records.get(name)
    if record is None:
        record = records[name] = Record()
    return record
