"""Since when a report and a crime have been linked without a break, whichever side stated it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.identifiers import CrimeRef
from schemas.records import Crime
from streams.facts.facts import Facts
from streams.facts.linkage import ReportKey
from streams.facts.matters import INCIDENT, Matter, Report
from streams.facts.record import Record
from streams.facts.references import citations_of, links_of


def linked_since(crime: Matter[Crime], report: Matter[Report], facts: Facts) -> int | None:
    """Return since when (ms) a crime has been linked to a report, or None if it is not.

    A referral, protection report or ASB report is also linked to it by citing an incident that is.
    """
    starts = [_directly_linked_since(crime, (report.kind.system, report.ref), facts)]
    if report.kind is not INCIDENT and report.held:
        for key, incident in citations_of(report.newest):
            cited = report.record.since(lambda snapshot, link=(key, incident): link in citations_of(snapshot))  # type: ignore[misc]
            linked = _directly_linked_since(crime, (INCIDENT.system, incident), facts)
            if cited is not None and linked is not None:
                starts.append(max(cited.event_time, linked))
    return min((start for start in starts if start is not None), default=None)


def _directly_linked_since(crime: Matter[Crime], report: ReportKey, facts: Facts) -> int | None:
    link = report, CrimeRef(crime.ref)
    records = list(_stating(crime, report, facts))
    moments = {snapshot.event_time for record in records for snapshot in record.effective}
    start = None
    for moment in sorted(moments, reverse=True):
        snapshots = [record.as_of(moment) for record in records]
        if not any(snapshot is not None and link in links_of(snapshot) for snapshot in snapshots):
            break
        start = moment
    return start


def _stating(crime: Matter[Crime], report: ReportKey, facts: Facts) -> Iterator[Record[Any]]:
    """Yield the records that may state the link: the crime's, the report's, a person's."""
    yield crime.record
    matter = facts.report(report)
    if matter is not None:
        yield matter.record
    person = facts.links.get("|".join((*report, crime.ref)))
    if person is not None:
        yield person
