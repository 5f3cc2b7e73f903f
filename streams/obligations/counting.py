"""Which of the crimes linked to a report count, and since when.

A linked crime that CIS holds counts while RECORDED.  Cancelled or transferred without a decision it counts on for a
grace period; with decisions it counts when the newest of them is without flaw, but under C3 the crime that it
duplicates stands in its place.  A record coded N100 is a reported incident of rape, not a crime.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from schemas.identifiers import normalise
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import Counted, Matter
from streams.obligations.no_crime_flaws import gone_since, is_flawed

_N100: Final = re.compile(r"N100|100(-|$)")


@lru_cache(maxsize=4096)
def is_n100(offence_code: str) -> bool:
    """Say whether a record is coded as a reported incident of rape, which is no crime.

    ``N100/01`` is how the rules name it, ``100/01`` its Home Office code (Notifiable Reported Incidents list); no
    notifiable offence is of class 100.
    """
    return _N100.match(normalise(offence_code)) is not None


def recorded_at(crime: Matter) -> int:
    """Return when the crime was recorded, as the first snapshot of it stated."""
    return int(crime.record.first.recorded_at)


def counting_crimes(report: Matter, context: Context) -> list[Counted]:
    """Return the crimes that count for a report, earliest recorded first, each once."""
    counted = context.counted.get(report)
    if counted is None:
        counted = context.counted[report] = _counting_crimes(report, context)
    return counted


def _counting_crimes(report: Matter, context: Context) -> list[Counted]:
    standing = {}
    for crime in context.facts.crimes_of(report):
        stands = standing_for(crime, context)
        if stands is not None:
            standing[stands.ref] = stands
    counted = [Counted(recorded_at(crime), ref, crime.newest.offence_class) for ref, crime in standing.items()]
    if len(counted) > 1:
        counted.sort()
    return counted


def standing_for(crime: Matter, context: Context) -> Matter | None:
    """Return the crime that counts where ``crime`` is linked: itself, the one it duplicates, or none."""
    passed = set()
    while crime.ref not in passed:
        passed.add(crime.ref)
        said: Crime = crime.newest
        if is_n100(said.offence_code):
            return None
        if said.status == "RECORDED":
            return crime
        decision = crime.newest_decision()
        if decision is None:
            return crime if _counts_on(crime, context) else None
        if is_flawed(decision, context):
            return None
        if decision.reason != "C3":
            return crime
        crime = context.facts.crimes[normalise(decision.duplicate_of or "")]
    return None


def _counts_on(crime: Matter, context: Context) -> bool:
    """Say whether a crime gone from CIS without a decision counts on.

    Until ``cancelled-without-decision`` is breached it does: so where no feed tells of decisions, for ever.
    """
    if "cis.no-crimes.v1" not in context.completeness.named:
        return True
    lapses = lapses_at(crime, context)
    return lapses is not None and context.clock <= lapses


def lapses_at(crime: Matter, context: Context) -> int | None:
    """Return the last moment (ms) at which a crime gone from CIS without a decision still counts, or None."""
    if not crime.held or is_n100(crime.newest.offence_code):
        return None
    since = gone_since(crime)
    if since is None or crime.newest_decision() is not None:
        return None
    return since + context.policy(since).cancellation_grace


def n100_recorded_at(report: Matter, context: Context) -> int | None:
    """Return when the earliest N100 record linked to an incident was recorded, where it may meet anything at all.

    It meets what the disposition N100 meets, within the same limits: an incident of class RAPE now, reported when
    N100 codes were in force (from 2015-04-01, CRR "N100 Reported Incident of Rape").
    """
    if not may_be_n100(report, report.newest, context):
        return None
    records = [
        recorded_at(crime)
        for crime in context.facts.crimes_of(report)
        if crime.newest.status == "RECORDED" and is_n100(crime.newest.offence_code)
    ]
    return min(records, default=None)


def may_be_n100(report: Matter, said: object, context: Context) -> bool:
    """Say whether a snapshot of an incident is of a report that an N100 record may answer."""
    return (
        getattr(said, "offence_class", None) == "RAPE" and context.policy(report.record.first.reported_at).n100_accepted
    )
