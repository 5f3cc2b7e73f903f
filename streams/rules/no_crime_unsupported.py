"""no-crime-unsupported: a recorded crime was cancelled or transferred on nothing that can be shown.

CRR p25-26, Cancellation Categories: C1 needs the receiving force's reference, C2 additional verifiable information
(AVI), C3 the record it duplicates, C5 an assault of a class where self-defence may be claimed.  OUT p27, C4: "clearly
documented information" that it was a mistake.  HMIC 2014, 2.3: of 23 robbery no-crimes only 17 were correct, for want
of AVI.
"""

from __future__ import annotations

from schemas.records import Crime, NoCrime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.no_crime_decisions import decided_at_of, decision_conditions, explain_decision
from streams.obligations.no_crime_validity import is_put_right, is_support_unknown, is_unsupported


def judge(crime: Matter[Crime], context: Context) -> list[Condition]:
    """Return one condition a decision: wrong while unsupported and not put right."""

    def is_wrong(decision: NoCrime) -> bool:
        return is_unsupported(decision, context) and not is_put_right(crime, decision.decided_at, context)

    return decision_conditions(crime, is_wrong, is_unknown=lambda decision: is_support_unknown(decision, context))


RULE = Rule(
    id="no-crime-unsupported",
    about={CRIME: feeds(Crime, NoCrime)},
    severity="HIGH",
    title="A crime was cancelled without what the reason rests on",
    obligation="Cancel or transfer a crime only on additional verifiable information, a reference or a reason that "
    "the counting rules ask for (CRR p25-26, Cancellation Categories).",
    runbook="Ask the decision maker for what is missing and have it entered on the decision; if there is none, restore "
    "the crime.",
    judge=judge,
    explain=explain_decision("reason", "avi", "rationale", "receiving_ref", "duplicate_of", "offence_code"),
    dated=decided_at_of,
    decided_by={NoCrime: (("avi", "rationale"), *each_of("receiving_ref", "duplicate_of", "offence_code"))},
)
