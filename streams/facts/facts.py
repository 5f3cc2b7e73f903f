"""The facts of one force: every matter and record, what links them, and what a change means for others.

What a snapshot is found by, links and cites is declared once for each type of record (:class:`Index`, :data:`LINKS`,
:data:`CITATIONS`); absorbing a change, forgetting and erasing all follow from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from schemas.identifiers import (
    CallRef,
    CrimeRef,
    IncidentRef,
    OffenderId,
    StaffId,
    normalise,
)
from schemas.records import (
    Call,
    Crime,
    Disposal,
    Incident,
    NoCrime,
    OffenderHistory,
    Snapshot,
    TrainingRecord,
)
from streams.facts.calls import CallReviews
from streams.facts.index import Index
from streams.facts.linkage import Linkage
from streams.facts.matters import (
    CALL,
    CRIME,
    INCIDENT,
    KIND_BY_RECORD,
    Matter,
    S,
    is_kind,
)
from streams.facts.record import Record
from streams.facts.references import CITATIONS, LINKS
from streams.facts.store import MatterStore, RecordKey
from streams.facts.unlinked import UnlinkedCrimes
from streams.policy import Policy

N = TypeVar("N")

_WEIGHED: Final[Mapping[type[Snapshot], tuple[str, ...]]] = {
    Incident: ("disposition",),
    Crime: ("status", "offence_class", "offence_code", "recorded_at"),
}
"""The fields of a record on which verdicts on other matters rest; where it is not listed, any of them."""


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
        self._decided_by = Index(
            {
                Crime: lambda crime: crime.recorded_by,
                NoCrime: lambda decision: decision.decided_by,
                Disposal: lambda disposal: disposal.reviewed_by,
            }
        )
        indexes = (self._duplicates_of_incident, self._duplicates_of_crime, self._disposals_of, self._decided_by)
        self._indexes: dict[type[Snapshot], list[Index]] = {
            record: [index for index in indexes if record in index.keys] for index in indexes for record in index.keys
        }

    # -- what a change means ------------------------------------------------------------------------------------

    def absorb(self, name: str, record: Record[Any], before: Snapshot | None) -> None:
        """Take in that a record has another newest snapshot than ``before``, or the same one and another past."""
        after: Snapshot = record.newest
        matter = self._matter_of(name, after)
        if matter is not None:
            self.concerned[matter] = self.changed[matter] = None
            for index in self._indexes.get(type(after), ()):
                index.add(matter, record.later_than(None if before is after else before))
        self._relink(before, after)
        self._recite(before, after)
        if isinstance(after, Crime):
            self._note_whether_linked(CrimeRef(name))
        elif isinstance(after, Call) and before is not after:
            self.concern(
                self._present_calls(self.call_reviews.replace(before if isinstance(before, Call) else None, after))
            )
        if before is None or before is after or _weighs_differently(before, after):
            self.concern(self._dependents(after))

    def concern(self, matters: Iterable[Matter]) -> None:
        """Have matters judged again."""
        for matter in matters:
            self.concerned[matter] = None

    def concern_crime(self, ref: str) -> None:
        """Have a crime judged again, and everything whose verdict may rest on what became of it."""
        self.concern(_present(self.crimes.get(CrimeRef(ref))))
        self.concern(self._resting_on_crime(CrimeRef(ref)))

    def _matter_of(self, name: str, snapshot: Snapshot) -> Matter | None:
        """Return the matter that a snapshot of the record ``name`` is about, or None if it is about no single one."""
        kind = KIND_BY_RECORD.get(type(snapshot))
        if kind is not None:
            return self.matters[kind][name]
        return self.crimes[CrimeRef(normalise(snapshot.crime_ref))] if isinstance(snapshot, NoCrime) else None

    def _dependents(self, snapshot: Snapshot) -> Iterable[Matter]:
        """Return the other matters whose verdict rests on the record of a snapshot, links aside."""
        match snapshot:
            case Incident():
                return self._duplicates_of_incident[normalise(snapshot.incident_ref)]
            case Crime() | NoCrime():
                return self._resting_on_crime(CrimeRef(normalise(snapshot.crime_ref)))
            case OffenderHistory():
                return self._disposals_of[normalise(snapshot.offender_id)]
            case TrainingRecord():
                return self._decided_by[normalise(snapshot.staff_id)]
            case _:
                return ()

    def _resting_on_crime(self, ref: CrimeRef) -> Iterator[Matter]:
        """Yield the reports that a crime may stand for, the crimes said to duplicate it, and in turn those of theirs.

        A report linked to a duplicate rests on the crime that stands in its place.
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

    def neighbours(self, matter: Matter) -> list[Matter]:
        """Return the matters that a matter's verdict rests on, or that rest on it; calls: see the dip sample."""
        if matter.kind is CRIME:
            return list(self._resting_on_crime(CrimeRef(matter.ref)))
        if matter.kind.system not in self._reports:
            return []
        crimes = self.linkage.crimes_of((matter.kind.system, matter.ref))
        others: list[Matter] = _present(*map(self.crimes.get, crimes))
        if is_kind(matter, INCIDENT):
            others += _present(*map(self.report, self.linkage.citing(IncidentRef(matter.ref))))
            others += self._duplicates_of_incident[matter.ref]
        return others

    # -- links --------------------------------------------------------------------------------------------------

    def _relink(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """Replace the links that ``before`` states by those that ``after`` states."""
        old, new = _stated(LINKS, before), _stated(LINKS, after)
        if old == new:
            return
        self.linkage.replace_links(old, new)
        for report, crime in (*old, *new):
            citing = self.linkage.citing(IncidentRef(report[1])) if report[0] == INCIDENT.system else ()
            reports = _present(*map(self.report, (report, *citing)))
            self.concern(reports)
            self.changed.update(dict.fromkeys([*reports, *_present(self.crimes.get(crime))]))
            self._note_whether_linked(crime)

    def _recite(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """Replace the citations that ``before`` states by those that ``after`` states."""
        old, new = _stated(CITATIONS, before), _stated(CITATIONS, after)
        if old == new:
            return
        self.linkage.replace_citations(old, new)
        for _, incident in (*old, *new):
            crimes = self.linkage.crimes_of((INCIDENT.system, incident))
            self.changed.update(dict.fromkeys(_present(*map(self.crimes.get, crimes))))

    def _note_whether_linked(self, ref: CrimeRef) -> None:
        crime = self.crimes.get(ref)
        if crime is not None and crime.held:
            if self.linkage.is_linked(ref):
                self.unlinked_crimes.discard(ref)
            else:
                self.unlinked_crimes.add(crime)

    def _present_calls(self, refs: Iterable[CallRef]) -> list[Matter[Call]]:
        return _present(*map(self.calls.get, refs))

    # -- forgetting and erasing ---------------------------------------------------------------------------------

    def forget(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Forget what is in effect of a matter; yield its records, each with what still waits to take effect."""
        self.changed.update(dict.fromkeys([matter, *self.neighbours(matter)]))
        for key, record in list(self.records_of(matter)):
            if record.effective_count:
                self._unindex(matter, record)
            del record.snapshots[: record.effective_count]
            record.effective_count = 0
            yield key, record
        matter.alerts = ()
        matter.decisions = {decided_at: record for decided_at, record in matter.decisions.items() if record.snapshots}
        if not matter.record.snapshots and not matter.decisions:
            del self.matters[matter.kind][matter.ref]

    def _unindex(self, matter: Matter, record: Record[Any]) -> None:
        """Take a record of a matter out of every index and link, without a word to what rested on it."""
        newest: Snapshot = record.newest
        for index in self._indexes.get(type(newest), ()):
            index.discard(matter, record.effective)
        self.linkage.replace_links(_stated(LINKS, newest), ())
        self.linkage.replace_citations(_stated(CITATIONS, newest), ())
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
            _clear(record)
        self.matters[matter.kind].pop(matter.ref, None)
        for crime in crimes:
            self._note_whether_linked(crime)

    def erase_link(self, name: str) -> None:
        """Erase a person's link, and have judged again what it linked."""
        record = self.links.pop(name)
        if record.effective_count:
            self._relink(record.newest, None)
        _clear(record)

    def erase_history(self, offender: OffenderId) -> None:
        """Erase an offender's history, and have their disposals judged again."""
        _clear(self.histories.pop(offender))
        self.concern(self._disposals_of[offender])

    def erase_training(self, staff: StaffId) -> None:
        """Erase the training of one of the staff, and have what they decided judged again."""
        for record in self.training.pop(staff).values():
            _clear(record)
        self.concern(self._decided_by[staff])


def _clear(record: Record[Any]) -> None:
    record.snapshots.clear()
    record.effective_count = 0


def _stated(read: Mapping[type[Snapshot], Callable[[Any], list[N]]], snapshot: Snapshot | None) -> list[N]:
    """Return what a snapshot states of links or citations; nothing where its type of record states none."""
    reader = read.get(type(snapshot)) if snapshot is not None else None
    return [] if reader is None else reader(snapshot)


def _weighs_differently(before: Snapshot, after: Snapshot) -> bool:
    """Say whether two snapshots of a record differ in what verdicts on other matters rest on."""
    fields = _WEIGHED.get(type(after))
    return fields is None or any(getattr(before, field) != getattr(after, field) for field in fields)


def _present(*matters: Matter[S] | None) -> list[Matter[S]]:
    return [matter for matter in matters if matter is not None]
