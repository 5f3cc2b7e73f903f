"""no-crime-unauthorised: a crime was cancelled by someone without authority, or not independent.

CRR p25, Responsibility for decision making: C2 to C5 are decided by someone independent of the investigation; CRR p25,
Rape and homicide crimes: under C2 by the Force Crime Registrar.  HMIC 2014, 2.3: "All no-crime requests for offences of
rape can only be authorised by the FCR."
"""

from __future__ import annotations

from schemas.records import Crime, NoCrime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.no_crime_decisions import decided_at_of, decision_conditions, explain_decision
from streams.obligations.no_crime_validity import is_authority_unknown, is_put_right, is_unauthorised


def judge(crime: Matter[Crime], context: Context) -> list[Condition]:
    """Return one condition a decision: wrong while taken without authority and not put right."""

    def is_wrong(decision: NoCrime) -> bool:
        return is_unauthorised(decision, context) and not is_put_right(crime, decision.decided_at, context)

    def is_unknown(decision: NoCrime) -> bool:
        return is_authority_unknown(decision, context)

    return decision_conditions(crime, is_wrong, is_unknown=is_unknown, rape="CRITICAL")


RULE = Rule(
    id="no-crime-unauthorised",
    about={CRIME: feeds(Crime, NoCrime)},
    severity="HIGH",
    title="A crime was cancelled without authority",
    obligation="Only the registrar cancels a rape or a homicide, only a designated decision maker or the registrar any "
    "other crime, and C2 to C5 only someone independent of the investigation (CRR p25, Responsibility for "
    "decision making; CRR p25, Rape and homicide crimes).",
    runbook="The crime stands as recorded until someone with authority decides. Put it to the Force Crime Registrar or "
    "a designated decision maker, or restore the record.",
    judge=judge,
    explain=explain_decision("decided_by_role", "reason", "independent", "offence_class"),
    decided_by={NoCrime: each_of("decided_by_role")},
    dated=decided_at_of,
)
