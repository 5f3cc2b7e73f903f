"""Which of the crimes linked to a report count, and since when.

A linked crime that CIS holds counts while RECORDED.  Cancelled or transferred without a decision it counts on for a
grace period; with decisions it counts when the newest of them is valid, but under C3 the crime that it duplicates
counts in its place.  A record coded N100, N200 or N300 is a reported incident, not a crime.
"""

from __future__ import annotations

from schemas.identifiers import CrimeRef, normalise
from schemas.records import Crime, NoCrime
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, CountingCrime, Matter, Report
from streams.obligations.assessments import offence_class_as_of
from streams.obligations.cancellations import cancelled_since
from streams.obligations.completion_times import earliest
from streams.obligations.no_crime_validity import is_invalid
from streams.obligations.recorded_crimes import incident_class, is_crime


def recorded_at(crime: Matter[Crime]) -> int:
    """Return when (ms) the crime was recorded, as the first snapshot of it states."""
    return crime.record.first.recorded_at


def first_reported_at(crime: Matter[Crime]) -> int | None:
    """Return when (ms) the crime was first reported, by the first snapshot that states it; None: never."""
    return crime.record.first_stated(lambda snapshot: snapshot.reported_at)


def counting_crimes(report: Matter[Report], context: Context) -> list[CountingCrime]:
    """Return the crimes that count for a report, earliest recorded first, each once."""
    crimes = context.counting_by_report.get(report)
    if crimes is None:
        crimes = context.counting_by_report[report] = _counting_crimes(report, context)
    return crimes


def _counting_crimes(report: Matter[Report], context: Context) -> list[CountingCrime]:
    counting = {}
    for linked in context.facts.crimes_of(report):
        crime = counting_in_place_of(linked, context)
        if crime is not None:
            counting[crime.ref] = crime
    crimes = [
        CountingCrime(recorded_at(crime), CrimeRef(ref), crime.newest.offence_class) for ref, crime in counting.items()
    ]
    if len(crimes) > 1:
        crimes.sort()
    return crimes


def counting_in_place_of(crime: Matter[Crime], context: Context) -> Matter[Crime] | None:
    """Return the crime that counts where ``crime`` is linked: itself, the one it duplicates, or none."""
    passed = set()
    while crime.ref not in passed:
        passed.add(crime.ref)
        newest = crime.newest
        if incident_class(newest) is not None:
            return None
        if newest.status == "RECORDED":
            return crime
        decision = crime.newest_decision()
        if decision is None:
            return crime if _counts_without_decision(crime, context) else None
        if is_invalid(decision, context):
            return None
        if decision.reason != "C3":
            return crime
        original = context.facts.crimes.get(CrimeRef(normalise(decision.duplicate_of or "")))
        if original is None:
            return crime  # Its feed does not hold which crime it duplicates.
        crime = original
    return None


def _counts_without_decision(crime: Matter[Crime], context: Context) -> bool:
    """Return whether a crime cancelled or transferred without a decision still counts.

    It does until ``cancelled-without-decision`` is breached; where no feed brings decisions, that is for ever.
    """
    if NoCrime.TOPIC not in context.completeness.named:
        return True
    lapses = lapses_at(crime, context)
    return lapses is not None and context.clock <= lapses


def lapses_at(crime: Matter[Crime], context: Context) -> int | None:
    """Return the last moment (ms) at which a crime cancelled without a decision still counts, or None."""
    if not is_crime(crime):
        return None
    since = cancelled_since(crime)
    if since is None or crime.newest_decision() is not None:
        return None
    return since + context.policy(since).cancellation_grace


def n100_recorded_at(report: Matter[Report], context: Context) -> int | None:
    """Return when (ms) a report's earliest N100 record was recorded, if it may answer the report."""
    if not may_be_n100(report, report.newest, context):
        return None
    return earliest(
        *(
            recorded_at(crime)
            for crime in context.facts.crimes_of(report)
            if crime.newest.status == "RECORDED" and incident_class(crime.newest) == "N100"
        )
    )


def may_be_n100(report: Matter[Report], snapshot: Report, context: Context) -> bool:
    """Return whether a snapshot is of a report that an N100 record may answer.

    It is one of class RAPE when N100 codes were in force (from 2015-04-01; CRR p63, N100 Reported Incident of Rape): an
    incident, and from 2026-04-01 a referral or protection report too.
    """
    if report.kind is ASB_REPORT or offence_class_as_of(report, snapshot, context) != "RAPE":
        return False
    policy = context.policy(getattr(report.record.first, report.kind.begins))
    return policy.n100_accepted and (report.kind is INCIDENT or policy.n100_on_cis)
