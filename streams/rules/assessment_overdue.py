"""assessment-overdue: no officer was sent, and the crime and incident unit has not looked either.

HMIC 2014, 2.1: "All reports of crime where an officer is not initially dispatched are assessed by the crime and
incident unit within the contact management centre ... The unit operates between 7.00am and 10.00pm."
"""

from __future__ import annotations

from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import crimes_expected_now
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.policy.calendar import working_deadline


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due after 4 hours of the unit's day, while it is undecided and no officer was dispatched."""
    newest = incident.newest
    if newest.officer_dispatched or crimes_expected_now(incident, context) is not None:
        return None
    reported_at = incident.record.first.reported_at
    policy = context.policy(reported_at)
    due_at = working_deadline(reported_at, policy.assessment_limit, policy.unit_opens, policy.unit_closes)
    return Obligation(due_at, None, newest.assessed_at)


RULE = Rule(
    id="assessment-overdue",
    about={INCIDENT: feeds(Incident)},
    severity="MEDIUM",
    title="A report with no officer sent has not been assessed",
    obligation="The crime and incident unit assesses every report to which no officer is dispatched (HMIC 2014, 2.1), "
    "within the policy's limit of its working day.",
    runbook="Have the crime and incident unit read the report now: decide how many crimes it discloses, record them by "
    "telephone or send an officer, and enter the assessment on the incident.",
    judge=judge,
    explain=first_and_now("status", "officer_dispatched", "crimes_expected", "assessed_at"),
    decided_by={Incident: each_of("assessed_at", "officer_dispatched")},
)
