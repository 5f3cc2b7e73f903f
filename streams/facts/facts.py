"""The facts of one force: its matters and records, what links them, and whom a change concerns.

What a snapshot is found by, links and cites is declared once for each type of record (:class:`Index`, :data:`LINKS`,
:data:`CITATIONS`); absorbing a change, forgetting and erasing all follow from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import msgspec

from schemas.identifiers import CallRef, CrimeRef, IncidentRef, OffenderId, StaffId, normalise
from schemas.records import (
    AsbReport,
    Assessment,
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
from streams.facts.calls import CallReviews
from streams.facts.index import Index
from streams.facts.linkage import Citation, CrimeLink, Linkage, ReportKey
from streams.facts.matters import CALL, CRIME, DISPOSAL, INCIDENT, PROTECTION_REPORT, Matter, S, is_kind
from streams.facts.record import Record, version
from streams.facts.references import CITATIONS, LINKS, citations_of, links_of, report_key
from streams.facts.store import MatterStore, RecordKey
from streams.facts.unlinked import UnlinkedCrimes
from streams.facts.weighed import is_weighty
from streams.policy import Policy

_encode = msgspec.msgpack.Encoder().encode


class Facts(MatterStore):
    """What is known of one force.  ``absorb`` takes a change in and collects what is to be judged again."""

    def __init__(self, force: str, policy: Callable[[int], Policy]) -> None:
        super().__init__()
        self.linkage = Linkage()
        self.unlinked_crimes = UnlinkedCrimes()
        self.call_reviews = CallReviews(force, policy)
        self.concerned: dict[Matter, None] = {}
        """Matters to judge again."""
        self.changed: dict[Matter, None] = {}
        """Matters whose own record or links changed since this was last cleared; forgotten ones too."""
        self._duplicates_of_incident = Index({Incident: lambda incident: incident.duplicate_of})
        self._duplicates_of_crime = Index({NoCrime: lambda decision: decision.duplicate_of})
        self._disposals_of = Index({Disposal: lambda disposal: disposal.offender_id})
        self._disposals_citing = Index({Disposal: lambda disposal: disposal.crime_ref})
        self._decided_by = Index(
            {
                Crime: lambda crime: crime.recorded_by,
                NoCrime: lambda decision: decision.decided_by,
                Disposal: lambda disposal: disposal.reviewed_by,
            }
        )
        indexes = (
            self._duplicates_of_incident,
            self._duplicates_of_crime,
            self._disposals_of,
            self._disposals_citing,
            self._decided_by,
        )
        self._indexes: dict[type[Snapshot], list[Index]] = {
            record: [index for index in indexes if record in index.keys] for index in indexes for record in index.keys
        }

    # -- what a change means ------------------------------------------------------------------------------------

    def check(self, snapshot: Snapshot) -> None:
        """Raise whatever taking a snapshot in would raise, before anything is changed by it."""
        version(snapshot)
        _encode(snapshot)
        for index in self._indexes.get(type(snapshot), ()):
            index.name_of(snapshot)
        links_of(snapshot)
        citations_of(snapshot)
        if isinstance(snapshot, Call):
            self.call_reviews.check(snapshot)

    def absorb(self, name: str, record: Record[Any], before: Snapshot | None) -> None:
        """Take in that a record's newest snapshot is no longer ``before``, or that its past is another."""
        after: Snapshot = record.newest
        record_type = type(after)
        matter = self.matter_of((record_type.TOPIC, name))
        if matter is not None:
            self.changed[matter] = None
            if record_type is not Score:
                self.concerned[matter] = None
            for index in self._indexes.get(record_type, ()):
                index.add(matter, record, None if before is after else before)
        if before is not after:
            self._replace(record_type, before, after)
        if record_type is Crime:
            self._note_whether_linked(CrimeRef(name))
        elif before is None and record_type in (Referral, ProtectionReport):
            self._tell_apart(name)
        if is_weighty(before, after):
            self._concern_dependents(before, after)

    def _concern_dependents(self, before: Snapshot | None, after: Snapshot) -> None:
        """Have judged again what rests on a record; what a disposal names may be another crime than before."""
        dependents = list(self._dependents(after))
        if isinstance(before, Disposal):
            dependents += self._dependents(before)
        self.concern(dependents)
        if isinstance(after, Incident):
            self.changed.update(dict.fromkeys(matter for matter in dependents if matter.kind is INCIDENT))

    def concern(self, matters: Iterable[Matter]) -> None:
        """Have matters judged again."""
        for matter in matters:
            self.concerned[matter] = None

    def concern_crime(self, ref: str) -> None:
        """Have a crime judged again, and everything whose verdict may rest on what became of it."""
        self.concern(_present(self.crimes.get(CrimeRef(ref))))
        self.concern(self._resting_on_crime(CrimeRef(ref)))

    def _dependents(self, snapshot: Snapshot) -> Iterable[Matter]:
        """Return the other matters whose verdict rests on the record of a snapshot, links aside."""
        match snapshot:
            case Incident():
                duplicates = self._duplicates_of_incident[normalise(snapshot.incident_ref)]
                return [*duplicates, *self._crimes_linked(report_key(snapshot))]
            case Referral() | ProtectionReport() | AsbReport():
                return self._crimes_linked(report_key(snapshot))
            case Assessment():
                return self._crimes_linked((snapshot.system, normalise(snapshot.ref)))
            case Crime() | NoCrime():
                return self._resting_on_crime(CrimeRef(normalise(snapshot.crime_ref)))
            case Link() | Disposal():
                return _present(self.crimes.get(CrimeRef(normalise(snapshot.crime_ref or ""))))
            case OffenderHistory():
                return self._disposals_of[normalise(snapshot.offender_id)]
            case TrainingRecord():
                return self._decided_by[normalise(snapshot.staff_id)]
            case _:
                return ()

    def _crimes_linked(self, report: ReportKey) -> list[Matter[Crime]]:
        """Return the crimes linked to a report, held or not."""
        return _present(*map(self.crimes.get, self.linkage.crimes_of(report)))

    def _resting_on_crime(self, ref: CrimeRef) -> Iterator[Matter]:
        """Yield the reports that a crime may stand for, and the crimes said to duplicate it.

        The same for each of those crimes in turn.  A report linked to a duplicate rests on the crime that stands in its
        place.
        """
        passed, waiting = {ref}, [ref]
        while waiting:
            crime = waiting.pop()
            yield from _present(*map(self.report, self.linkage.reports_of(crime)))
            for duplicate in self._duplicates_of_crime[crime]:
                if duplicate.ref not in passed:
                    passed.add(CrimeRef(duplicate.ref))
                    waiting.append(CrimeRef(duplicate.ref))
                    yield duplicate

    def crimes_of(self, report: Matter) -> Iterator[Matter[Crime]]:
        """Yield the crime records CIS holds that are linked to a report now."""
        for ref in self.linkage.crimes_of((report.kind.system, report.ref)):
            crime = self.crimes.get(ref)
            if crime is not None and crime.held:
                yield crime

    def disposals_of(self, crime: Matter[Crime]) -> Iterator[Matter[Disposal]]:
        """Yield the out-of-court disposals that CIS holds and that name a crime now."""
        for disposal in self._disposals_citing[crime.ref]:
            if self._disposals_citing.name_of(disposal.newest) == crime.ref:
                yield disposal

    def neighbours(self, matter: Matter) -> list[Matter]:
        """Return the matters that a matter's verdict rests on, or that rest on it; calls: see the dip sample."""
        if matter.kind is CRIME:
            return [*self._resting_on_crime(CrimeRef(matter.ref)), *self._disposals_citing[matter.ref]]
        if is_kind(matter, DISPOSAL):
            cited = {self._disposals_citing.name_of(snapshot) for snapshot in matter.record.effective}
            return _present(*(self.crimes.get(CrimeRef(ref)) for ref in sorted(cited)))
        if matter.kind.system not in self._reports:
            return []
        crimes = self.linkage.crimes_of((matter.kind.system, matter.ref))
        others: list[Matter] = _present(*map(self.crimes.get, crimes))
        if is_kind(matter, INCIDENT):
            others += _present(*map(self.report, self.linkage.citing(IncidentRef(matter.ref))))
            others += self._duplicates_of_incident[matter.ref]
        return others

    # -- links and reviews --------------------------------------------------------------------------------------

    def _replace(self, record_type: type[Snapshot], before: Snapshot | None, after: Snapshot) -> None:
        """Replace what follows from the newest snapshot alone: links, citations, a call's review."""
        links, citations = LINKS.get(record_type), CITATIONS.get(record_type)
        if links is not None:
            self._relink([] if before is None else links(before), links(after))
        if citations is not None:
            self._recite([] if before is None else citations(before), citations(after))
        if isinstance(after, Call):
            earlier = before if isinstance(before, Call) else None
            self.concern(self._present_calls(self.call_reviews.replace(earlier, after)))

    def _relink(self, old: list[CrimeLink], new: list[CrimeLink]) -> None:
        """Replace the links that a record stated by those that it states now."""
        if old == new:
            return
        self.linkage.replace_links(old, new)
        for report, crime in (*old, *new):
            citing = self.linkage.citing(IncidentRef(report[1])) if report[0] == INCIDENT.system else ()
            reports = _present(*map(self.report, (report, *citing)))
            linked = [*reports, *_present(self.crimes.get(crime))]
            self.concern(linked)
            self.changed.update(dict.fromkeys(linked))
            self._note_whether_linked(crime)

    def _recite(self, old: list[Citation], new: list[Citation]) -> None:
        """Replace the citations that a record stated by those that it states now."""
        if old == new:
            return
        self.linkage.replace_citations(old, new)
        for _, incident in (*old, *new):
            crimes = self._crimes_linked((INCIDENT.system, incident))
            self.concern(crimes)
            self.changed.update(dict.fromkeys(crimes))

    def _note_whether_linked(self, ref: CrimeRef) -> None:
        crime = self.crimes.get(ref)
        if crime is not None and crime.held:
            if self.linkage.is_linked(ref):
                self.unlinked_crimes.discard(ref)
            else:
                self.unlinked_crimes.add(crime)

    def _tell_apart(self, ref: str) -> None:
        """Note that it is known now which report crimes mean that cite one of this name as a referral."""
        if ref in self.protection_reports:
            crimes = self.linkage.crimes_of((PROTECTION_REPORT.system, ref))
            self.changed.update(dict.fromkeys(_present(*map(self.crimes.get, crimes))))

    def _present_calls(self, refs: Iterable[CallRef]) -> list[Matter[Call]]:
        return _present(*map(self.calls.get, refs))

    # -- forgetting and erasing ---------------------------------------------------------------------------------

    def forget(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Forget what is in effect of a matter; yield its records, each with what still waits to take effect.

        What was saved through the low-water mark is not taken in again.
        """
        matter.forgotten_through = self.forgotten_through
        self.changed.update(dict.fromkeys([matter, *self.neighbours(matter)]))
        for key, record in list(self.records_of(matter)):
            if record.effective_count:
                self._unindex(matter, record)
            record.drop_effective()
            yield key, record
        matter.forget_alerts()
        matter.shown_at = None
        self._drop_empty(matter)

    def _unindex(self, matter: Matter, record: Record[Any]) -> None:
        """Take a record of a matter out of every index and link; nothing is judged again for it."""
        newest: Snapshot = record.newest
        for index in self._indexes.get(type(newest), ()):
            index.discard(matter, record)
        self.linkage.replace_links(links_of(newest), ())
        self.linkage.replace_citations(citations_of(newest), ())
        if isinstance(newest, Crime):
            self.unlinked_crimes.discard(CrimeRef(matter.ref))
        elif isinstance(newest, Call):
            self.call_reviews.replace(newest, None)

    def erase(self, matter: Matter) -> None:
        """Erase a matter, what waits to take effect included, and have judged again what rests on it."""
        self.concern(self.neighbours(matter))
        crimes: Collection[CrimeRef] = ()
        if matter.kind.system in self._reports:
            crimes = list(self.linkage.crimes_of((matter.kind.system, matter.ref)))
        elif is_kind(matter, CALL) and matter.held:
            self.concern(self._present_calls(self.call_reviews.replace(matter.newest, None)))
        for _, record in self.forget(matter):
            record.clear()
        self.matters[matter.kind].pop(matter.ref, None)
        for crime in crimes:
            self._note_whether_linked(crime)

    def erase_link(self, name: str) -> None:
        """Erase a person's link, and have judged again what it linked."""
        record = self.links.pop(name)
        if record.effective_count:
            self._relink(links_of(record.newest), [])
        record.clear()

    def erase_history(self, offender: OffenderId) -> None:
        """Erase an offender's history, and have their disposals judged again."""
        self.histories.pop(offender).clear()
        self.concern(self._disposals_of[offender])

    def erase_training(self, staff: StaffId) -> None:
        """Erase the training of one of the staff, and have what they decided judged again."""
        for record in self.training.pop(staff).values():
            record.clear()
        self.concern(self._decided_by[staff])


def _present(*matters: Matter[S] | None) -> list[Matter[S]]:
    return [matter for matter in matters if matter is not None]
