"""crime-not-recorded: crimes that an incident disclosed, or was closed as, are not recorded in time.

CRR p7, Whether to record a crime?: an incident is recorded as a crime where on the balance of probability the
circumstances amount to one; CRR p10, When to record?: on the day of the report and no later than 24 hours after it (72
hours until 2015-04-01).  HMIC 2014, Part B: of 115 crimes in 123 Leicestershire incidents, 100 were recorded.
"""

from __future__ import annotations

from schemas.records import Crime, Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import crimes_disclosed
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.recording import ALSO_COUNTING, recording_obligation, risk_moment


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due at reported_at plus the limit; met by enough counting crimes or a valid disposition."""
    reported_at = incident.record.first.reported_at
    policy = context.policy(reported_at)
    required = crimes_disclosed(incident, context)
    newest = incident.newest
    if required is None and not (newest.status == "CLOSED" and policy.is_crime_code(newest.closing_code)):
        return None
    risk_at = risk_moment(reported_at, policy)
    return recording_obligation(incident, context, reported_at, risk_at, required or 1, policy)


RULE = Rule(
    id="crime-not-recorded",
    about={INCIDENT: feeds(Incident, Crime)},
    also=ALSO_COUNTING,
    severity="HIGH",
    title="A reported crime is not recorded",
    obligation="Record every crime a report discloses within the recording limit (CRR p7, Whether to record a "
    "crime?; CRR p10, When to record?).",
    runbook="Find the incident's crimes in CIS. Record what is missing, or dispose of the incident with a rationale "
    "and tell the reporter; then link the references.",
    judge=judge,
    explain=report_and_crimes("crimes_expected", "status", "closing_code", "disposition", "crime_refs"),
)
