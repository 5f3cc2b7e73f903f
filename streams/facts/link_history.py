"""Since when a crime has been linked to a report of some sort, whichever side states it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from schemas.identifiers import CrimeRef, IncidentRef
from schemas.records import Crime
from streams.facts.facts import Facts
from streams.facts.linkage import ReportKey
from streams.facts.matters import INCIDENT, Matter, Report
from streams.facts.record import Record
from streams.facts.references import citations_of, crime_links, links_of


def linked_since(crime: Matter[Crime], facts: Facts, counts: Callable[[Report], bool]) -> int | None:
    """Return since when (ms) a crime has been linked to a report that counts, or None if it is not.

    ``counts`` is asked of each report as it was at a moment.  A referral, protection report or ASB report is also
    linked by citing an incident that is.  Reports that were linked once are looked at where CIS named them.
    """
    history = _LinkHistory(crime, facts)
    start = None
    for moment in history.moments():
        if not any(history.is_linked(report, moment, counts) for report in history.reports):
            break
        start = moment
    return start


class _LinkHistory:
    """The links of one crime, as they were at any moment."""

    def __init__(self, crime: Matter[Crime], facts: Facts) -> None:
        self._crime = crime
        self._facts = facts
        keys = dict.fromkeys(facts.linkage.reports_of(CrimeRef(crime.ref)))
        for snapshot in crime.record.effective:
            for key, _ in crime_links(snapshot):
                keys[key] = None
                if key[0] == INCIDENT.system:
                    keys.update(dict.fromkeys(facts.linkage.citing(IncidentRef(key[1]))))
        self._stating = {key: list(self._records(key)) for key in keys}
        self.reports = [report for report in map(facts.report, keys) if report is not None and report.held]

    def _records(self, report: ReportKey) -> Iterator[Record[Any]]:
        """Yield the records that may state a link: the crime's, the report's, a person's."""
        yield self._crime.record
        matter = self._facts.report(report)
        if matter is not None:
            yield matter.record
        person = self._facts.links.get("|".join((*report, self._crime.ref)))
        if person is not None:
            yield person

    def moments(self) -> list[int]:
        """Return every event_time of a record that may state a link, the newest first."""
        records = {id(record): record for records in self._stating.values() for record in records}
        return sorted({s.event_time for record in records.values() for s in record.effective}, reverse=True)

    def is_linked(self, report: Matter[Report], moment: int, counts: Callable[[Report], bool]) -> bool:
        """Return whether a report that counted at a moment (ms) was linked then."""
        snapshot = report.record.as_of(moment)
        if snapshot is None or not counts(snapshot):
            return False
        key = report.kind.system, report.ref
        cited = ((INCIDENT.system, incident) for _, incident in citations_of(snapshot))
        return any(self._is_stated(stated, moment) for stated in (key, *cited))

    def _is_stated(self, report: ReportKey, moment: int) -> bool:
        link = report, CrimeRef(self._crime.ref)
        snapshots = (record.as_of(moment) for record in self._stating.get(report, ()))
        return any(snapshot is not None and link in links_of(snapshot) for snapshot in snapshots)
