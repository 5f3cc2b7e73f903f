"""death-not-recorded: a log is closed as a sudden death, and CIS holds no record of one.

CRR p35, N300 Reported Incident of Sudden or Unexpected Death: "All reports of death are recorded (other than natural
causes) on the force crime recording system under this classification".  A death believed to be of natural causes
"can be managed on the incident recording system" (page 34): then the log says so, by its disposition, or somebody who
assesses it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from schemas.products import Fact
from schemas.records import Crime, Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import given_assessments, standing_assessment
from streams.obligations.completion_times import earliest
from streams.obligations.counting import counting_crimes, n100_recorded_at, recorded_at
from streams.obligations.dispositions import disposed_since
from streams.obligations.evidence import fact, report_and_crimes
from streams.obligations.findings import Finding, Obligation, Remedy, Rule, feeds
from streams.obligations.recorded_crimes import incident_class
from streams.obligations.recording import ALSO_COUNTING
from streams.obligations.text import has_text


def judge(incident: Matter[Incident], context: Context) -> Obligation | None:
    """Judge it due at reported_at plus the limit; met by the earliest of what says how somebody died."""
    newest = incident.newest
    if newest.status != "CLOSED":
        return None
    reported_at = incident.record.first.reported_at
    policy = context.policy(reported_at)
    closed_under = newest.closing_code if has_text(newest.closing_code) else newest.opening_code
    if not policy.is_sudden_death_code(closed_under):
        return None
    due_at = reported_at + policy.recording_limit
    answers = [(at, remedy) for at, remedy in _answers(incident, context) if at is not None]
    return Obligation(due_at, None, *min(answers, key=itemgetter(0))) if answers else Obligation(due_at)


def _answers(incident: Matter[Incident], context: Context) -> Iterator[tuple[int | None, Remedy]]:
    """Yield when (ms) and by what each way of answering did; at one moment the first of them counts."""
    yield earliest(*(crime.recorded_at for crime in counting_crimes(incident, context))), "RECORDED_LATE"
    yield earliest(disposed_since(incident, context), n100_recorded_at(incident, context)), "DISPOSED_LATE"
    yield earliest(*map(recorded_at, _records_of_death(incident, context))), "REMEDIED"
    standing = standing_assessment(given_assessments(incident, context))
    if standing is not None and standing.newest.crimes == 0:
        yield standing.at, "REMEDIED"


def _records_of_death(incident: Matter[Incident], context: Context) -> Iterator[Matter[Crime]]:
    """Yield the linked records that stand under N300."""
    for crime in context.facts.crimes_of(incident):
        if crime.newest.status == "RECORDED" and incident_class(crime.newest) == "N300":
            yield crime


_explain_report = report_and_crimes("opening_code", "closing_code", "disposition", "crime_refs")


def explain(incident: Matter[Incident], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show under what it was closed, which crimes count for it, and how many records of a death."""
    deaths = sum(1 for _ in _records_of_death(incident, context))
    return (*_explain_report(incident, context, finding), fact("deaths_recorded", deaths))


RULE = Rule(
    id="death-not-recorded",
    about={INCIDENT: feeds(Incident, Crime)},
    also=ALSO_COUNTING,
    severity="MEDIUM",
    title="A sudden death has no record in the crime system",
    obligation="Record every reported death that is not believed natural under N300 when it is reported, unless it is "
    "recorded as a crime (CRR p35, N300 Reported Incident of Sudden or Unexpected Death).",
    runbook="Ask the officer who attended what is believed to be the cause. Unless it is natural causes, record the "
    "death under N300 with the code that fits, or as the crime that it is, and link it to the log. If it is natural "
    "causes, say so in the log's disposition, or assess it here.",
    judge=judge,
    explain=explain,
)
