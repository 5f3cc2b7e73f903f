"""dispute-undecided: how to record a crime is in dispute, and the registrar has not settled it.

HMIC 2014, 3.3: the Force Crime Registrar "is the final arbiter in all crime-recording disputes", supported by a
deputy.  A dispute stays one when the record is cancelled or transferred in the meantime.
"""

from __future__ import annotations

from schemas.identifiers import normalise
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.completion_times import done_at
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of, is_unknown, lacked_of
from streams.obligations.recorded_crimes import is_crime

ARBITERS = frozenset(map(normalise, ("FCR", "DEPUTY_FCR")))


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 14 days after dispute_raised_at; only the registrar or the deputy can meet it."""
    if not is_crime(crime) or crime.newest.dispute_raised_at is None:
        return None
    raised_at = crime.newest.dispute_raised_at
    lacked = lacked_of(crime, context)

    def is_decided(snapshot: Crime) -> bool:
        if is_unknown(snapshot, "dispute_decided_role", lacked):
            return snapshot.dispute_decided_at is not None
        return normalise(snapshot.dispute_decided_role or "") in ARBITERS

    decided_at = done_at(crime.record, is_decided, lambda snapshot: snapshot.dispute_decided_at)
    return Obligation(raised_at + context.policy(raised_at).dispute_limit, None, decided_at)


RULE = Rule(
    id="dispute-undecided",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="A recording dispute is not decided",
    obligation="The Force Crime Registrar or the deputy decides every crime-recording dispute (HMIC 2014, 3.3), within "
    "the policy's limit.",
    runbook="Put the crime and both views before the Force Crime Registrar. The decision, who took it and when go on "
    "the crime record; a decision by anybody else does not end the dispute.",
    judge=judge,
    explain=first_and_now("status", "dispute_raised_at", "dispute_decided_at", "dispute_decided_role"),
    decided_by={Crime: each_of("dispute_decided_at")},
)
