"""partner-referral-unactioned: a victim was referred to an agency; nobody knows what it did.

HMIC 2014, 2.4: "There are also referral processes in place to other agencies, although there is not always the
capacity to follow up to check if the other agencies have taken the necessary action."
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Crime, PartnerReferral
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.completion_times import earliest
from streams.obligations.evidence import fact, time_fact
from streams.obligations.findings import Finding, Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recorded_crimes import is_recorded


def judge(crime: Matter[Crime], context: Context) -> list[Obligation] | None:
    """Return one obligation a referral, due 14 days after referred_at; met when the agency acted."""
    if not is_recorded(crime):
        return None
    return [_obligation(name, same, context) for name, same in context.derived(crime, referrals).items()]


def referrals(crime: Matter[Crime]) -> dict[str, list[PartnerReferral]]:
    """Return the crime's referrals by agency and referred_at; one that is listed twice is one.

    An agency is no reference: it is named as the crime names it.
    """
    listed: dict[str, list[PartnerReferral]] = {}
    for referral in crime.newest.partner_referrals:
        name = f"{referral.agency}|{to_rfc3339(referral.referred_at)}"
        listed.setdefault(name, []).append(referral)
    return listed


def _obligation(name: str, same: list[PartnerReferral], context: Context) -> Obligation:
    referred_at = same[0].referred_at
    due_at = referred_at + context.policy(referred_at).partner_action_limit
    return Obligation(due_at, None, _actioned_at(same), discriminator=name)


def _actioned_at(same: list[PartnerReferral]) -> int | None:
    return earliest(*(referral.actioned_at for referral in same))


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show the agency, when the victim was referred to it, and when it acted."""
    newest = crime.newest
    same = context.derived(crime, referrals)[finding.discriminator]
    return (
        fact("agency", same[0].agency, newest),
        time_fact("referred_at", same[0].referred_at, newest),
        time_fact("actioned_at", _actioned_at(same), newest),
    )


RULE = Rule(
    id="partner-referral-unactioned",
    about={CRIME: feeds(Crime)},
    severity="LOW",
    title="A partner agency has not acted on a referral",
    obligation="Follow up every referral of a victim to another agency until the agency has acted (HMIC 2014, 2.4).",
    runbook="Call the agency and ask what it did and when; enter that on the referral. If it cannot help, refer the "
    "victim elsewhere.",
    judge=judge,
    explain=explain,
    decided_by={Crime: each_of("partner_referrals")},
)
