"""cancelled-without-decision: a crime was cancelled, and no decision to do so is on record.

CRR p7, Whether to record a crime?: once recorded, a crime "will remain recorded" unless what shows otherwise "is found
and documented".  CRR p25, Responsibility for decision making: a designated decision maker evaluates it.
"""

from __future__ import annotations

from schemas.records import Crime, NoCrime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.cancellations import cancelled_since
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.recorded_crimes import is_crime


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 24 hours after it was cancelled or transferred; met by the earliest decision."""
    since = cancelled_since(crime)
    if since is None or not is_crime(crime):
        return None
    decided = [decided_at for decided_at, record in crime.decisions.items() if record.effective_count]
    return Obligation(since + context.policy(since).cancellation_grace, None, min(decided, default=None))


RULE = Rule(
    id="cancelled-without-decision",
    about={CRIME: feeds(Crime, NoCrime)},
    severity="HIGH",
    title="A crime is cancelled and no decision is on record",
    obligation="Cancel or transfer a crime only by a recorded decision (CRR p25, Responsibility for decision making).",
    runbook="Find who changed the record. Have the decision entered with its reason and support, or restore the crime.",
    judge=judge,
    explain=first_and_now("status", "offence_class"),
)
