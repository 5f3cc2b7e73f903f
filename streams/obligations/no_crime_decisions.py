"""What rules about no-crime decisions share: one finding a decision, identified by decided_at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schemas.identifiers import normalise
from schemas.products import Fact, Severity
from schemas.records import Crime, NoCrime
from schemas.times import from_rfc3339, to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.evidence import fact, stated_facts, time_fact
from streams.obligations.findings import Condition, Explanation, Finding
from streams.obligations.text import has_text


def decisions(crime: Matter[Crime]) -> list[NoCrime]:
    """Return the newest snapshot of each no-crime decision on a crime, in order of decided_at."""
    if not crime.decisions:
        return []
    return [crime.decisions[at].newest for at in sorted(crime.decisions) if crime.decisions[at].effective_count]


def decided_at_of(_crime: Matter[Crime], finding: Finding) -> int:
    """Return when (ms) the decision was taken that a finding is about."""
    return from_rfc3339(finding.discriminator.rpartition("|")[2])


def decision_conditions(
    crime: Matter[Crime],
    is_wrong: Callable[[NoCrime], bool],
    *,
    is_unknown: Callable[[NoCrime], bool],
    rape: Severity | None = None,
) -> list[Condition]:
    """Return a condition for each decision on a crime of which it is known whether it is wrong.

    ``rape`` is the severity where it is about a rape.
    """
    return [
        Condition(
            wrong=is_wrong(decision),
            discriminator=to_rfc3339(decision.decided_at),
            severity=rape if decision.offence_class == "RAPE" else None,
            offence_class=decision.offence_class,
        )
        for decision in decisions(crime)
        if not is_unknown(decision)
    ]


def decision_of(crime: Matter[Crime], finding: Finding) -> NoCrime | None:
    """Return the decision that a finding is about, by the decided_at that its discriminator ends in."""
    record = crime.decisions.get(decided_at_of(crime, finding))
    return record.newest if record is not None and record.effective_count else None


def explain_decision(*names: str) -> Explanation[Crime]:
    """Return an explanation that shows what a decision states in the fields ``names``, but no free text."""

    def explain(crime: Matter[Crime], _context: Context, finding: Finding) -> tuple[Fact, ...]:
        decision = decision_of(crime, finding)
        if decision is None:
            return ()
        return (
            time_fact("decided_at", decision.decided_at, decision),
            *(fact_shown for name in names for fact_shown in _field_facts(decision, name)),
        )

    return explain


def _field_facts(decision: NoCrime, name: str) -> Iterator[Fact]:
    """Yield the facts for one field of a decision.

    Of free text and information they say only that, and how much, is given.
    """
    match name:
        case "rationale":
            yield fact("rationale_given", has_text(decision.rationale), decision)
        case "avi":
            yield fact("avi", len(decision.avi), decision)
            yield fact("avi_verified", sum(has_text(item.verified_by) for item in decision.avi), decision)
        case "duplicate_of":
            yield fact("duplicate_of", normalise(decision.duplicate_of or "") or None, decision)
        case _:
            yield from stated_facts(decision, name)
