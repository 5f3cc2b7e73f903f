"""referral-unlinked: a referral or protection report has no crime record, and no decision.

HMIC 2014, Part B: of 16 crimes in 55 referrals 6 were recorded; "a matter of urgent importance".  CATS and CIS are not
linked, so only a look at both shows it.  What reaches a force about people at risk by other ways (ppn.reports.v1) is
judged alike, but warned of as any report is, and only where it is known what it discloses.
"""

from __future__ import annotations

import msgspec

from schemas.products import Fact
from schemas.records import Crime, ProtectionReport, Referral
from streams.facts.context import Context
from streams.facts.matters import PROTECTION_REPORT, REFERRAL, Matter, is_kind
from streams.obligations.assessments import crimes_disclosed, crimes_expected_now
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Finding, Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recording import ALSO_COUNTING, recording_obligation


def judge(report: Matter[Referral | ProtectionReport], context: Context) -> Obligation | None:
    """Judge it at risk soon after it was received, due at the limit; critical past it for the vulnerable."""
    required = crimes_disclosed(report, context)
    if required is None and crimes_expected_now(report, context) is not None:
        return None
    received_at = report.record.first.received_at
    policy = context.policy(received_at)
    risk_after = policy.referral_risk_after
    if is_kind(report, PROTECTION_REPORT):
        risk_after = policy.recording_limit - policy.risk_lead
    obligation = recording_obligation(report, context, received_at, received_at + risk_after, required or 1, policy)
    if not _is_critical(report, obligation, context):
        return obligation
    return msgspec.structs.replace(obligation, severity="CRITICAL")


def _is_critical(report: Matter[Referral | ProtectionReport], obligation: Obligation, context: Context) -> bool:
    """Return whether one about a child or vulnerable adult is unanswered past its due moment, or was."""
    moment = context.clock if obligation.met_at is None else obligation.met_at
    return bool(report.newest.vulnerable) and moment > obligation.due_at


_explain_referral = report_and_crimes("unit", "vulnerable", "crimes_expected", "decision", "crime_refs")
_explain_protection_report = report_and_crimes("kind", "vulnerable", "crimes_expected", "decision", "crime_refs")


def explain(report: Matter[Referral | ProtectionReport], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show to whom it came, who is at risk, what it discloses and which crimes count for it."""
    explain_report = _explain_protection_report if is_kind(report, PROTECTION_REPORT) else _explain_referral
    return explain_report(report, context, finding)


RULE: Rule[Referral | ProtectionReport] = Rule(
    id="referral-unlinked",
    about={REFERRAL: feeds(Referral, Crime), PROTECTION_REPORT: feeds(ProtectionReport, Crime)},
    also=ALSO_COUNTING,
    severity="HIGH",
    title="A child-abuse or online referral has no crime record",
    titles={PROTECTION_REPORT: "A report about a person at risk has no crime record"},
    obligation="Record the crimes another agency refers within the recording limit, as any other report (CRR p10, "
    "Crime Related Incidents, Referrals; HMIC 2014, Part A).",
    runbook="Ask the unit what the referral or report discloses. Record the crime in CIS and put its reference on it, "
    "or decide, with a rationale, that there is none and tell the agency.",
    judge=judge,
    explain=explain,
    decided_by={ProtectionReport: each_of("crimes_expected")},
    judged_once_disclosed=True,
)
