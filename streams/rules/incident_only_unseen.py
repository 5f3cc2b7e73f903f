"""incident-only-unseen: the registrar has not seen a rape or a death that is recorded as no crime.

CRR p63, N100 Reported Incident of Rape: "The FCR must have oversight of all records that do not result in the recording
of a confirmed crime and ensure that the appropriate classification code is applied."  CRR p37, N300 Reported Incident
of Death FAQ, says the same of deaths.  A victim's word, or that of who speaks for one, is a crime at once: such an N100
is seen within a day.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import AsbReport, Crime, Incident
from schemas.vocabularies import SPEAKING_FOR_VICTIMS
from streams.facts.context import Context
from streams.facts.link_history import linked_since
from streams.facts.matters import CRIME, Matter, Report
from streams.obligations.assessments import REGISTRAR, given_assessments
from streams.obligations.completion_times import earliest
from streams.obligations.counting import recorded_at
from streams.obligations.evidence import assessed_facts, fact, first_and_now
from streams.obligations.findings import Finding, Obligation, Rule, feeds
from streams.obligations.recorded_crimes import incident_class


def judge(crime: Matter[Crime], context: Context) -> Obligation | None:
    """Judge it due 14 days after recorded_at, or a day after it was linked to a victim's report."""
    if not is_incident_only(crime):
        return None
    start = recorded_at(crime)
    policy = context.policy(start)
    due_at, linked_at = start + policy.incident_only_limit, _reported_since(crime, context)
    if linked_at is not None:
        due_at = max(start, linked_at) + policy.incident_only_linked_limit
    seen_at = (given.at for given in given_assessments(crime, context) if given.newest.assessed_role == REGISTRAR)
    met_at = earliest(crime.newest.fcr_oversight_at, *seen_at)
    return Obligation(due_at, None, met_at, severity=None if linked_at is None else "HIGH")


def is_incident_only(crime: Matter[Crime]) -> bool:
    """Return whether a record stands RECORDED as a reported incident of rape (N100) or of death (N300)."""
    if not crime.held or crime.newest.status != "RECORDED":
        return False
    return incident_class(crime.newest) in {"N100", "N300"}


def _reported_since(crime: Matter[Crime], context: Context) -> int | None:
    """Return since when (ms) an N100 has been linked to a report by or for a victim, or None."""
    if incident_class(crime.newest) != "N100":
        return None
    return linked_since(crime, context.facts, _speaks_for_a_victim)


def _speaks_for_a_victim(report: Report) -> bool:
    if isinstance(report, Incident):
        return report.reporter in SPEAKING_FOR_VICTIMS
    return not isinstance(report, AsbReport)


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show how it is coded, whether a victim's report is linked to it, and who has seen it."""
    recorded = first_and_now("offence_code", "fcr_oversight_at")(crime, context, finding)
    reported = _reported_since(crime, context) is not None
    return (*recorded, fact("reported_by_or_for_a_victim", reported), *assessed_facts(crime, context))


RULE = Rule(
    id="incident-only-unseen",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="The registrar has not seen a rape or death recorded as no crime",
    obligation="The Force Crime Registrar has oversight of every N100 and N300 that does not become a crime (CRR p63, "
    "N100 Reported Incident of Rape; CRR p37, N300 Reported Incident of Death FAQ).",
    runbook="The registrar reads the record and what was reported: is it a crime, and is the code right? Enter the "
    "oversight in CIS, or assess the record here. A rape that a victim, a parent, a carer or a professional reports is "
    "recorded as a crime unless there is credible evidence to the contrary.",
    judge=judge,
    explain=explain,
    asks_reports=True,
)
