"""Which reports and crimes belong together, whichever side says so.

A report (incident, referral, ASB report) is named ``(system, normalised ref)``, a crime by its normalised reference.
Each *statement* of a link (the report's own crime_refs, the crime's own report refs, a person's confirmed Link) counts
once; the link stands while any statement of it does.  Links are direct, but a referral or ASB report also reaches the
crimes linked to an incident that it cites.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

Report: TypeAlias = tuple[str, str]
"""(system, normalised reference) of an incident, a referral or an ASB report."""

_NO_CRIMES: dict[str, int] = {}
_NO_REPORTS: dict[Report, int] = {}


class _Statements:
    """A relation held from both ends, each pair counted by how many statements make it."""

    __slots__ = ("left", "right")

    def __init__(self) -> None:
        self.left: dict[Report, dict[str, int]] = {}
        self.right: dict[str, dict[Report, int]] = {}

    def add(self, left: Report, right: str) -> None:
        ends = self.left.setdefault(left, {})
        ends[right] = ends.get(right, 0) + 1
        starts = self.right.setdefault(right, {})
        starts[left] = starts.get(left, 0) + 1

    def remove(self, left: Report, right: str) -> None:
        _less_one(self.left, left, right)
        _less_one(self.right, right, left)


def _less_one(relation: dict, start: object, end: object) -> None:  # type: ignore[type-arg]
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
        self._links = _Statements()
        self._citations = _Statements()

    def state(self, links: Iterable[tuple[Report, str]]) -> None:
        """Add one statement of each (report, crime)."""
        for report, crime in links:
            self._links.add(report, crime)

    def withdraw(self, links: Iterable[tuple[Report, str]]) -> None:
        """Take one statement of each (report, crime) back."""
        for report, crime in links:
            self._links.remove(report, crime)

    def cite(self, report: Report, incidents: Iterable[str]) -> None:
        """Note that a referral or ASB report cites incidents."""
        for incident in incidents:
            self._citations.add(report, incident)

    def uncite(self, report: Report, incidents: Iterable[str]) -> None:
        """Note that a referral or ASB report cites incidents no longer."""
        for incident in incidents:
            self._citations.remove(report, incident)

    def crimes_of(self, report: Report) -> Collection[str]:
        """Return the crimes linked to a report, directly or through an incident that it cites."""
        direct = self._links.left.get(report, _NO_CRIMES)
        cited = self._citations.left.get(report)
        if not cited:
            return direct.keys()
        crimes = set(direct)
        for incident in cited:
            crimes.update(self._links.left.get(("STORM", incident), _NO_CRIMES))
        return crimes

    def is_linked(self, crime: str) -> bool:
        """Say whether any report is linked to a crime."""
        return crime in self._links.right

    def reports_of(self, crime: str) -> Iterator[Report]:
        """Yield every report that ``crime`` may stand for, those that cite a linked incident included."""
        for report in self._links.right.get(crime, _NO_REPORTS):
            yield report
            if report[0] == "STORM":
                yield from self.citing(report[1])

    def citing(self, incident: str) -> Collection[Report]:
        """Return the referrals and ASB reports that cite an incident."""
        return self._citations.right.get(incident, _NO_REPORTS).keys()
