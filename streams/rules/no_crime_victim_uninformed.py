"""no-crime-victim-uninformed: the victim was not told before a crime was cancelled or transferred.

CRR p26, Notifying victims and recording action taken: under C1, C2 and C5 "the decision maker must assure themselves
that the victim(s) have been informed of the police decision ... That notification must have been made prior to the
cancellation from the statistical records."  HMIC 2014, 2.4: victims should always be contacted where a no-crime is
considered, but supervisors "could not be certain if this was always done".
"""

from __future__ import annotations

from schemas.records import Crime, NoCrime
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.cancellations import first_cancelled_at
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of, is_undecidable
from streams.obligations.no_crime_decisions import decided_at_of, decisions, explain_decision

REASONS = frozenset({"NO_CRIME", "C1", "C2", "C5"})
"""Those of which a victim must be told; C3 and C4 take no crime from anybody."""


def judge(crime: Matter[Crime], context: Context) -> list[Obligation] | None:
    """Return one obligation a decision, due at decided_at or, if later, when CIS shows it cancelled."""
    cancelled_at = first_cancelled_at(crime)
    if cancelled_at is None:
        return None
    return [
        Obligation(
            due_at=max(decision.decided_at, cancelled_at),
            met_at=decision.victim_informed_at,
            discriminator=to_rfc3339(decision.decided_at),
            offence_class=decision.offence_class,
        )
        for decision in decisions(crime)
        if decision.reason in REASONS and not is_undecidable(decision, "victim_informed_at", context)
    ]


RULE = Rule(
    id="no-crime-victim-uninformed",
    about={CRIME: feeds(Crime, NoCrime)},
    severity="HIGH",
    title="A victim was not told that the crime is cancelled",
    obligation="Tell the victim before a crime is cancelled (no-crime, C2, C5) or transferred (C1), and keep a record "
    "of having told them (CRR p26, Notifying victims and recording action taken).",
    runbook="Have the decision maker tell the victim now, with the new crime number if the crime went to another "
    "force, and enter when that was done on the decision.",
    judge=judge,
    explain=explain_decision("reason", "victim_informed_at", "offence_class"),
    decided_by={NoCrime: each_of("victim_informed_at")},
    dated=decided_at_of,
)
