"""vulnerable-closed-unassessed: a log about a person at risk is closed, and nobody assessed it.

CRR p10, Crime Related Incidents, Referrals: "Cases involving crimes committed against vulnerable persons that are
referred to the police must be recorded regardless of any decision to resolve it by the other organisation."  NSIR p8,
1.17 Variation between opening and closing codes: "The text of the log should provide sufficient information to justify
actions taken and the choice of log closure code no matter how the incident was opened."
"""

from __future__ import annotations

from typing import Final

from schemas.records import Crime, Incident
from streams.actions.assessing import NO_CRIME_ROLES
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import given_assessments
from streams.obligations.completion_times import earliest
from streams.obligations.counting import counting_crimes
from streams.obligations.dispositions import disposed_since
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.recording import ALSO_COUNTING
from streams.policy import Policy

ASSESSORS: Final = NO_CRIME_ROLES | {"SUPERVISOR"}
_ANSWERED_ELSEWHERE: Final = frozenset({"DUPLICATE", "TRANSFERRED"})


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due at the limit or a day after it was closed; met by a crime or an assessment."""
    policy = context.policy(incident.record.first.reported_at)
    closed_at = _closed_at(incident)
    if closed_at is None or not _is_vulnerable(incident.newest, policy) or _discloses_crime(incident):
        return None
    limit_at = incident.record.first.reported_at + policy.recording_limit
    due_at = max(limit_at, closed_at + policy.vulnerable_assessment_limit)
    for crime in counting_crimes(incident, context):
        return Obligation(due_at, None, crime.recorded_at, "RECORDED_LATE")
    disposed_at = disposed_since(incident, context, _ANSWERED_ELSEWHERE)
    assessed_at = _assessed_at(incident, context)
    if disposed_at is not None and (assessed_at is None or disposed_at <= assessed_at):
        return Obligation(due_at, None, disposed_at, "DISPOSED_LATE")
    return Obligation(due_at, None, assessed_at)


def _closed_at(incident: Matter[Incident]) -> int | None:
    """Return when (ms) the incident was closed, as stated or by its snapshots; None: it is open."""
    since = incident.record.since(lambda snapshot: snapshot.status == "CLOSED")
    if since is None:
        return None
    return since.event_time if incident.newest.closed_at is None else incident.newest.closed_at


def _is_vulnerable(incident: Incident, policy: Policy) -> bool:
    """Return whether the incident's opening code or a qualifier says that somebody is at risk."""
    if policy.vulnerable_codes.holds(incident.opening_code):
        return True
    return any(policy.vulnerable_qualifiers.holds(qualifier) for qualifier in incident.qualifiers)


def _discloses_crime(incident: Matter[Incident]) -> bool:
    """Return whether STORM ever stated a crime: whether that is recorded is for other rules."""
    return any((snapshot.crimes_expected or 0) >= 1 for snapshot in incident.record.effective)


def _assessed_at(incident: Matter[Incident], context: Context) -> int | None:
    """Return when (ms) somebody who may first assessed how many crimes it discloses, or None."""
    return earliest(
        *(
            given.at
            for given in given_assessments(incident, context)
            if given.newest.crimes is not None and given.newest.assessed_role in ASSESSORS
        )
    )


RULE = Rule(
    id="vulnerable-closed-unassessed",
    about={INCIDENT: feeds(Incident, Crime)},
    also=ALSO_COUNTING,
    severity="MEDIUM",
    title="A log about a person at risk is closed and nobody assessed it",
    obligation="Have a supervisor, a designated decision maker, the deputy or the registrar judge whether a closed log "
    "about a person at risk discloses a crime (CRR p10, Crime Related Incidents, Referrals; NSIR p8, 1.17 Variation "
    "between opening and closing codes).",
    runbook="Read the whole log: who is at risk, what was said to have happened, and what came of it. Assess it here. "
    "If it discloses a crime, have it recorded and linked; if it repeats another log, or another force deals with it, "
    "state which.",
    judge=judge,
    explain=report_and_crimes(
        "opening_code", "qualifiers", "closing_code", "closed_at", "crimes_expected", "disposition", "crime_refs"
    ),
)
