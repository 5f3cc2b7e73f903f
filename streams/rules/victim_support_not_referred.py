"""victim-support-not-referred: a victim agreed to be put in touch with Victim Support and was not.

HMIC 2014, 2.4: "If the victim consents, their details are automatically forwarded to Victim Support."
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


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 2 days after recorded_at or, if later, after the record began to state consent."""
    consent = crime.record.since(_consents) if is_recorded(crime) else None
    if consent is None:
        return None
    start = max(recorded_at(crime), consent.event_time)
    return Obligation(start + context.policy(start).victim_support_limit, None, crime.newest.victim_support_referred_at)


def _consents(snapshot: Crime) -> bool:
    return bool(snapshot.victim_consents_support)


RULE = Rule(
    id="victim-support-not-referred",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="A victim who agreed to support was not referred",
    obligation="Forward the details of every victim who consents to Victim Support (HMIC 2014, 2.4).",
    runbook="Refer the victim to Victim Support today and enter when. If the victim has withdrawn consent, enter that "
    "instead.",
    judge=judge,
    explain=first_and_now("victim_consents_support", "victim_support_referred_at"),
    decided_by={Crime: each_of("victim_support_referred_at")},
)
