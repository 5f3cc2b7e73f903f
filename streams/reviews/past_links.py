"""Whether a counting crime was linked to a report at an earlier moment, by what was stated then."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.link_history import is_linked_at
from streams.facts.matters import Matter, Report
from streams.facts.references import report_links
from streams.obligations.no_crime_validity import is_invalid
from streams.obligations.recorded_crimes import incident_class


def had_counting_crime(report: Matter[Report], moment: int, context: Context) -> bool:
    """Return whether a crime that was linked to a report at ``moment`` (ms) counted then."""
    return any(
        _counted_at(crime, moment, context) and is_linked_at(report, crime, moment, context.facts)
        for crime in _candidates(report, moment, context)
    )


def _candidates(report: Matter[Report], moment: int, context: Context) -> Iterator[Matter[Crime]]:
    """Yield the crimes that may have been linked: those linked now, and those the report named then."""
    yield from context.facts.crimes_of(report)
    snapshot = report.record.as_of(moment)
    for _, ref in report_links(snapshot) if snapshot is not None else ():
        crime = context.facts.crimes.get(ref)
        if crime is not None and crime.held:
            yield crime


def _counted_at(crime: Matter[Crime], moment: int, context: Context) -> bool:
    """Return whether CIS held the crime at ``moment`` (ms) as one that counted, or duplicated one."""
    snapshot = crime.record.as_of(moment)
    if snapshot is None or incident_class(snapshot) is not None:
        return False
    if snapshot.status == "RECORDED":
        return True
    decided = [at for at in sorted(crime.decisions) if crime.decisions[at].as_of(moment) is not None]
    if not decided:
        return moment <= snapshot.event_time + context.policy(snapshot.event_time).cancellation_grace
    decision = crime.decisions[decided[-1]].as_of(moment)
    return decision is not None and not is_invalid(decision, context)
