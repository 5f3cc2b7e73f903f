"""victim-contract-missing: the victim of a recorded crime was given no victim care contract.

HMIC 2014, 2.4: "All victims of crime receive a victim care contract which sets out the frequency of contact from the
police and when the victim will receive updates about the investigation."
"""

from __future__ import annotations

from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.counting import recorded_at
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recorded_crimes import is_recorded
from streams.obligations.text import has_text


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 5 days after recorded_at where there is a victim; met at victim_care_contract_at."""
    if not is_recorded(crime) or not has_text(crime.newest.victim_token):
        return None
    start = recorded_at(crime)
    return Obligation(start + context.policy(start).victim_contract_limit, None, crime.newest.victim_care_contract_at)


RULE = Rule(
    id="victim-contract-missing",
    about={CRIME: feeds(Crime)},
    severity="LOW",
    title="A victim has no victim care contract",
    obligation="Every victim of a recorded crime receives a victim care contract (HMIC 2014, 2.4).",
    runbook="Ask the officer in the case to agree the contract with the victim, how often and by which means they will "
    "hear from the police, and to enter when that was done.",
    judge=judge,
    explain=first_and_now("victim_care_contract_at"),
    decided_by={Crime: each_of("victim_care_contract_at")},
)
