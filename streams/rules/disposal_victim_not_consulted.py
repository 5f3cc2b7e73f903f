"""disposal-victim-not-consulted: an offence with a victim was disposed of without the victim's view.

HMIC 2014, 2.2: "Out of the 18 cases where there was a victim to consult, 14 cases showed that the victims' views had
been considered."  OUT p10, Outcome Type 2: "Verify the victim's views were considered".
"""

from __future__ import annotations

from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.disposals import disposal_condition, explain_disposal
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of


def judge(disposal: Matter[Disposal], _context: Context) -> Condition | None:
    """Judge it wrong where there is a victim and it is not stated that they were consulted."""
    newest = disposal.newest
    if not newest.victim_present:
        return None
    return disposal_condition(newest, wrong=newest.victim_consulted is not True)


RULE = Rule(
    id="disposal-victim-not-consulted",
    about={DISPOSAL: feeds(Disposal)},
    severity="MEDIUM",
    title="A victim was not consulted on a disposal",
    obligation="Consider the victim's views before an offence is disposed of out of court (OUT p10, Outcome Type 2; "
    "HMIC 2014, 2.2).",
    runbook="Ask the officer whether and when the victim was consulted, and enter it. If not, speak to the victim now; "
    "if their view would have changed the outcome, put the disposal to its reviewer.",
    judge=judge,
    explain=explain_disposal("victim_present", "victim_consulted"),
    decided_by={Disposal: each_of("victim_consulted")},
)
