"""disposal-outcome-inadequate: a resolution resolved nothing, or the offence was not admitted.

HMIC 2014, 2.2: 20 of 25 community resolutions "showed that the agreed outcome was meaningful and appropriate", and
note 12: the officer confirms "the offender admits the offence".  OUT p15, Outcome Type 8: "Ensure all interventions
have a clear rehabilitative and/or reparative purpose.  Confirm and record whether the suspect accepts responsibility
or admits guilt for the offence."
"""

from __future__ import annotations

from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.disposals import disposal_condition, explain_disposal
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of


def judge(disposal: Matter[Disposal], _context: Context) -> Condition | None:
    """Judge it wrong unless a community resolution is stated to be meaningful and the offence admitted."""
    newest = disposal.newest
    if newest.kind != "COMMUNITY_RESOLUTION":
        return None
    return disposal_condition(newest, wrong=not (newest.outcome_meaningful is True and newest.offence_admitted is True))


RULE = Rule(
    id="disposal-outcome-inadequate",
    about={DISPOSAL: feeds(Disposal)},
    severity="MEDIUM",
    title="A community resolution is not meaningful, or nothing was admitted",
    obligation="A community resolution has a clear reparative or rehabilitative purpose and rests on an admission or "
    "accepted responsibility (OUT p15, Outcome Type 8; HMIC 2014, 2.2).",
    runbook="Ask what the offender agreed to do, and whether they accepted responsibility, and enter both. If there is "
    "neither, rescind the resolution and return the case to the officer.",
    judge=judge,
    explain=explain_disposal("outcome_meaningful", "offence_admitted"),
    decided_by={Disposal: each_of("outcome_meaningful", "offence_admitted")},
)
