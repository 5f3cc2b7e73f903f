"""time-altered: a time that an obligation runs from, or is met by, was changed after it was first stated.

CRR, "When to record": "no later than 24 hours after the initial report was received".  When that was cannot change
afterwards, so the first word stands and the change itself is looked at.
"""

from __future__ import annotations

from schemas.products import Fact
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, CRIME, INCIDENT, REFERRAL, Matter
from streams.obligations.evidence import moment
from streams.obligations.findings import Condition, Finding, Rule
from streams.obligations.stated_times import stated_time


def judge(matter: Matter, _context: Context) -> list[Condition]:
    """One condition a time that ever varied: wrong while the newest snapshot states another than the first did."""
    if matter.record.effective_count < 2:  # One snapshot cannot contradict itself.
        return []
    return [
        Condition(wrong=altered(matter, field), discriminator=field)
        for field in matter.kind.stated_times
        if has_varied(matter, field)
    ]


def has_varied(matter: Matter, field: str) -> bool:
    """Say whether two snapshots ever stated different times: until then nothing was altered, or put right."""
    first: int | None = None
    for said in matter.record.effective:
        value = stated_time(said, field)
        if value is not None and value != first:
            if first is not None:
                return True
            first = value
    return False


def altered(matter: Matter, field: str) -> bool:
    """Say whether the newest snapshot states another time than the first that stated one; stating none is no other."""
    value = stated_time(matter.newest, field)
    return value is not None and value != stated_time(first_said(matter, field), field)


def first_said(matter: Matter, field: str) -> object | None:
    """Return the first snapshot that stated the time, or None."""
    return next((said for said in matter.record.effective if stated_time(said, field) is not None), None)


def explain(matter: Matter, _context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show what was stated first and what is stated now."""
    field = finding.discriminator
    first = first_said(matter, field)
    return (
        moment(f"{field} first", stated_time(first, field), first),
        moment(field, stated_time(matter.newest, field), matter.newest),
    )


RULE = Rule(
    id="time-altered",
    about={
        INCIDENT: frozenset({"storm.incidents.v1"}),
        CRIME: frozenset({"cis.crimes.v1"}),
        REFERRAL: frozenset({"cats.referrals.v1"}),
        ASB_REPORT: frozenset({"sentinel.asb-reports.v1"}),
    },
    severity="HIGH",
    title="A time that stands once stated was altered",
    obligation="The times of report, recording and oversight stay as first entered; limits run from the initial report "
    "(CRR, When to record).",
    runbook="Ask who changed the time why. If the first entry was a slip, the registrar notes that beside the alert; "
    "otherwise have the first value restored. Limits are still counted from the first value.",
    judge=judge,
    explain=explain,
)
