"""rape-not-overseen: no control-room inspector has overseen a reported rape within the hour.

HMIC 2014, 2.5: "all incidents of rape are overseen and managed by the control room inspectors".
"""

from __future__ import annotations

from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import was_ever_of_class
from streams.obligations.completion_times import done_at
from streams.obligations.evidence import report_as_assessed
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.fixed_times import fixed_time, is_overseen
from streams.obligations.lacking import each_of


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due an hour after reported_at; met at the overseen_at first stated for an inspector."""
    record = incident.record
    if not was_ever_of_class(incident, "RAPE", context):
        return None
    reported_at = record.first.reported_at
    met_at = record.first_stated(lambda snapshot: fixed_time(snapshot, "overseen_at"))
    if met_at is None:
        met_at = done_at(record, is_overseen)
    return Obligation(reported_at + context.policy(reported_at).rape_oversight_limit, None, met_at)


RULE = Rule(
    id="rape-not-overseen",
    about={INCIDENT: feeds(Incident)},
    severity="HIGH",
    title="A reported rape is not overseen by an inspector",
    obligation="A control-room inspector oversees every incident of rape from its first hour (force rape policy; HMIC "
    "2014, 2.5).",
    runbook="Tell the duty control-room inspector, who takes oversight and enters it on the incident.",
    judge=judge,
    explain=report_as_assessed("offence_class", "overseen_role", "overseen_at"),
    decided_by={Incident: each_of("offence_class", "overseen_at", "overseen_role")},
)
