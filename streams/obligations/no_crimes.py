"""What the rules about no-crime decisions share: one finding a decision, told apart by its decided_at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.identifiers import normalise
from schemas.products import Fact, Severity
from schemas.records import NoCrime
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.evidence import fact, moment, stated
from streams.obligations.findings import Condition, Finding

NO_CRIMES = frozenset({"cis.crimes.v1", "cis.no-crimes.v1"})


def decisions(crime: Matter) -> list[NoCrime]:
    """Return what each no-crime decision on a crime says now, in order of decided_at."""
    return [crime.decisions[at].newest for at in sorted(crime.decisions) if crime.decisions[at].effective_count]


def decision_conditions(
    crime: Matter, is_wrong: Callable[[NoCrime], bool], *, rape: Severity | None = None
) -> list[Condition]:
    """Return a condition for each decision on a crime; ``rape`` is the severity where it is about a rape."""
    return [
        Condition(
            wrong=is_wrong(decision),
            discriminator=to_rfc3339(decision.decided_at),
            severity=rape if decision.offence_class == "RAPE" else None,
            offence_class=decision.offence_class,
        )
        for decision in decisions(crime)
    ]


def decision_of(crime: Matter, finding: Finding) -> NoCrime | None:
    """Return the decision that a finding is about, by the decided_at its discriminator ends in."""
    written = finding.discriminator.rpartition("|")[2]
    return next((made for made in decisions(crime) if to_rfc3339(made.decided_at) == written), None)


def explain_decision(*names: str) -> Any:
    """Return an explanation that shows what a decision states under each of ``names``, but no free text."""

    def explain(crime: Matter, _context: Context, finding: Finding) -> tuple[Fact, ...]:
        decision = decision_of(crime, finding)
        if decision is None:
            return ()
        return (
            moment("decided_at", decision.decided_at, decision),
            *(shown for name in names for shown in _shown(decision, name)),
        )

    return explain


def _shown(decision: NoCrime, name: str) -> tuple[Fact, ...]:
    if name == "rationale":
        return (fact("rationale_given", bool(decision.rationale and decision.rationale.strip()), decision),)
    if name == "avi":
        verified = sum(1 for item in decision.avi if item.verified_by and item.verified_by.strip())
        return (fact("avi", len(decision.avi), decision), fact("avi_verified", verified, decision))
    if name == "duplicate_of":
        return (fact("duplicate_of", normalise(decision.duplicate_of or "") or None, decision),)
    return tuple(stated(decision, name))
