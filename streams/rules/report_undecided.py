"""report-undecided: nobody has decided whether a report discloses a crime, and the limit has passed.

CRR p6, Incident reports: every report is registered in an auditable form; CRR p10, Victims must be told: of a decision
not to record a crime too "an auditable record" is made.  NSIR p8, 1.17 Variation between opening and closing codes: the
log says enough "to justify actions taken".  A report that is never decided can never be late for recording, so this
rule is about the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.records import AsbReport, Crime, Incident
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, Matter
from streams.obligations.assessments import decided_at
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Obligation, Remedy, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recording import ALSO_COUNTING, is_no_report, met


def judge(report: Matter[Incident | AsbReport], context: Context) -> Obligation | None:
    """Judge it due at reported_at plus the limit; met by any decision or crime, or valid disposition."""
    first = report.record.first
    policy = context.policy(first.reported_at)
    if first.crimes_expected is not None or is_no_report(report, context):
        return None
    due_at = first.reported_at + policy.recording_limit
    decisions = sorted(_decisions(report, context))
    return Obligation(due_at, None, *decisions[0]) if decisions else Obligation(due_at)


def _decisions(report: Matter[Incident | AsbReport], context: Context) -> Iterator[tuple[int, Remedy]]:
    """Yield when (ms) and by what the report was decided; the earliest counts, whatever follows it."""
    stated_at = decided_at(report, context)
    if stated_at is not None:
        yield stated_at, "REMEDIED"
    answered_at, remedy = met(report, context, 1)
    if answered_at is not None:
        yield answered_at, remedy


RULE: Rule[Incident | AsbReport] = Rule(
    id="report-undecided",
    about={INCIDENT: feeds(Incident, Crime), ASB_REPORT: feeds(AsbReport, Crime)},
    also=ALSO_COUNTING,
    severity="MEDIUM",
    title="Nobody has decided whether a report is a crime",
    obligation="Decide of every report whether it discloses a crime, within the recording limit (CRR p10, Victims "
    "must be told; NSIR p8, 1.17 Variation between opening and closing codes).",
    runbook="Read the report, decide how many crimes it discloses (none is an answer too, with a rationale), and enter "
    "it in the system the report is in.",
    judge=judge,
    explain=report_and_crimes("crimes_expected", "crime_refs"),
    decided_by={Incident: each_of("crimes_expected"), AsbReport: each_of("crimes_expected")},
)
