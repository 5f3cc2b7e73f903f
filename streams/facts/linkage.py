"""Which reports and crimes are linked, whichever side states it.

A report (incident, referral, protection report, ASB report) is named ``(system, normalised ref)``, a crime by its
normalised reference.  A link may be stated by the report (crime_refs), by the crime (incident_refs and the like) and by
a person (a confirmed Link); each statement counts once, and the link holds while any statement of it does.  Links are
direct, but a referral, protection report or ASB report also reaches the crimes linked to an incident that it cites.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Generic, TypeAlias, TypeVar

from schemas.identifiers import CrimeRef, IncidentRef

ReportKey: TypeAlias = tuple[str, str]
"""(system, normalised reference) of an incident, a referral, a protection report or an ASB report."""

CrimeLink: TypeAlias = tuple[ReportKey, CrimeRef]
Citation: TypeAlias = tuple[ReportKey, IncidentRef]

L = TypeVar("L")
R = TypeVar("R")


class _Statements(Generic[R]):
    """Reports and what they relate to, from both ends; each pair counted by the statements of it."""

    __slots__ = ("left", "right")

    def __init__(self) -> None:
        self.left: dict[ReportKey, dict[R, int]] = {}
        self.right: dict[R, dict[ReportKey, int]] = {}

    def replace(self, before: Iterable[tuple[ReportKey, R]], after: Iterable[tuple[ReportKey, R]]) -> None:
        """Take one statement of each pair of ``before`` back and add one of each pair of ``after``."""
        for left, right in before:
            _subtract(self.left, left, right)
            _subtract(self.right, right, left)
        for left, right in after:
            _add(self.left, left, right)
            _add(self.right, right, left)


def _add(relation: dict[L, dict[R, int]], start: L, end: R) -> None:
    ends = relation.setdefault(start, {})
    ends[end] = ends.get(end, 0) + 1


def _subtract(relation: dict[L, dict[R, int]], start: L, end: R) -> None:
    ends = relation[start]
    if ends[end] > 1:
        ends[end] -= 1
        return
    del ends[end]
    if not ends:
        del relation[start]


class Linkage:
    """Every link that stands now, to be asked from either end."""

    __slots__ = ("_citations", "_links")

    def __init__(self) -> None:
        self._links: _Statements[CrimeRef] = _Statements()
        self._citations: _Statements[IncidentRef] = _Statements()

    def replace_links(self, before: Iterable[CrimeLink], after: Iterable[CrimeLink]) -> None:
        """Take in that a snapshot which stated the links ``before`` gives way to one that states ``after``."""
        self._links.replace(before, after)

    def replace_citations(self, before: Iterable[Citation], after: Iterable[Citation]) -> None:
        """Take in that a snapshot of citations ``before`` gives way to one of citations ``after``."""
        self._citations.replace(before, after)

    def crimes_of(self, report: ReportKey) -> Collection[CrimeRef]:
        """Return the crimes linked to a report, directly or through an incident that it cites."""
        direct = self._links.left.get(report, _NO_CRIMES)
        cited = self._citations.left.get(report)
        if not cited:
            return direct.keys()
        crimes = set(direct)
        for incident in cited:
            crimes.update(self._links.left.get(("STORM", incident), _NO_CRIMES))
        return crimes

    def direct_reports_of(self, crime: CrimeRef) -> Collection[ReportKey]:
        """Return the reports that are linked to a crime themselves."""
        return self._links.right.get(crime, _NO_REPORTS).keys()

    def reports_of(self, crime: CrimeRef) -> Iterator[ReportKey]:
        """Yield every report that ``crime`` may stand for, those that cite a linked incident included."""
        for report in self._links.right.get(crime, _NO_REPORTS):
            yield report
            if report[0] == "STORM":
                yield from self.citing(IncidentRef(report[1]))

    def citing(self, incident: IncidentRef) -> Collection[ReportKey]:
        """Return the referrals, protection reports and ASB reports that cite an incident."""
        return self._citations.right.get(incident, _NO_REPORTS).keys()


_NO_CRIMES: dict[CrimeRef, int] = {}
_NO_REPORTS: dict[ReportKey, int] = {}
