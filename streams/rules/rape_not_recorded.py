"""rape-not-recorded: a report of rape has no crime record of rape, nor N100, within the hour.

Leicestershire's rape policy (HMIC 2014, 2.5): the first officer to attend records the crime, not a specialist later.
CRR p63, N100 Reported Incident of Rape: from 2015-04-01 a report that is not (yet) a crime is recorded under N100.
"""

from __future__ import annotations

from schemas.records import Crime, Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import was_ever_of_class
from streams.obligations.completion_times import earliest
from streams.obligations.counting import counting_crimes, n100_recorded_at
from streams.obligations.dispositions import RAPE_DISPOSITIONS, disposed_since
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recording import ALSO_COUNTING


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due an hour after reported_at; met by a counting rape crime, N100 or valid duplicate."""
    if not was_ever_of_class(incident, "RAPE", context):
        return None
    reported_at = incident.record.first.reported_at
    due_at = reported_at + context.policy(reported_at).rape_recording_limit
    for crime in counting_crimes(incident, context):
        if crime.offence_class == "RAPE":
            return Obligation(due_at, None, crime.recorded_at, "RECORDED_LATE")
    met_at = earliest(disposed_since(incident, context, RAPE_DISPOSITIONS), n100_recorded_at(incident, context))
    return Obligation(due_at, None, met_at, "DISPOSED_LATE")


RULE = Rule(
    id="rape-not-recorded",
    about={INCIDENT: feeds(Incident, Crime)},
    also=ALSO_COUNTING,
    severity="CRITICAL",
    title="A reported rape is not recorded",
    obligation="Record a report of rape as a crime, or under N100, when it is reported (CRR p63, N100 Reported "
    "Incident of Rape; HMIC 2014, 2.5).",
    runbook="Call the officer attending: the crime is recorded now, before any specialist decides. If it is no crime "
    "yet, record it under N100 with the reason.",
    judge=judge,
    explain=report_and_crimes("offence_class", "disposition", "n100_code", "crime_refs"),
    decided_by={Incident: each_of("offence_class")},
)
