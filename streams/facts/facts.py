"""The facts of one force: every matter and register, what links them, and whom a change concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from schemas.identifiers import normalise
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
from streams.facts.calls import CallReviews
from streams.facts.index import Index
from streams.facts.linkage import Linkage, Report
from streams.facts.matters import (
    ASB_REPORT,
    CALL,
    CRIME,
    DISPOSAL,
    FEED,
    INCIDENT,
    KINDS,
    REFERRAL,
    THEME,
    Kind,
    Matter,
)
from streams.facts.record import Record
from streams.facts.references import crime_links, identity, person_links, references, report_links
from streams.policy import Policy
from streams.policy.calendar import DAY

RecordKey = tuple[str, str]
"""(topic, normalised identity): names one record of a force."""


class Facts:
    """What is known of one force.  ``absorb`` takes a change in; what follows from it is collected."""

    def __init__(self, force: str, policy: Callable[[int], Policy]) -> None:
        self.matters: dict[Kind, dict[str, Matter]] = {kind: {} for kind in KINDS}
        self.incidents = self.matters[INCIDENT]
        self.crimes = self.matters[CRIME]
        self.disposals = self.matters[DISPOSAL]
        self.referrals = self.matters[REFERRAL]
        self.asb_reports = self.matters[ASB_REPORT]
        self.calls = self.matters[CALL]
        self.themes = self.matters[THEME]
        self.feeds = self.matters[FEED]
        self.histories: dict[str, Record[OffenderHistory]] = {}
        self.training: dict[str, dict[str, Record[TrainingRecord]]] = {}
        self.links: dict[str, Record[Link]] = {}
        self.linkage = Linkage()
        self.call_reviews = CallReviews(force, policy)
        self.concerned: dict[Matter, None] = {}
        """Matters to judge again."""
        self.changed: dict[Matter, None] = {}
        """Matters of which something else is held or linked than when this was last cleared; forgotten ones too."""
        self.unlinked_crimes = Index()
        """The crimes of each day (UTC, counted from the epoch) that no report is linked to, to suggest one."""
        self.unlinked_touched: dict[tuple[int, str], None] = {}
        """By day and reference, those that came, changed or went since this was last taken."""
        self._said_to_duplicate_incident = Index()
        self._said_to_duplicate_crime = Index()
        self._decided_by = Index()
        self._disposals_of = Index()
        self._by_system = {"STORM": self.incidents, "CATS": self.referrals, "SENTINEL": self.asb_reports}
        self._matter_of: dict[type[Snapshot], Kind] = {kind.record: kind for kind in KINDS if kind.record is not None}
        self._absorb: dict[type[Snapshot], Callable[[str, Any, Any], None]] = {
            Incident: self._absorb_incident,
            Crime: self._absorb_crime,
            NoCrime: self._absorb_no_crime,
            Disposal: self._absorb_disposal,
            OffenderHistory: self._absorb_history,
            Referral: self._absorb_referral,
            AsbReport: self._absorb_asb_report,
            TrainingRecord: self._absorb_training,
            Call: self._absorb_call,
            Link: self._absorb_link,
        }

    # -- where things are ---------------------------------------------------------------------------------------

    def matter(self, kind: Kind, ref: str) -> Matter:
        """Return the matter, made if it is not there yet."""
        matters = self.matters[kind]
        matter = matters.get(ref)
        if matter is None:
            matter = matters[ref] = Matter(kind, ref)
        return matter

    def record(self, snapshot: Snapshot, name: str) -> Record[Any]:
        """Return the record that ``snapshot``, of identity ``name``, belongs to, made if it is not there yet."""
        kind = self._matter_of.get(type(snapshot))
        if kind is not None:
            return self.matter(kind, name).record
        match snapshot:
            case NoCrime():
                return self.matter(CRIME, normalise(snapshot.crime_ref)).decision(snapshot.decided_at)
            case OffenderHistory():
                return _held(self.histories, name)
            case TrainingRecord():
                return _held(self.training.setdefault(normalise(snapshot.staff_id), {}), name)
            case _:
                return _held(self.links, name)

    def report(self, report: Report) -> Matter | None:
        """Return the matter of an incident, referral or ASB report, if any snapshot of it is known."""
        return self._by_system[report[0]].get(report[1])

    # -- what a change concerns ---------------------------------------------------------------------------------

    def absorb(self, name: str, before: Snapshot | None, after: Snapshot) -> None:
        """Take in that a record that said ``before`` now says ``after`` (the same object: its past changed)."""
        self._absorb[type(after)](name, before, after)

    def concern(self, matters: Iterable[Matter]) -> None:
        """Have matters judged again."""
        for matter in matters:
            self.concerned[matter] = None

    def concern_crime(self, ref: str) -> None:
        """Have everything judged again whose verdict may rest on what became of a crime."""
        self.concern(_present(self.crimes.get(ref)))
        self.concern(self._resting_on_crime(ref))

    def _resting_on_crime(self, ref: str) -> Iterator[Matter]:
        """Yield the reports that a crime may stand for, the crimes said to duplicate it, and in turn those of theirs.

        A report linked to a duplicate rests on the crime that stands in its place.
        """
        seen = {ref}
        todo = [ref]
        while todo:
            crime = todo.pop()
            yield from _present(*map(self.report, self.linkage.reports_of(crime)))
            duplicates = [other for other in self._said_to_duplicate_crime[crime] if other not in seen]
            yield from _present(*map(self.crimes.get, duplicates))
            seen.update(duplicates)
            todo += duplicates

    def _relink(self, before: list[tuple[Report, str]], after: list[tuple[Report, str]]) -> None:
        self.linkage.withdraw(before)
        self.linkage.state(after)
        for report, crime in (*before, *after):
            reports = [report, *(self.linkage.citing(report[1]) if report[0] == "STORM" else ())]
            matters = _present(*map(self.report, reports))
            self.concern(matters)
            self.changed.update(dict.fromkeys([*matters, *_present(self.crimes.get(crime))]))
            self._note_whether_linked(crime)

    def _note_whether_linked(self, ref: str) -> None:
        crime = self.crimes.get(ref)
        if crime is None or not crime.held:
            return
        day = crime.begins_on()
        if not self.linkage.is_linked(ref):
            self.unlinked_crimes.add(str(day), ref)
            self.unlinked_touched[day, ref] = None
        else:
            self._no_longer_unlinked(ref, day)

    def _no_longer_unlinked(self, ref: str, day: int) -> None:
        if ref in self.unlinked_crimes[str(day)]:
            self.unlinked_crimes.discard(str(day), ref)
            self.unlinked_touched[day, ref] = None

    def _absorb_incident(self, ref: str, before: Incident | None, after: Incident) -> None:
        self.concerned[self.incidents[ref]] = self.changed[self.incidents[ref]] = None
        if before is None or before.crime_refs != after.crime_refs:
            links = report_links(INCIDENT)
            self._relink(links(ref, before) if before else [], links(ref, after))
        if after.duplicate_of and (before is None or before.duplicate_of != after.duplicate_of):
            self._said_to_duplicate_incident.add(normalise(after.duplicate_of), ref)
        if before is None or before is after or before.disposition != after.disposition:
            self.concern(_present(*map(self.incidents.get, self._said_to_duplicate_incident[ref])))

    def _absorb_crime(self, ref: str, before: Crime | None, after: Crime) -> None:
        self.concerned[self.crimes[ref]] = self.changed[self.crimes[ref]] = None
        self._decided_by.add(normalise(after.recorded_by), ("crime", ref))
        if before is None or _stated_reports(before) != _stated_reports(after):
            self._relink(crime_links(ref, before) if before else [], crime_links(ref, after))
        if before is after:  # it may have been first saved earlier than was known, and with another day
            for day in {version.recorded_at // DAY for version in self.crimes[ref].record.effective}:
                self._no_longer_unlinked(ref, day)
        self._note_whether_linked(ref)
        if before is None or before is after or _what_counts(before) != _what_counts(after):
            self.concern_crime(ref)

    def _absorb_no_crime(self, _name: str, before: NoCrime | None, after: NoCrime) -> None:
        ref = normalise(after.crime_ref)
        self._decided_by.add(normalise(after.decided_by), ("crime", ref))
        if after.duplicate_of and (before is None or before.duplicate_of != after.duplicate_of):
            self._said_to_duplicate_crime.add(normalise(after.duplicate_of), ref)
        self.changed[self.crimes[ref]] = None
        self.concern_crime(ref)

    def _absorb_disposal(self, ref: str, _before: Disposal | None, after: Disposal) -> None:
        self.concerned[self.disposals[ref]] = self.changed[self.disposals[ref]] = None
        self._disposals_of.add(normalise(after.offender_id), ref)
        if after.reviewed_by:
            self._decided_by.add(normalise(after.reviewed_by), ("disposal", ref))

    def _absorb_history(self, name: str, _before: OffenderHistory | None, _after: OffenderHistory) -> None:
        self.concern(_present(*map(self.disposals.get, self._disposals_of[name])))

    def _absorb_referral(self, ref: str, before: Referral | None, after: Referral) -> None:
        self._absorb_citing_report(REFERRAL, ref, before, after)

    def _absorb_asb_report(self, ref: str, before: AsbReport | None, after: AsbReport) -> None:
        self._absorb_citing_report(ASB_REPORT, ref, before, after)

    def _absorb_citing_report(
        self, kind: Kind, ref: str, before: Referral | AsbReport | None, after: Referral | AsbReport
    ) -> None:
        self.concerned[self.matters[kind][ref]] = self.changed[self.matters[kind][ref]] = None
        if before is None or before.crime_refs != after.crime_refs:
            links = report_links(kind)
            self._relink(links(ref, before) if before else [], links(ref, after))
        if before is None or before.incident_refs != after.incident_refs:
            report = (kind.system, ref)
            cited = references(before.incident_refs) if before else []
            citing = references(after.incident_refs)
            self.linkage.uncite(report, cited)
            self.linkage.cite(report, citing)
            for incident in (*cited, *citing):
                crimes = self.linkage.crimes_of((INCIDENT.system, incident))
                self.changed.update(dict.fromkeys(_present(*map(self.crimes.get, crimes))))

    def _absorb_training(self, _name: str, _before: TrainingRecord | None, after: TrainingRecord) -> None:
        for kind, ref in self._decided_by[normalise(after.staff_id)]:
            self.concern(_present((self.crimes if kind == "crime" else self.disposals).get(ref)))

    def _absorb_call(self, ref: str, before: Call | None, after: Call) -> None:
        self.concerned[self.calls[ref]] = self.changed[self.calls[ref]] = None
        if before is not after:
            self.concern(_present(*map(self.calls.get, self.call_reviews.replace(ref, before, after))))

    def _absorb_link(self, _name: str, before: Link | None, after: Link) -> None:
        self._relink(person_links(before) if before else [], person_links(after))

    # -- all of it, and less of it ------------------------------------------------------------------------------

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

    def everything(self) -> Iterator[tuple[str, Record[Any]]]:
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

    def neighbours(self, matter: Matter) -> list[Matter]:
        """Return the matters that a matter's verdict rests on, or that rest on it; calls: see the dip sample."""
        if matter.kind is CRIME:
            return list(self._resting_on_crime(matter.ref))
        if matter.kind not in (INCIDENT, REFERRAL, ASB_REPORT):
            return []
        others = _present(*map(self.crimes.get, self.linkage.crimes_of((matter.kind.system, matter.ref))))
        if matter.kind is INCIDENT:
            others += _present(*map(self.report, self.linkage.citing(matter.ref)))
            others += _present(*map(self.incidents.get, self._said_to_duplicate_incident[matter.ref]))
        return others

    def forget(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Forget what is in effect of a matter; yield its records, each with what still waits to take effect."""
        ref, kind = matter.ref, matter.kind
        self.changed.update(dict.fromkeys([matter, *self.neighbours(matter)]))
        if matter.held:
            self._unlink(matter)
        for record in matter.decisions.values():
            for said in record.effective:
                self._decided_by.discard(normalise(said.decided_by), ("crime", ref))
                self._said_to_duplicate_crime.discard(normalise(said.duplicate_of or ""), ref)
        for key, record in list(self.records_of(matter)):
            yield key, _emptied(record)
        matter.alerts = ()
        matter.decisions = {decided_at: record for decided_at, record in matter.decisions.items() if record.snapshots}
        if not matter.record.snapshots and not matter.decisions:
            del self.matters[kind][ref]

    def erase(self, matter: Matter) -> None:
        """Erase a matter, what waits to take effect included, and have judged anew what rests on it."""
        ref, kind = matter.ref, matter.kind
        self.concern(self.neighbours(matter))
        linked: list[str] = []
        if kind in (INCIDENT, REFERRAL, ASB_REPORT):
            linked = list(self.linkage.crimes_of((kind.system, ref)))
        elif kind is CALL and matter.held:
            self.concern(_present(*map(self.calls.get, self.call_reviews.replace(ref, matter.newest, None))))
        for _, record in self.forget(matter):
            _clear(record)
        self.matters[kind].pop(ref, None)
        for crime in linked:
            self._note_whether_linked(crime)

    def erase_link(self, name: str) -> None:
        """Erase a person's link, and have judged anew what it linked."""
        record = self.links.pop(name)
        if record.effective_count:
            self._relink(person_links(record.newest), [])
        _clear(record)

    def erase_history(self, name: str) -> None:
        """Erase an offender's history, and have their disposals judged anew."""
        _clear(self.histories.pop(name))
        self.concern(_present(*map(self.disposals.get, self._disposals_of[name])))

    def erase_training(self, staff: str) -> None:
        """Erase the training of one of the staff, and have what they decided judged anew."""
        for record in self.training.pop(staff).values():
            _clear(record)
        for kind, ref in self._decided_by[staff]:
            self.concern(_present((self.crimes if kind == "crime" else self.disposals).get(ref)))

    def _unlink(self, matter: Matter) -> None:
        ref, kind, said = matter.ref, matter.kind, matter.newest
        if kind is CRIME:
            self.linkage.withdraw(crime_links(ref, said))
            for version in matter.record.effective:
                self._decided_by.discard(normalise(version.recorded_by), ("crime", ref))
                self._no_longer_unlinked(ref, version.recorded_at // DAY)
        elif kind is DISPOSAL:
            for version in matter.record.effective:
                self._disposals_of.discard(normalise(version.offender_id), ref)
                self._decided_by.discard(normalise(version.reviewed_by or ""), ("disposal", ref))
        elif kind is CALL:
            self.call_reviews.replace(ref, said, None)
        elif kind in (INCIDENT, REFERRAL, ASB_REPORT):
            self.linkage.withdraw(report_links(kind)(ref, said))
            if kind is INCIDENT:
                for version in matter.record.effective:
                    self._said_to_duplicate_incident.discard(normalise(version.duplicate_of or ""), ref)
            else:
                self.linkage.uncite((kind.system, ref), references(said.incident_refs))

    # -- what the rules ask -------------------------------------------------------------------------------------

    def crimes_of(self, matter: Matter) -> Iterator[Matter]:
        """Yield the crime records CIS holds that are linked to a report now."""
        for ref in self.linkage.crimes_of((matter.kind.system, matter.ref)):
            crime = self.crimes.get(ref)
            if crime is not None and crime.held:
                yield crime


def _clear(record: Record[Any]) -> None:
    record.snapshots.clear()
    record.effective_count = 0


def _emptied(record: Record[Any]) -> Record[Any]:
    del record.snapshots[: record.effective_count]
    record.effective_count = 0
    return record


def _held(register: dict[Any, Record[Any]], name: object) -> Record[Any]:
    record = register.get(name)
    if record is None:
        record = register[name] = Record()
    return record


def _present(*matters: Matter | None) -> list[Matter]:
    return [matter for matter in matters if matter is not None]


def _stated_reports(said: Crime) -> tuple[object, ...]:
    return (said.incident_refs, said.referral_refs, said.asb_refs)


def _what_counts(said: Crime) -> tuple[object, ...]:
    return (said.status, said.offence_class, said.offence_code, said.recorded_at)
