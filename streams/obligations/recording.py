"""The recording obligation that incidents, referrals and ASB reports share: so many crimes by then, or a valid answer.

Crime Recording Rules, section A: a report of crime is recorded as soon as it is reported, and no later than the limit
after the initial report was received; NCRS 3.
"""

from __future__ import annotations

from typing import Any

from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Counted, Matter
from streams.obligations.counting import counting_crimes, n100_recorded_at
from streams.obligations.dispositions import answered_since, delayed
from streams.obligations.findings import Obligation, Remedy
from streams.policy import Policy, calendar

CIS = frozenset({"cis.crimes.v1"})
"""The feed without which no crime counts."""
STORM = frozenset({"storm.incidents.v1"}) | CIS
CATS = frozenset({"cats.referrals.v1"}) | CIS
SENTINEL = frozenset({"sentinel.asb-reports.v1"}) | CIS
ALSO_COUNTING = frozenset({"storm.incidents.v1", "cis.no-crimes.v1"})
"""The feeds that say of more crimes that they count: those of a cited incident, and those rightly decided on."""


def crimes_disclosed(report: Matter) -> int | None:
    """Return how many crimes the report disclosed: the latest crimes_expected that was at least 1, or None."""
    for said in reversed(report.record.effective):
        if said.crimes_expected is not None and said.crimes_expected >= 1:
            return int(said.crimes_expected)
    return None


def recorded(crimes: list[Counted], wanted: int) -> int | None:
    """Return when (ms) the ``wanted``-th crime was recorded, or None if there are fewer."""
    return crimes[wanted - 1].recorded_at if len(crimes) >= wanted else None


def met(report: Matter, context: Context, wanted: int) -> tuple[int | None, Remedy]:
    """Return when (ms) and by what a report was answered.

    Where the crimes wanted are linked, they are what counts, whatever else is there; else the earliest of a valid
    disposition or decision and an N100 record.
    """
    by_crimes = recorded(counting_crimes(report, context), wanted)
    if by_crimes is not None:
        return by_crimes, "RECORDED_LATE"
    answers: list[tuple[int | None, Remedy]] = [(answered_since(report, context), "DISPOSED_LATE")]
    if report.kind is INCIDENT:
        answers.append((n100_recorded_at(report, context), "DISPOSED_LATE"))
    return min(((at, by) for at, by in answers if at is not None), default=(None, "REMEDIED"))


def recording_obligation(
    report: Matter,
    context: Context,
    received_at: int,
    risk_at: int,
    wanted: int,
    policy: Policy,
    severity: Any = None,
) -> Obligation:
    """Return the obligation to record ``wanted`` crimes by the limit; a valid delay moves its moments on."""
    due_at = received_at + policy.recording_limit
    if delayed(report, due_at):
        due_at += policy.delay_extension
        risk_at += policy.delay_extension
    met_at, remedy = met(report, context, wanted)
    return Obligation(due_at, risk_at, met_at, remedy, severity=severity)


def risk_moment(received_at: int, policy: Policy) -> int:
    """Return when (ms) an unmet recording obligation is at risk.

    A quarter of the limit before it is due; under the 24 h limit already from 22:00 local time on the day of report,
    if that is earlier and the report came before 21:00: whoever works late can still record it on the same day, as
    the rules would have it.
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


def is_no_report(report: Matter, policy: Policy) -> bool:
    """Say whether a report is an incident under a code that is no report of crime (its closing code, once given)."""
    said = report.newest
    return report.kind is INCIDENT and policy.is_no_report_code(said.closing_code or said.opening_code)


def is_answered(report: Matter, context: Context) -> bool:
    """Say whether any counting crime, valid disposition or decision, or N100 record answers a report now."""
    return met(report, context, 1)[0] is not None
