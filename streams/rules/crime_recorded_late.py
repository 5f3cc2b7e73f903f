"""crime-recorded-late: a crime that no recording rule judges was recorded too long after its report.

CRR p10, When to record?: "on the same day the report is received and no later than 24 hours after the initial report
was received".  Reports that come online, over a counter or to an officer may have no other record than the crime
itself; where one of the recording rules judges a report that the crime is linked to, that rule says so, not this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.identifiers import CrimeRef
from schemas.products import Fact
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Kind, Matter, Report
from streams.obligations.counting import first_reported_at, recorded_at
from streams.obligations.evidence import fact, stated_facts, time_fact
from streams.obligations.findings import Finding, Obligation, Postponed, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.recorded_crimes import is_recorded
from streams.obligations.switched_off import judge_switched_on
from streams.rules import asb_crime_not_recorded, crime_not_recorded, referral_unlinked

RECORDING_RULES: Final[dict[Kind, Rule]] = {
    kind: rule
    for rule in (crime_not_recorded.RULE, referral_unlinked.RULE, asb_crime_not_recorded.RULE)
    for kind in rule.about
}
"""The rule by which the crimes of each kind of report are to be recorded."""


def judge(crime: Matter[Crime], context: Context) -> Obligation | Postponed | None:
    """Judge it met at recorded_at, due at the limit after the first report; a day after it was shown."""
    reported_at = first_reported_at(crime) if is_recorded(crime) else None
    if reported_at is None:
        return None
    judged_at = crime.first_shown_at() + context.policy(reported_at).late_recording_grace
    if context.clock < judged_at:
        return Postponed(judged_at)
    reports = list(_reports(crime, context))
    if any(_is_judged(report, context) for report in reports):
        return None
    received_at = min(reported_at, *map(_received_at, reports)) if reports else reported_at
    due_at = received_at + context.policy(received_at).recording_limit
    return Obligation(due_at, None, recorded_at(crime), "RECORDED_LATE")


def _reports(crime: Matter[Crime], context: Context) -> Iterator[Matter[Report]]:
    """Yield the reports held that are linked to a crime, each once."""
    for key in dict.fromkeys(context.facts.linkage.reports_of(CrimeRef(crime.ref))):
        report = context.facts.report(key)
        if report is not None and report.held:
            yield report


def _received_at(report: Matter[Report]) -> int:
    return int(getattr(report.record.first, report.kind.begins))


def _is_judged(report: Matter[Report], context: Context) -> bool:
    """Return whether a recording rule judges a report: it has the feeds, is on, and lacks no field."""
    rule = RECORDING_RULES.get(report.kind)
    if rule is None or not rule.about[report.kind] <= context.completeness.named:
        return False
    return judge_switched_on(rule, rule.judgement, report, context) is not None


def explain(crime: Matter[Crime], context: Context, _finding: Finding) -> tuple[Fact, ...]:
    """Show when and by which route it was reported, when it was recorded, and the reports linked to it."""
    first, reported_at = crime.record.first, first_reported_at(crime)
    stating = next(snapshot for snapshot in crime.record.effective if snapshot.reported_at == reported_at)
    reports = list(_reports(crime, context))
    return (
        time_fact("reported_at", reported_at, stating),
        time_fact("recorded_at", first.recorded_at, first),
        *stated_facts(crime.newest, "route", "offence_class"),
        fact("reports_linked", len(reports)),
        *(
            time_fact(f"{report.kind.begins} {report.written_ref()}", _received_at(report), report.record.first)
            for report in reports
        ),
    )


def dated(crime: Matter[Crime], _finding: Finding) -> int | None:
    """Return when (ms) the crime was reported."""
    return first_reported_at(crime)


RULE = Rule(
    id="crime-recorded-late",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="A crime was recorded long after it was reported",
    obligation="Record a crime on the day it is reported, by whatever route, and no later than 24 hours after (CRR "
    "p10, When to record?).",
    runbook="Find out where the report waited: in an inbox, a bureau's queue, an officer's notebook. Tell the victim "
    "why it took so long, and put the route's delay before its owner.",
    judge=judge,
    explain=explain,
    decided_by={Crime: each_of("reported_at")},
    asks_reports=True,
    dated=dated,
)
