"""rape-closed-unreviewed: a rape was closed without an overseeing DI or a review by a DCI.

HMIC 2014, 2.5: "All reports of rape and subsequent investigation plans are overseen by a detective inspector and can
only be closed following a review by the detective chief inspector".
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.evidence import fact, first_and_now
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.lacking import is_unknown, lacked_of
from streams.obligations.recorded_crimes import is_recorded_rape
from streams.obligations.text import has_text


def judge(crime: Matter[Crime], context: Context) -> Condition | None:
    """Judge it wrong while closed without an overseeing DI, or without a closure review by a DCI."""
    if not is_recorded_rape(crime) or crime.newest.closed_at is None:
        return None
    overseen = _is_overseen(crime) or is_unknown(crime.newest, "oversight_di", lacked_of(crime, context))
    return Condition(wrong=not overseen or crime.newest.closure_reviewed_role != "DCI")


def _is_overseen(crime: Matter[Crime]) -> bool:
    return has_text(crime.newest.oversight_di)


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show when it was closed and which of the two is missing; no officer is named."""
    closure_facts = first_and_now("closed_at", "closure_reviewed_role")(crime, context, finding)
    return (*closure_facts, fact("overseen_by_di", _is_overseen(crime), crime.newest))


RULE = Rule(
    id="rape-closed-unreviewed",
    about={CRIME: feeds(Crime)},
    severity="HIGH",
    title="A rape was closed without oversight and review",
    obligation="A detective inspector oversees every rape investigation, and a detective chief inspector reviews it "
    "before it is closed (HMIC 2014, 2.5).",
    runbook="Re-open the crime until the detective chief inspector of the business area has reviewed it, and enter the "
    "review and the overseeing detective inspector on the record.",
    judge=judge,
    explain=explain,
    decided_by={Crime: (("closure_reviewed_role", "outcome_role"),)},
)
