"""rape-closed-unreviewed: a rape was closed without the review that its day asks for.

HMIC 2014, 2.5: "All reports of rape and subsequent investigation plans are overseen by a detective inspector and can
only be closed following a review by the detective chief inspector".

CRR p22, Rape and High-risk DA: of what is closed from 2026-04-01 "the decision maker ... must be of the rank of police
inspector or police staff equivalent or be part of an independent decision-making team working directly to the Force
Crime Registrar Unit".
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.evidence import fact, first_and_now, stated_facts
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.lacking import is_unknown, lacked_of
from streams.obligations.recorded_crimes import is_recorded_rape
from streams.obligations.text import has_text
from streams.policy import Policy


def judge(crime: Matter[Crime], context: Context) -> Condition | None:
    """Judge it wrong while closed without a review by who may, or an overseeing DI where one is asked."""
    if not is_recorded_rape(crime) or crime.newest.closed_at is None:
        return None
    policy = context.policy(crime.newest.closed_at)
    overseen = not policy.rape_overseen_by_di or _is_overseen(crime)
    overseen = overseen or is_unknown(crime.newest, "oversight_di", lacked_of(crime, context))
    return Condition(wrong=not overseen or not _is_reviewed(crime.newest, policy))


def _is_overseen(crime: Matter[Crime]) -> bool:
    return has_text(crime.newest.oversight_di)


def _is_reviewed(crime: Crime, policy: Policy) -> bool:
    """Return whether somebody reviewed the closure, or gave the outcome, who may."""
    reviewers, deciders = policy.rape_closure_reviewed_by, policy.rape_outcome_decided_by
    return crime.closure_reviewed_role in reviewers or crime.outcome_role in deciders


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show when it was closed and what of it is missing; no officer is named."""
    closure_facts = first_and_now("closed_at", "closure_reviewed_role")(crime, context, finding)
    closed_at = crime.newest.closed_at
    if closed_at is not None and not context.policy(closed_at).rape_overseen_by_di:
        return (*closure_facts, *stated_facts(crime.newest, "outcome_role"))
    return (*closure_facts, fact("overseen_by_di", _is_overseen(crime), crime.newest))


RULE = Rule(
    id="rape-closed-unreviewed",
    about={CRIME: feeds(Crime)},
    severity="HIGH",
    title="A rape was closed without oversight and review",
    obligation="A detective inspector oversees every rape investigation, and a detective chief inspector reviews it "
    "before it is closed (HMIC 2014, 2.5). From 2026-04-01 an inspector, or an independent decision maker working to "
    "the registrar, decides its closure (CRR p22, Rape and High-risk DA).",
    runbook="Re-open the crime until somebody has reviewed it who may: an inspector, detective inspector or detective "
    "chief inspector, an independent decision maker of the registrar's, the deputy or the registrar. Enter the review "
    "on the record. What was closed before 2026-04-01 needs a detective chief inspector's, and the overseeing "
    "detective inspector.",
    judge=judge,
    explain=explain,
    decided_by={Crime: (("closure_reviewed_role", "outcome_role"),)},
)
