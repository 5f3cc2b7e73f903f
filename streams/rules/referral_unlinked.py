"""referral-unlinked: a CAIU or POLIT referral has no crime record, and no decision to have none.

HMIC 2014, Part B: of 16 crimes in 55 referrals 6 were recorded; "a matter of urgent importance".  CATS and CIS are not
linked, so only a look at both shows it.
"""

from __future__ import annotations

from schemas.products import Severity
from schemas.records import Crime, Referral
from streams.facts.context import Context
from streams.facts.matters import REFERRAL, Matter
from streams.obligations.assessments import crimes_disclosed, crimes_expected_now
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.recording import ALSO_COUNTING, recording_obligation


def judge(referral: Matter[Referral], context: Context) -> Obligation | None:
    """Judge it at risk 15 minutes after received_at, due at the limit; critical for the vulnerable."""
    required = crimes_disclosed(referral, context)
    newest = referral.newest
    if required is None and crimes_expected_now(referral, context) is not None:
        return None
    received_at = referral.record.first.received_at
    policy = context.policy(received_at)
    risk_at = received_at + policy.referral_risk_after
    severity: Severity | None = "CRITICAL" if newest.vulnerable else None
    return recording_obligation(referral, context, received_at, risk_at, required or 1, policy, severity)


RULE = Rule(
    id="referral-unlinked",
    about={REFERRAL: feeds(Referral, Crime)},
    also=ALSO_COUNTING,
    severity="HIGH",
    title="A child-abuse or online referral has no crime record",
    obligation="Record the crimes another agency refers within the recording limit, as any other report (CRR p10, "
    "Crime Related Incidents, Referrals; HMIC 2014, Part A).",
    runbook="Ask the unit what the referral discloses. Record the crime in CIS and put its reference on the referral, "
    "or decide, with a rationale, that there is none and tell the agency.",
    judge=judge,
    explain=report_and_crimes("unit", "vulnerable", "crimes_expected", "decision", "crime_refs"),
)
