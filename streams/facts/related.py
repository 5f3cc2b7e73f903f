"""Matters by what relates them: links, citations, and what one says of another.

What a snapshot is found by is declared once for each type of record; adding and discarding follow from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.identifiers import CrimeRef, IncidentRef, normalise
from schemas.records import (
    AsbReport,
    Assessment,
    Crime,
    Disposal,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    Snapshot,
    TrainingRecord,
)
from streams.facts.index import Index
from streams.facts.linkage import Linkage, ReportKey
from streams.facts.matters import CRIME, DISPOSAL, INCIDENT, Matter, S, is_kind
from streams.facts.references import report_key
from streams.facts.store import MatterStore


class RelatedMatters(MatterStore):
    """The matters of one force, and which of them a matter's verdict rests on."""

    def __init__(self) -> None:
        super().__init__()
        self.linkage = Linkage()
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

    def _dependents(self, snapshot: Snapshot) -> Iterable[Matter]:
        """Return the matters whose verdict rests on a snapshot's record, but for the crimes of a report."""
        match snapshot:
            case Incident():
                return self._duplicates_of_incident[normalise(snapshot.incident_ref)]
            case Crime() | NoCrime():
                return self._resting_on_crime(CrimeRef(normalise(snapshot.crime_ref)))
            case Disposal():
                return present(self.crimes.get(CrimeRef(normalise(snapshot.crime_ref or ""))))
            case OffenderHistory():
                return self._disposals_of[normalise(snapshot.offender_id)]
            case TrainingRecord():
                return self._decided_by[normalise(snapshot.staff_id)]
            case _:
                return ()

    def _crimes_reported_in(self, snapshot: Snapshot) -> list[Matter[Crime]]:
        """Return the crimes linked to the report that a snapshot is of or assesses, or that it links to one."""
        match snapshot:
            case Incident() | Referral() | ProtectionReport() | AsbReport():
                return self._crimes_linked(report_key(snapshot))
            case Assessment():
                return self._crimes_linked((snapshot.system, normalise(snapshot.ref)))
            case Link():
                return present(self.crimes.get(CrimeRef(normalise(snapshot.crime_ref))))
            case _:
                return []

    def _crimes_linked(self, report: ReportKey) -> list[Matter[Crime]]:
        """Return the crimes linked to a report, held or not."""
        return present(*map(self.crimes.get, self.linkage.crimes_of(report)))

    def _resting_on_crime(self, ref: CrimeRef) -> Iterator[Matter]:
        """Yield the reports that a crime may stand for, and the crimes said to duplicate it.

        The same for each of those crimes in turn.  A report linked to a duplicate rests on the crime that stands in its
        place.
        """
        passed, waiting = {ref}, [ref]
        while waiting:
            crime = waiting.pop()
            yield from present(*map(self.report, self.linkage.reports_of(crime)))
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
            return present(*(self.crimes.get(CrimeRef(ref)) for ref in sorted(cited)))
        if matter.kind.system not in self._reports:
            return []
        crimes = self.linkage.crimes_of((matter.kind.system, matter.ref))
        others: list[Matter] = present(*map(self.crimes.get, crimes))
        if is_kind(matter, INCIDENT):
            others += present(*map(self.report, self.linkage.citing(IncidentRef(matter.ref))))
            others += self._duplicates_of_incident[matter.ref]
        return others


def present(*matters: Matter[S] | None) -> list[Matter[S]]:
    """Return the matters that are there."""
    return [matter for matter in matters if matter is not None]
