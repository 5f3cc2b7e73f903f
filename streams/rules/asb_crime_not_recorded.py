"""asb-crime-not-recorded: an ASB report disclosed a crime that is not recorded in time.

HMIC 2014, 2.1: two audits in 2013 "showed that crimes linked to ASB reports were being under-recorded".
"""

from __future__ import annotations

from schemas.records import AsbReport, Crime
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, Matter
from streams.obligations.assessments import crimes_disclosed
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.recording import ALSO_COUNTING, recording_obligation, risk_moment


def judge(report: Matter[AsbReport], context: Context) -> Obligation | None:
    """Judge as crime-not-recorded, with the decision for disposition."""
    required = crimes_disclosed(report, context)
    if required is None:
        return None
    reported_at = report.record.first.reported_at
    policy = context.policy(reported_at)
    return recording_obligation(report, context, reported_at, risk_moment(reported_at, policy), required, policy)


RULE = Rule(
    id="asb-crime-not-recorded",
    about={ASB_REPORT: feeds(AsbReport, Crime)},
    also=ALSO_COUNTING,
    severity="MEDIUM",
    title="A crime disclosed by an anti-social behaviour report is not recorded",
    obligation="Record every crime an ASB report discloses within the recording limit (CRR p10, When to record?).",
    runbook="Find who holds the report in SENTINEL; record the crime in CIS, or decide with a rationale that there is "
    "none and tell the reporter.",
    judge=judge,
    explain=report_and_crimes("partner", "crimes_expected", "decision", "crime_refs"),
)
