"""rape-recorded-by-specialist: recording a rape waited for a specialist, not the first officer.

HMIC 2014, 2.5: the force's rape policy of April 2013 "directs that the initial attending officer takes responsibility
for recording the incident as a crime on the CIS rather than waiting for a decision by a specialist investigator".
"""

from __future__ import annotations

from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.counting import recorded_at
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recorded_crimes import is_recorded_rape

FIRST_HANDS = frozenset({"ATTENDING_OFFICER", "CALL_HANDLER"})


def judge(crime: Matter[Crime], context: Context) -> Condition | None:
    """Judge it wrong if, under the policy, neither the attending officer nor call handler recorded it."""
    if not is_recorded_rape(crime) or not context.policy(recorded_at(crime)).first_officer_records_rape:
        return None
    return Condition(wrong=crime.newest.recorded_by_role not in FIRST_HANDS)


RULE = Rule(
    id="rape-recorded-by-specialist",
    about={CRIME: feeds(Crime)},
    severity="LOW",
    title="A rape was not recorded by the first officer",
    obligation="The officer who first attends, or the call handler, records a rape; nobody waits for a specialist "
    "(force rape policy of April 2013; HMIC 2014, 2.5).",
    runbook="Find out whether recording waited for a specialist's decision, and how long. Remind the team of the rape "
    "policy; correct the role if it was entered wrongly.",
    judge=judge,
    explain=first_and_now("offence_class", "recorded_by_role"),
    decided_by={Crime: each_of("recorded_by_role")},
)
