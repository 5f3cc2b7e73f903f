"""crime-reference-unknown: a report cites a crime record that CIS does not hold.

HMIC 2014, 2.6: STORM and CIS "are not linked or interfaced"; a reference typed into one is not a record in the other.
"""

from __future__ import annotations

from schemas.identifiers import CrimeRef
from schemas.products import Fact
from schemas.records import AsbReport, Crime, Incident, Referral
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, REFERRAL, Matter, Report
from streams.facts.references import references
from streams.obligations.evidence import fact, time_fact
from streams.obligations.findings import Finding, Obligation, Rule, feeds


def judge(report: Matter[Report], context: Context) -> list[Obligation]:
    """Return one obligation a reference, due an hour after it was first cited; met when CIS has it."""
    return [_obligation(report, context, ref) for ref in references(report.newest.crime_refs)]


def _obligation(report: Matter[Report], context: Context, ref: str) -> Obligation:
    cited_at = cited_since(report, ref)
    crime = context.facts.crimes.get(CrimeRef(ref))
    held_at = crime.record.first.event_time if crime is not None and crime.held else None
    due_at = cited_at + context.policy(cited_at).reference_grace
    return Obligation(due_at, None, held_at, discriminator=ref)


def cited_since(report: Matter[Report], ref: str) -> int:
    """Return since when (ms) a report has cited ``ref`` without a break."""
    since = report.record.since(lambda snapshot: ref in references(snapshot.crime_refs))
    return (since or report.newest).event_time


def explain(report: Matter[Report], _context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show the reference, and since when it is cited."""
    since = report.record.since(lambda snapshot: finding.discriminator in references(snapshot.crime_refs))
    return (
        fact("crime_ref", finding.discriminator, since),
        time_fact("cited_since", since.event_time if since is not None else None, since),
    )


RULE: Rule[Report] = Rule(
    id="crime-reference-unknown",
    about={
        INCIDENT: feeds(Incident, Crime),
        REFERRAL: feeds(Referral, Crime),
        ASB_REPORT: feeds(AsbReport, Crime),
    },
    severity="HIGH",
    title="A report cites a crime that the crime system does not hold",
    obligation="Every crime reference on a report leads to a crime record (NCRS 3: an auditable trail from report to "
    "record).",
    runbook="Look the reference up in CIS. If it was mistyped, correct it on the report; if the crime was never "
    "recorded, record it now.",
    judge=judge,
    explain=explain,
)
