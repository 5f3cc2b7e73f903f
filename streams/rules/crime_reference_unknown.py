"""crime-reference-unknown: a report cites a crime record that CIS does not hold.

HMIC 2014, 2.6: STORM and CIS "are not linked or interfaced"; a reference typed into one is not a record in the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.identifiers import CrimeRef
from schemas.products import Fact
from schemas.records import AsbReport, Crime, Incident, ProtectionReport, Referral, Snapshot
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, PROTECTION_REPORT, REFERRAL, Matter, Report
from streams.facts.references import references
from streams.obligations.evidence import fact, time_fact
from streams.obligations.findings import Finding, Obligation, Rule, feeds


def judge(report: Matter[Report], context: Context) -> list[Obligation]:
    """Return one obligation a reference, due an hour after it was first cited; met when CIS has it."""
    return [_obligation(ref, since.event_time, context) for ref, since in citations(report, context).items()]


def _obligation(ref: str, cited_at: int, context: Context) -> Obligation:
    crime = context.facts.crimes.get(CrimeRef(ref))
    held_at = crime.record.first.event_time if crime is not None and crime.held else None
    due_at = cited_at + context.policy(cited_at).reference_grace
    return Obligation(due_at, None, held_at, discriminator=ref)


def citations(report: Matter[Report], context: Context) -> Mapping[str, Snapshot]:
    """Return each reference that a report cites now, and the snapshot since which it has without a break."""
    return context.derived(report, _citations) if report.newest.crime_refs else {}


def _citations(report: Matter[Report]) -> dict[str, Snapshot]:
    """Work out the citations of a report, back from its newest snapshot, all references in one pass.

    Snapshots of one millisecond take effect together, so only the highest of them counts.
    """
    written, since = report.newest.crime_refs, report.newest
    cited: dict[str, Snapshot] = dict.fromkeys(references(written), since)
    unbroken = set(cited)
    event_time = since.event_time
    for snapshot in reversed(report.record.effective):
        if not unbroken:
            break
        if snapshot.event_time == event_time:
            continue
        if snapshot.crime_refs != written:
            written = snapshot.crime_refs
            broken = unbroken.difference(references(written))
            cited.update(dict.fromkeys(broken, since))
            unbroken -= broken
        since, event_time = snapshot, snapshot.event_time
    cited.update(dict.fromkeys(unbroken, since))
    return cited


def explain(report: Matter[Report], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show the reference, and since when it is cited."""
    since = citations(report, context).get(finding.discriminator)
    return (
        fact("crime_ref", finding.discriminator, since),
        time_fact("cited_since", since.event_time if since is not None else None, since),
    )


RULE: Rule[Report] = Rule(
    id="crime-reference-unknown",
    about={
        INCIDENT: feeds(Incident, Crime),
        REFERRAL: feeds(Referral, Crime),
        PROTECTION_REPORT: feeds(ProtectionReport, Crime),
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
