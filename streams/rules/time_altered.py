"""time-altered: a time that an obligation runs from or is met by was changed after being stated.

CRR p10, When to record?: "no later than 24 hours after the initial report was received".  That moment
cannot change afterwards, so limits run from what was stated first, and the change itself raises this alert.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import AsbReport, Crime, Incident, ProtectionReport, Referral, Snapshot
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, CRIME, INCIDENT, PROTECTION_REPORT, REFERRAL, Matter
from streams.obligations.evidence import time_fact
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.fixed_times import fixed_time
from streams.obligations.lacking import is_unknown, lacked_of

_STATED_BY = {"overseen_at": ("overseen_at", "overseen_role")}
"""The fields of which none may be empty where a time is stated; of the others it is the time's own alone."""


def judge(matter: Matter[Snapshot], context: Context) -> list[Condition]:
    """Return a condition for each time that was ever stated: wrong while the newest is not the first."""
    if matter.record.effective_count < 2:  # One snapshot cannot contradict itself.
        return []
    return [
        Condition(wrong=is_altered(matter, field, first, context), discriminator=field)
        for field in matter.kind.fixed_times
        if (first := first_time(matter, field)[0]) is not None
    ]


def is_altered(matter: Matter[Snapshot], field: str, first: int, context: Context) -> bool:
    """Return whether the newest snapshot states another time than was ``first`` stated, or none.

    That it states none says nothing where its feed lacks the field.
    """
    time = fixed_time(matter.newest, field)
    if time is None:
        lacked = lacked_of(matter, context)
        return not any(is_unknown(matter.newest, name, lacked) for name in _STATED_BY.get(field, (field,)))
    return time != first


def first_time(matter: Matter[Snapshot], field: str) -> tuple[int | None, Snapshot | None]:
    """Return the time (ms) stated first, and the snapshot that stated it; None for both if none did."""
    for snapshot in matter.record.effective:
        time = fixed_time(snapshot, field)
        if time is not None:
            return time, snapshot
    return None, None


def explain(matter: Matter[Snapshot], _context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show what was stated first and what is stated now."""
    field, newest = finding.discriminator, matter.newest
    return (
        time_fact(f"{field} first", *first_time(matter, field)),
        time_fact(field, fixed_time(newest, field), newest),
    )


RULE = Rule(
    id="time-altered",
    about={
        INCIDENT: feeds(Incident),
        CRIME: feeds(Crime),
        REFERRAL: feeds(Referral),
        PROTECTION_REPORT: feeds(ProtectionReport),
        ASB_REPORT: feeds(AsbReport),
    },
    severity="HIGH",
    title="A time that stands once stated was altered",
    obligation="The times of report, recording and oversight stay as first entered; limits run from the initial report "
    "(CRR p10, When to record?).",
    runbook="Ask who changed the time why. If the first entry was a slip, the registrar notes that beside the alert; "
    "otherwise have the first value restored. Limits are still counted from the first value.",
    judge=judge,
    explain=explain,
)
