"""offence-misclassified: the crimes recorded for a report are all of other classes than its own.

HMIC 2014, Part B: of 100 crimes recorded from incidents 3 were wrongly classified.  CRR p13, Classification
and reclassification: "made at the time of recording", with "the information available" then.
"""

from __future__ import annotations

from schemas.records import Crime, Incident, ProtectionReport, Referral
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, PROTECTION_REPORT, REFERRAL, Matter
from streams.obligations.assessments import offence_class_now
from streams.obligations.counting import counting_crimes
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recording import ALSO_COUNTING


def judge(report: Matter[Incident | Referral | ProtectionReport], context: Context) -> Condition | None:
    """Judge it wrong while no counting crime of a finished report has its class."""
    newest = report.newest
    finished = newest.status == "CLOSED" if isinstance(newest, Incident) else newest.decision is not None
    offence_class = offence_class_now(report, context) if finished else None
    if offence_class is None:
        return None
    crimes = counting_crimes(report, context)
    if not crimes:
        return None
    return Condition(wrong=all(crime.offence_class != offence_class for crime in crimes))


RULE: Rule[Incident | Referral | ProtectionReport] = Rule(
    id="offence-misclassified",
    about={
        INCIDENT: feeds(Incident, Crime),
        REFERRAL: feeds(Referral, Crime),
        PROTECTION_REPORT: feeds(ProtectionReport, Crime),
    },
    also=ALSO_COUNTING,
    severity="MEDIUM",
    title="The recorded crime is of another class than the report",
    obligation="Classify a crime as what was reported, unless evidence shows otherwise (CRR p13, Classification and "
    "reclassification).",
    runbook="Compare the report with the crime record and correct whichever is wrong; a reclassification is decided by "
    "a designated decision maker.",
    judge=judge,
    explain=report_and_crimes("offence_class"),
    decided_by={
        Incident: each_of("offence_class"),
        Referral: each_of("offence_class"),
        ProtectionReport: each_of("offence_class"),
    },
)
