"""outcome-unsuitable: a crime has an outcome that the framework does not allow, or not so decided.

OUT p9, Outcome Types: "all recorded crimes will be assigned one of the following outcome types", each with what must be
so before it is given.  The policy's table ``unsuitable_outcomes`` has a row for each of these sentences that a record
can show, with its page; ``streams/policies/OUTCOMES.md`` has all of them.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Crime, Disposal
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.evidence import fact, stated_facts
from streams.obligations.findings import Condition, Finding, Obligation, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recorded_crimes import is_recorded
from streams.obligations.text import has_text
from streams.obligations.unsuitable_outcomes import (
    FIELDS_ASKED,
    disposals_asked,
    flags_asked,
    is_not_known,
    is_unsuitable,
)
from streams.policy.outcome_names import outcome_name, outcome_number
from streams.policy.outcome_rows import OutcomeRow


def judge(crime: Matter[Crime], context: Context) -> list[Finding] | None:
    """Return a finding for each row of the table in force at outcome_at.

    It is wrong at once while the row is broken.  A row with a deadline is due that long after outcome_at, and met by
    the registrar's oversight.
    """
    if not is_recorded(crime):
        return None
    number, outcome_at = outcome_number(crime.newest.outcome), crime.newest.outcome_at
    if number is None or outcome_at is None:
        return None
    rows = context.policy(outcome_at).unsuitable_outcomes
    findings = (_finding(name, row, number, outcome_at, crime, context) for name, row in rows.items() if row.outcomes)
    return [finding for finding in findings if finding is not None]


def _finding(
    name: str, row: OutcomeRow, number: str, outcome_at: int, crime: Matter[Crime], context: Context
) -> Finding | None:
    """Return what a row finds; None where that is not known, or where it asks for no oversight."""
    unsuitable = number in row.outcomes and is_unsuitable(row, crime, context)
    if row.within is None:
        return None if unsuitable is None else Condition(wrong=unsuitable, discriminator=name)
    if not unsuitable or is_not_known(crime, "fcr_oversight_at", context):
        return None
    return Obligation(outcome_at + row.within, None, crime.newest.fcr_oversight_at, discriminator=name)


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show the outcome by name, who decided it, what the row demands and what the record says of it.

    No suspect, offender or reason is shown, only whether one is stated; of the flags those that the row is about.
    """
    newest = crime.newest
    at = newest.outcome_at or 0
    row = context.policy(at).unsuitable_outcomes[finding.discriminator]
    return (
        *stated_facts(newest, "outcome"),
        fact("outcome_type", outcome_name(newest.outcome, at), newest),
        fact("demanded", f"{row.demand} ({row.page})"),
        *stated_facts(newest, "outcome_at", "outcome_role", "fcr_oversight_at"),
        *stated_facts(newest, "offence_code", "offence_class", "domestic_abuse"),
        fact("flags", flags_asked(row, newest), newest),
        fact("suspect_stated", has_text(newest.suspect_token), newest),
        fact("outcome_rationale_stated", has_text(newest.outcome_rationale), newest),
        *(
            stated
            for disposal in disposals_asked(row, crime, context)
            for stated in stated_facts(disposal.newest, "kind", "offender_age", "offence_admitted")
        ),
    )


def decided_at(crime: Matter[Crime], _finding: Finding) -> int | None:
    """Return when (ms) the outcome was given."""
    return crime.newest.outcome_at


RULE = Rule(
    id="outcome-unsuitable",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="A crime has an outcome that the framework does not allow",
    obligation="Give a recorded crime only an outcome that suits it, decided by whom and with the reasons and "
    "oversight that the framework asks for (OUT p9, Outcome Types).",
    runbook="Read under 'Demanded' what the framework asks for, and on the crime who gave the outcome and why. Have it "
    "authorised and the reasons recorded by whom it asks for, or give the outcome that fits; where the class, the "
    "flags or the disposal are entered wrongly, correct them. Tell the victim if the outcome changes.",
    judge=judge,
    explain=explain,
    also=feeds(Disposal),
    clauses_decided_by={Crime: each_of("outcome", "outcome_at", *FIELDS_ASKED)},
    dated=decided_at,
)
