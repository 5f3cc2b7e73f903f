"""referral-not-audited: a referral chosen for the registrar's audit has not been audited.

HMIC 2014, recommendation 2: the force "should establish a proportionate and effective process for auditing (by the
FCR) referrals by other organisations ..., with special attention being directed to those involving vulnerable adults
and children".
"""

from __future__ import annotations

from schemas.records import Referral
from streams.audits.referrals import audited_at
from streams.facts.context import Context
from streams.facts.matters import REFERRAL, Matter
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.referral_audit import is_audited


def judge(referral: Matter[Referral], context: Context) -> Obligation | None:
    """Judge it due 14 days after received_at, if selected; met at fcr_audited_at or the FCR's reading."""
    received_at = referral.record.first.received_at
    policy = context.policy(received_at)
    if not is_audited(context.force, referral.newest, policy.audit_share_percent):
        return None
    return Obligation(received_at + policy.audit_limit, None, audited_at(referral, context))


RULE = Rule(
    id="referral-not-audited",
    about={REFERRAL: feeds(Referral)},
    severity="MEDIUM",
    title="A referral chosen for audit is not audited",
    obligation="The Force Crime Registrar audits every referral with a vulnerable person and a sample of the others "
    "(HMIC 2014, recommendation 2).",
    runbook="The registrar compares the referral with the crime records that came of it and enters in CATS when it was "
    "audited and with what outcome.",
    judge=judge,
    explain=first_and_now("unit", "agency_sector", "vulnerable", "fcr_audited_at"),
)
