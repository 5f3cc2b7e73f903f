"""crime-reclassified: a crime is of another class than at first, and nobody entitled to it said why.

CRR p13, Classification and reclassification: a crime "may be re-classified by an FCR or DDM if it is considered
appropriate to do so. Justification for the re-classification must be recorded within the crime record in an auditable
form."  CRR p63, N100 Reported Incident of Rape: from a rape to an N100 "must be carried out by a College of
Policing-accredited crime registrar".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from schemas.products import Fact
from schemas.records import Crime
from streams.actions.assessing import NO_CRIME_ROLES
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.assessments import REGISTRAR, given_assessments, registrars
from streams.obligations.completion_times import done_at, earliest
from streams.obligations.evidence import assessed_facts, fact, first_and_now
from streams.obligations.findings import Finding, Obligation, Rule, feeds
from streams.obligations.lacking import each_of, is_unknown, lacked_of
from streams.obligations.recorded_crimes import incident_class, is_of_same_class
from streams.obligations.text import has_text
from streams.policy import Policy

FIRST_CLASS: Final = "offence_class first"
"""The fact that names the class in which a crime was first recorded."""


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 24 hours after it became of its class; met by a reasoned word of who may."""
    if not _is_reclassified(crime):
        return None
    since = crime.record.since(lambda snapshot: is_of_same_class(snapshot, crime.newest))
    became_so_at = crime.newest.event_time if since is None else since.event_time
    before = crime.record.as_of(became_so_at - 1)
    not_before = became_so_at if before is None else before.event_time
    first = crime.record.first
    policy = context.policy(became_so_at)
    roles = deciders(first.offence_class, policy) | registrars(context)
    met_at = earliest(_recorded_at(crime, roles, not_before, context), _assessed_at(crime, roles, context))
    return Obligation(
        due_at=became_so_at + policy.reclassification_limit,
        met_at=met_at,
        severity="CRITICAL" if first.offence_class == "RAPE" else None,
    )


def _is_reclassified(crime: Matter[Crime]) -> bool:
    """Return whether a crime stands RECORDED in another class than at first, or as an incident now."""
    if crime.record.effective_count < 2:
        return False
    first, newest = crime.record.first, crime.newest
    if newest.status != "RECORDED" or incident_class(first) is not None:
        return False
    return not is_of_same_class(newest, first)


def deciders(offence_class: str, policy: Policy) -> frozenset[str]:
    """Return the roles that may reclassify a crime first recorded in this class."""
    return frozenset({REGISTRAR}) if offence_class in policy.reclassified_by_registrar_only else NO_CRIME_ROLES


def _recorded_at(crime: Matter[Crime], roles: Collection[str], not_before: int, context: Context) -> int | None:
    """Return when (ms) the crime record says that somebody entitled to it reclassified it, and why.

    What was decided before the class last changed was not about the class it has now.
    """
    newest, lacked = crime.newest, lacked_of(crime, context)

    def is_decided(snapshot: Crime) -> bool:
        decided_at = snapshot.reclassified_at
        return (
            snapshot.reclassified_role in roles
            and is_of_same_class(snapshot, newest)
            and (decided_at is None or decided_at >= not_before)
            and (
                has_text(snapshot.reclassification_rationale)
                or is_unknown(snapshot, "reclassification_rationale", lacked)
            )
        )

    return done_at(crime.record, is_decided, lambda snapshot: snapshot.reclassified_at)


def _assessed_at(crime: Matter[Crime], roles: Collection[str], context: Context) -> int | None:
    """Return when (ms) somebody entitled to it assessed the crime as of the class it has now, and why."""
    return earliest(
        *(
            given.at
            for given in given_assessments(crime, context)
            if given.newest.assessed_role in roles
            and given.newest.offence_class == crime.newest.offence_class
            and has_text(given.newest.rationale)
        )
    )


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show both classes and codes, by which role, whether with a reason, and what people say of it."""
    first = crime.record.first
    now = first_and_now("offence_class", "offence_code", "reclassified_at", "reclassified_role")
    return (
        fact(FIRST_CLASS, first.offence_class, first),
        fact("offence_code first", first.offence_code, first),
        *now(crime, context, finding),
        fact("reclassification_rationale_stated", has_text(crime.newest.reclassification_rationale), crime.newest),
        *assessed_facts(crime, context),
    )


RULE = Rule(
    id="crime-reclassified",
    about={CRIME: feeds(Crime)},
    severity="HIGH",
    title="A crime was reclassified without authority or reason",
    obligation="Only the Force Crime Registrar or a designated decision maker reclassifies a crime, with the reason on "
    "the record (CRR p13, Classification and reclassification); from a rape to an N100 only the registrar (CRR p63, "
    "N100 Reported Incident of Rape).",
    runbook="Put the crime before the registrar, or before a designated decision maker where the policy lets one "
    "decide. Whoever decides assesses the crime here with the class that is right and why, or enters role and reason "
    "in CIS; otherwise restore the first class.",
    judge=judge,
    explain=explain,
    decided_by={Crime: each_of("reclassified_role")},
    can_be_assessed=True,
)
