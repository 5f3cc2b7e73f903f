"""The obligation to record what is reported: by crimes recorded in time, or a valid disposition.

It is that of incidents, referrals and ASB reports.  Crime Recording Rules, section A: a report of crime is recorded as
soon as it is reported, and no later than the limit after the initial report was received; NCRS 3.
"""

from __future__ import annotations

from schemas.products import Severity
from schemas.records import Incident, NoCrime
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, CountingCrime, Matter, Report, is_kind
from streams.obligations.assessments import decided_at
from streams.obligations.completion_times import earliest
from streams.obligations.counting import counting_crimes, n100_recorded_at
from streams.obligations.dispositions import disposed_since, is_closing_code_refused, is_delayed
from streams.obligations.findings import Obligation, Remedy, feeds
from streams.obligations.text import has_text
from streams.policy import Policy, calendar

ALSO_COUNTING = feeds(Incident, NoCrime)
"""The feeds by which more crimes may count: those linked to a cited incident, and those with a valid decision."""


def all_recorded_at(crimes: list[CountingCrime], required: int) -> int | None:
    """Return when (ms) as many crimes as required were recorded, or None if there are fewer."""
    return crimes[required - 1].recorded_at if len(crimes) >= required else None


def met(report: Matter[Report], context: Context, required: int) -> tuple[int | None, Remedy]:
    """Return when (ms) and by what a report was answered.

    As many counting crimes as required answer it, whatever else there is; where there are fewer, the earlier of a
    valid disposition or decision and an N100 record does.
    """
    by_crimes = all_recorded_at(counting_crimes(report, context), required)
    if by_crimes is not None:
        return by_crimes, "RECORDED_LATE"
    disposed_at = earliest(disposed_since(report, context), n100_recorded_at(report, context))
    return (None, "REMEDIED") if disposed_at is None else (disposed_at, "DISPOSED_LATE")


def recording_obligation(
    report: Matter[Report],
    context: Context,
    received_at: int,
    risk_at: int,
    required: int,
    policy: Policy,
    severity: Severity | None = None,
) -> Obligation:
    """Return the obligation to record as many crimes as required by the limit; a valid delay extends it."""
    due_at = received_at + policy.recording_limit
    if is_delayed(report, due_at, context):
        due_at += policy.delay_extension
        risk_at += policy.delay_extension
    met_at, remedy = met(report, context, required)
    return Obligation(due_at, risk_at, met_at, remedy, severity=severity)


def risk_moment(received_at: int, policy: Policy) -> int:
    """Return when (ms) an unmet recording obligation is at risk.

    A quarter of the limit before it is due; under the 24 h limit already from 22:00 local time on the day of report,
    if that is earlier and the report came before 21:00: the late shift can still record it on the same day, as the
    rules ask.
    """
    risk_at = received_at + policy.recording_limit - policy.risk_lead
    if not policy.evening_risk:
        return risk_at
    if received_at >= local_minute(received_at, policy.evening_risk_if_before):
        return risk_at
    return min(risk_at, local_minute(received_at, policy.evening_risk_at))


def local_minute(moment: int, minute_of_day: int) -> int:
    """Return a minute of the local day that ``moment`` falls on, in ms."""
    return calendar.local_time_on_day_of(moment, *divmod(minute_of_day, 60))


def is_no_report(report: Matter[Report], context: Context) -> bool:
    """Return whether a report is an incident whose code is of no report of crime.

    The closing code, once there is one.  For reports from 2026-04-01 that excuses none whose opening code is of a
    report, unless it names the incident that it duplicates.
    """
    if not is_kind(report, INCIDENT):
        return False
    policy, newest = context.policy(report.record.first.reported_at), report.newest
    is_none = policy.is_no_report_code(newest.closing_code or newest.opening_code)
    return is_none and not is_closing_code_refused(report, context)


def is_no_report_throughout(incident: Incident, policy: Policy) -> bool:
    """Return whether an incident's opening code, and any closing code, are of no report of crime."""
    closing = incident.closing_code if has_text(incident.closing_code) else incident.opening_code
    return policy.is_no_report_code(incident.opening_code) and policy.is_no_report_code(closing)


def is_answered(report: Matter[Report], context: Context) -> bool:
    """Return whether a counting crime, valid disposition or decision, or N100 record answers a report."""
    return met(report, context, 1)[0] is not None


def is_undisclosed(report: Matter[Report], context: Context) -> bool:
    """Return whether nobody said how many crimes a report discloses, and its codes say nothing either."""
    if decided_at(report, context) is not None:
        return False
    if not is_kind(report, INCIDENT):
        return True
    policy, newest = context.policy(report.record.first.reported_at), report.newest
    return not policy.is_crime_code(newest.closing_code) and not is_no_report_throughout(newest, policy)
