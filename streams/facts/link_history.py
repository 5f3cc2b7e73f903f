"""Whether a crime was linked to a report at a moment, and since when it has been, by any side.

A referral, protection report or ASB report is also linked by citing an incident that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from schemas.identifiers import CrimeRef, IncidentRef
from schemas.records import Crime
from streams.facts.facts import Facts
from streams.facts.linkage import ReportKey
from streams.facts.matters import INCIDENT, Matter, Report
from streams.facts.record import Record
from streams.facts.references import citations_of, crime_links, links_of


def is_linked_at(report: Matter[Report], crime: Matter[Crime], moment: int, facts: Facts) -> bool:
    """Return whether a link was stated at ``moment`` (ms), by either end, a person or a cited incident."""
    snapshot = report.record.as_of(moment)
    if snapshot is None:
        return False
    cited = ((INCIDENT.system, incident) for _, incident in citations_of(snapshot))
    return any(_is_stated(key, crime, moment, facts) for key in ((report.kind.system, report.ref), *cited))


def linked_since(crime: Matter[Crime], facts: Facts, counts: Callable[[Report], bool]) -> int | None:
    """Return since when (ms) a crime has been linked to a report that counts, or None if it is not.

    ``counts`` is asked of each report as it was at a moment.  Reports that were linked once are looked at where CIS
    named them.
    """
    keys = _ever_linked(crime, facts)
    reports = [report for report in map(facts.report, keys) if report is not None and report.held]

    def is_linked(report: Matter[Report], moment: int) -> bool:
        snapshot = report.record.as_of(moment)
        return snapshot is not None and counts(snapshot) and is_linked_at(report, crime, moment, facts)

    start = None
    for moment in _moments(crime, keys, facts):
        if not any(is_linked(report, moment) for report in reports):
            break
        start = moment
    return start


def _ever_linked(crime: Matter[Crime], facts: Facts) -> Iterable[ReportKey]:
    """Return the reports that a crime is linked to, and those that CIS ever named."""
    keys = dict.fromkeys(facts.linkage.reports_of(CrimeRef(crime.ref)))
    for snapshot in crime.record.effective:
        for key, _ in crime_links(snapshot):
            keys[key] = None
            if key[0] == INCIDENT.system:
                keys.update(dict.fromkeys(facts.linkage.citing(IncidentRef(key[1]))))
    return keys


def _moments(crime: Matter[Crime], keys: Iterable[ReportKey], facts: Facts) -> list[int]:
    """Return every event_time (ms) of a record that may state a link, the newest first."""
    records = {id(record): record for key in keys for record in _stating(key, crime, facts)}
    return sorted({s.event_time for record in records.values() for s in record.effective}, reverse=True)


def _is_stated(report: ReportKey, crime: Matter[Crime], moment: int, facts: Facts) -> bool:
    link = report, CrimeRef(crime.ref)
    snapshots = (record.as_of(moment) for record in _stating(report, crime, facts))
    return any(snapshot is not None and link in links_of(snapshot) for snapshot in snapshots)


def _stating(report: ReportKey, crime: Matter[Crime], facts: Facts) -> Iterator[Record[Any]]:
    """Yield the records that may state a link: the crime's, the report's, a person's."""
    yield crime.record
    matter = facts.report(report)
    if matter is not None:
        yield matter.record
    person = facts.links.get("|".join((*report, crime.ref)))
    if person is not None:
        yield person
