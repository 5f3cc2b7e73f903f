"""The slow oracle's rules about what one incident, referral or ASB report says of itself.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from schemas.records import AsbReport, AuditReading, Crime, Incident, ProtectionReport, Referral, Snapshot
from tests.streams.laws.oracle_assessments import Statements
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out
from tests.streams.laws.oracle_view import DAY, HOUR, View, day_of, on_day, says, since

FIXED_TIMES: tuple[tuple[type[Snapshot], str], ...] = (
    (Incident, "reported_at"),
    (Referral, "received_at"),
    (ProtectionReport, "received_at"),
    (AsbReport, "reported_at"),
    (Crime, "recorded_at"),
    (Crime, "reported_at"),
)


def findings(view: View) -> Found:
    """Yield what the rules about single reports find, and ``time-altered`` of every record."""
    for kind, field in FIXED_TIMES:
        for ref in view.refs(kind):
            snapshots = view.of(kind, ref)
            unknown = left_out(snapshots[-1], field, view)
            yield from altered(kind, ref, field, [getattr(snapshot, field) for snapshot in snapshots], unknown)
    for ref in view.refs(Incident):
        yield from of_incident(ref, view)
    for ref in view.refs(Referral):
        yield from of_referral(ref, view)


def altered(kind: type[Snapshot], ref: str, field: str, stated: Sequence[int | None], unknown: bool) -> Found:
    """time-altered: the first word stands; ``unknown`` where the feed does not hold what is not stated now."""
    first = next((time for time in stated if time is not None), None)
    if first is not None:
        yield Key("time-altered", kind, ref, field), Wrong(stated[-1] != first and not unknown, "HIGH")


def of_incident(ref: str, view: View) -> Found:
    """other-force-unconfirmed, rape-not-overseen and assessment-overdue."""
    snapshots, said = view.of(Incident, ref), Statements(Incident, ref, view)
    now, reported_at = snapshots[-1], snapshots[0].reported_at
    inspected = [snapshot.overseen_at if is_inspected(snapshot) else None for snapshot in snapshots]
    unknown = left_out(now, "overseen_at", view) or left_out(now, "overseen_role", view)
    yield from altered(Incident, ref, "overseen_at", inspected, unknown)
    if now.status == "CLOSED" and says(now.other_force):
        yield Key("other-force-unconfirmed", Incident, ref), Wrong(not says(now.other_force_crime_ref), "MEDIUM")
    if said.ever_rape():
        overseen = next((time for time in inspected if time is not None), since(snapshots, is_inspected))
        yield Key("rape-not-overseen", Incident, ref), Obligation(reported_at + HOUR, overseen, "HIGH")
    if not now.officer_dispatched and said.expected is None:
        due_at = unit_deadline(reported_at)
        yield Key("assessment-overdue", Incident, ref), Obligation(due_at, now.assessed_at, "MEDIUM")


def is_inspected(incident: Incident) -> bool:
    """Tell whether a control-room inspector oversaw it."""
    return incident.overseen_role == "CONTROL_ROOM_INSPECTOR"


def unit_deadline(reported_at: int) -> int:
    """Return when four hours have passed of days that last from seven to ten at night."""
    left = 4 * HOUR
    day = day_of(reported_at)
    while True:
        opens, closes = on_day(day, 7), on_day(day, 22)
        begins = max(opens, reported_at)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += 1


def of_referral(ref: str, view: View) -> Found:
    """referral-not-audited."""
    snapshots: Sequence[Referral] = view.of(Referral, ref)
    now = snapshots[-1]
    drawn = int.from_bytes(hashlib.sha256(f"{view.force}/{ref}".encode()).digest()[:8], "big") % 100
    if now.vulnerable or drawn < 20:
        due_at = snapshots[0].received_at + 14 * DAY
        ways = [reading.event_time for reading in view.of(AuditReading, ref) if of_the_registrar(reading)]
        ways += [now.fcr_audited_at] if now.fcr_audited_at is not None else []
        yield Key("referral-not-audited", Referral, ref), Obligation(due_at, min(ways, default=None), "MEDIUM")


def of_the_registrar(reading: AuditReading) -> bool:
    """Tell whether it is the registrar's reading of a referral."""
    return reading.system == "CATS" and reading.reader == "FCR"
