"""The slow oracle's other half: the rules that look at one record and what was said of it.

Read straight from section 3 of the contract, without anything of ``streams``.  Numbers are the contract's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.records import (
    AsbReport,
    Crime,
    Disposal,
    Incident,
    NoCrime,
    OffenderHistory,
    Referral,
    Snapshot,
    TrainingRecord,
)
from schemas.times import to_rfc3339
from tests.streams.laws.oracle_rules import Key, Obligation, Wrong
from tests.streams.laws.oracle_view import DAY, HOUR, LONDON, View, is_n100, norm, says

Found = Iterator[tuple[Key, Obligation | Wrong]]

RULES = frozenset(
    {
        "time-altered",
        "other-force-unconfirmed",
        "rape-not-overseen",
        "assessment-overdue",
        "referral-not-audited",
        "no-crime-victim-uninformed",
        "rape-recorded-by-specialist",
        "rape-closed-unreviewed",
        "victim-contract-missing",
        "victim-support-not-referred",
        "partner-referral-unactioned",
        "decision-maker-untrained",
        "disposal-ineligible",
        "disposal-implications-unexplained",
        "disposal-victim-not-consulted",
        "disposal-outcome-inadequate",
        "disposal-unreviewed",
        "dispute-undecided",
    }
)
"""The rules this half knows."""

FIRST_OF_APRIL_2013 = int(datetime(2013, 4, 1, tzinfo=LONDON).timestamp() * 1000)
EIGHTH_OF_APRIL_2013 = int(datetime(2013, 4, 8, tzinfo=LONDON).timestamp() * 1000)
PRECLUDING: dict[str, list[tuple[set[str], int | None, str | None]]] = {
    "CAUTION": [({"CONVICTION", "CAUTION"}, 730, None)],
    "CONDITIONAL_CAUTION": [],
    "PND": [({"PND"}, 365, None), ({"CONVICTION"}, 730, None)],
    "CANNABIS_WARNING": [({"CANNABIS_WARNING"}, None, None), ({"CONVICTION", "PND"}, None, "DRUGS")],
    "COMMUNITY_RESOLUTION": [({"CONVICTION", "CAUTION", "COMMUNITY_RESOLUTION"}, 365, None)],
}
TIMES: dict[type[Snapshot], tuple[str, str, str]] = {
    Incident: ("STORM", "incident_ref", "reported_at"),
    Referral: ("CATS", "referral_ref", "received_at"),
    AsbReport: ("SENTINEL", "asb_ref", "reported_at"),
    Crime: ("CIS", "crime_ref", "recorded_at"),
}


def findings(view: View) -> dict[Key, Obligation | Wrong]:
    """Everything that is found at a moment."""
    results: dict[Key, Obligation | Wrong] = {}
    for kind, (system, field, time) in TIMES.items():
        for ref in view.refs(kind, field):
            results.update(
                altered(system, ref, time, [getattr(snapshot, time) for snapshot in view.of(kind, field, ref)])
            )
    for ref in view.refs(Incident, "incident_ref"):
        results.update(of_incident(ref, view.of(Incident, "incident_ref", ref)))
    for ref in view.refs(Referral, "referral_ref"):
        results.update(of_referral(ref, view.of(Referral, "referral_ref", ref)))
    for ref in view.refs(Crime, "crime_ref"):
        results.update(of_crime(ref, view.of(Crime, "crime_ref", ref), view))
    for ref in view.refs(NoCrime, "crime_ref"):
        results.update(of_decisions(ref, view))
    for ref in view.refs(Disposal, "disposal_ref"):
        results.update(of_disposal(ref, view.of(Disposal, "disposal_ref", ref), view))
    return results


def since(snapshots: Sequence[Any], holds: Callable[[Any], bool]) -> int | None:
    """Since when the record has said something without a break; of one millisecond only the last word counts."""
    start = None
    for moment, newest in reversed({snapshot.event_time: snapshot for snapshot in snapshots}.items()):
        if not holds(newest):
            break
        start = moment
    return start


def altered(system: str, ref: str, field: str, stated: list[int | None]) -> Found:
    """time-altered: the first word stands."""
    first = next((time for time in stated if time is not None), None)
    if first is not None:
        yield Key("time-altered", system, ref, field), Wrong(stated[-1] not in {None, first}, "HIGH")


def trained(who: str | None, courses: set[str], at: int, view: View) -> bool:
    """Tell whether somebody held an unexpired record of one of some courses."""
    records: dict[tuple[str, int], TrainingRecord] = {}
    for record in view.of(TrainingRecord, "staff_id", norm(who)) if norm(who) else ():
        records[record.course, record.completed_at] = record
    return any(
        held.course in courses and held.completed_at <= at and (held.expires_at is None or at <= held.expires_at)
        for held in records.values()
    )


def of_incident(ref: str, snapshots: Sequence[Incident]) -> Found:
    """Give the rules about one incident."""
    now, reported_at = snapshots[-1], snapshots[0].reported_at
    inspected = [
        snapshot.overseen_at if snapshot.overseen_role == "CONTROL_ROOM_INSPECTOR" else None for snapshot in snapshots
    ]
    yield from altered("STORM", ref, "overseen_at", [*inspected])
    if now.status == "CLOSED" and says(now.other_force):
        yield Key("other-force-unconfirmed", "STORM", ref, None), Wrong(not says(now.other_force_crime_ref), "MEDIUM")
    if any(snapshot.offence_class == "RAPE" for snapshot in snapshots):
        overseen = since(snapshots, lambda then: then.overseen_role == "CONTROL_ROOM_INSPECTOR")
        if overseen is not None:
            overseen = next((time for time in inspected if time is not None), overseen)
        yield Key("rape-not-overseen", "STORM", ref, None), obligation(reported_at + HOUR, overseen, "HIGH")
    if not now.officer_dispatched and now.crimes_expected is None:
        yield (
            Key("assessment-overdue", "STORM", ref, None),
            obligation(assessed_by(reported_at), now.assessed_at, "MEDIUM"),
        )


def obligation(due_at: int, met_at: int | None, severity: str) -> Obligation:
    """Return an obligation that nobody is warned of before, and that something other than a crime meets."""
    return Obligation(due_at, None, met_at, "REMEDIED", severity)


def assessed_by(reported_at: int) -> int:
    """Four hours of days that last from seven to ten at night."""
    left = 4 * HOUR
    day = datetime.fromtimestamp(reported_at / 1000, UTC).astimezone(LONDON).replace(minute=0, second=0, microsecond=0)
    while True:
        opens, closes = (int(day.replace(hour=hour).timestamp()) * 1000 for hour in (7, 22))
        begins = max(opens, reported_at)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)


def of_referral(ref: str, snapshots: Sequence[Referral]) -> Found:
    """referral-not-audited."""
    drawn = int.from_bytes(hashlib.sha256(f"LEICS/{ref}".encode()).digest()[:8], "big") % 100
    if snapshots[-1].vulnerable or drawn < 20:
        due_at = snapshots[0].received_at + 14 * DAY
        yield Key("referral-not-audited", "CATS", ref, None), obligation(due_at, snapshots[-1].fcr_audited_at, "MEDIUM")


def of_crime(ref: str, snapshots: Sequence[Crime], view: View) -> Found:
    """Give the rules about one crime."""
    now, recorded_at = snapshots[-1], snapshots[0].recorded_at
    if is_n100(now):
        return
    if now.dispute_raised_at is not None:
        decided = since(snapshots, lambda then: then.dispute_decided_role in {"FCR", "DEPUTY_FCR"})
        if decided is not None and now.dispute_decided_at is not None:
            decided = now.dispute_decided_at
        due_at = now.dispute_raised_at + 14 * DAY
        yield Key("dispute-undecided", "CIS", ref, None), obligation(due_at, decided, "MEDIUM")
    if now.status != "RECORDED":
        return
    yield from of_rape(ref, now, recorded_at)
    yield from of_victim(ref, snapshots, recorded_at)
    untrained = not trained(now.recorded_by, {"NCRS", "HOCR"}, recorded_at, view)
    yield Key("decision-maker-untrained", "CIS", ref, "RECORDING"), Wrong(untrained, "MEDIUM")


def of_rape(ref: str, now: Crime, recorded_at: int) -> Found:
    """Give the rules about a recorded rape."""
    if now.offence_class != "RAPE":
        return
    if recorded_at >= FIRST_OF_APRIL_2013:
        by_others = now.recorded_by_role not in {"ATTENDING_OFFICER", "CALL_HANDLER"}
        yield Key("rape-recorded-by-specialist", "CIS", ref, None), Wrong(by_others, "LOW")
    if now.closed_at is not None:
        unseen = not says(now.oversight_di) or now.closure_reviewed_role != "DCI"
        yield Key("rape-closed-unreviewed", "CIS", ref, None), Wrong(unseen, "HIGH")


def of_victim(ref: str, snapshots: Sequence[Crime], recorded_at: int) -> Found:
    """Give what a victim is owed."""
    now = snapshots[-1]
    if says(now.victim_token):
        contract = obligation(recorded_at + 5 * DAY, now.victim_care_contract_at, "LOW")
        yield Key("victim-contract-missing", "CIS", ref, None), contract
    consented = since(snapshots, lambda then: then.victim_consents_support is True)
    if consented is not None:
        due_at = max(recorded_at, consented) + 2 * DAY
        support = obligation(due_at, now.victim_support_referred_at, "MEDIUM")
        yield Key("victim-support-not-referred", "CIS", ref, None), support
    for agency, referred_at in {(referral.agency, referral.referred_at) for referral in now.partner_referrals}:
        acted = [
            referral.actioned_at
            for referral in now.partner_referrals
            if (referral.agency, referral.referred_at) == (agency, referred_at) and referral.actioned_at is not None
        ]
        key = Key("partner-referral-unactioned", "CIS", ref, f"{agency}|{to_rfc3339(referred_at)}")
        yield key, obligation(referred_at + 14 * DAY, min(acted, default=None), "LOW")


def of_decisions(ref: str, view: View) -> Found:
    """Give the rules about each no-crime decision on a crime."""
    cancelled_at = [
        snapshot.event_time for snapshot in view.of(Crime, "crime_ref", ref) if snapshot.status != "RECORDED"
    ]
    for decision in view.decisions(ref):
        at = to_rfc3339(decision.decided_at)
        if decision.reason in {"NO_CRIME", "C1", "C2", "C5"} and cancelled_at:
            victim_informed = obligation(max(decision.decided_at, cancelled_at[0]), decision.victim_informed_at, "HIGH")
            yield Key("no-crime-victim-uninformed", "CIS", ref, at), victim_informed
        courses = {"AVI_ROBBERY"} if decision.offence_class == "ROBBERY" else {"NCRS", "HOCR"}
        untrained = not trained(decision.decided_by, courses, decision.decided_at, view)
        yield Key("decision-maker-untrained", "CIS", ref, f"NO_CRIME|{at}"), Wrong(untrained, "MEDIUM")


def of_disposal(ref: str, snapshots: Sequence[Disposal], view: View) -> Found:
    """Give the rules about one out-of-court disposal."""
    now, is_standing = snapshots[-1], snapshots[-1].rescinded_at is None

    def wrong(rule: str, severity: str, *, so: bool) -> tuple[Key, Wrong]:
        return Key(rule, "CIS", ref, None), Wrong(is_standing and so, severity)

    yield wrong("disposal-ineligible", "HIGH", so=is_ineligible(now, view))
    yield wrong("disposal-implications-unexplained", "MEDIUM", so=now.implications_explained is not True)
    if now.victim_present:
        yield wrong("disposal-victim-not-consulted", "MEDIUM", so=now.victim_consulted is not True)
    if now.kind == "COMMUNITY_RESOLUTION":
        adequate = now.outcome_meaningful is True and now.offence_admitted is True
        yield wrong("disposal-outcome-inadequate", "MEDIUM", so=not adequate)
    reviewed_at = since(snapshots, lambda then: then.reviewed_at is not None or says(then.reviewed_by))
    if reviewed_at is not None and now.reviewed_at is not None:
        reviewed_at = now.reviewed_at
    needed = [reviewed_at, now.pnc_checked_at, since(snapshots, lambda then: then.form_attached)]
    done = [time for time in needed if time is not None]
    met = [max(done)] if len(done) == len(needed) else []
    if now.rescinded_at is not None:
        met.append(now.rescinded_at)
    due_at = now.issued_at + 7 * DAY
    yield Key("disposal-unreviewed", "CIS", ref, None), obligation(due_at, min(met, default=None), "LOW")
    if reviewed_at is not None:
        untrained = not trained(now.reviewed_by, {"DISPOSALS"}, reviewed_at, view)
        yield Key("decision-maker-untrained", "CIS", ref, "REVIEW"), Wrong(untrained, "MEDIUM")


def is_ineligible(disposal: Disposal, view: View) -> bool:
    """disposal-ineligible, as long as it is not rescinded."""
    young = disposal.offender_age < 18
    if disposal.kind == "CANNABIS_WARNING" and young:
        return True
    if disposal.kind == "PND":
        too_dear = (disposal.goods_value_pence or 0) > 10_000
        if too_dear or (young and disposal.issued_at >= EIGHTH_OF_APRIL_2013):
            return True
    known = view.of(OffenderHistory, "offender_id", norm(disposal.offender_id))
    return any(
        entry.kind in kinds
        and 0 < days_before(entry.date, disposal.issued_at) <= (within or 10**6)
        and of_class in {None, entry.offence_class}
        for entry in (known[-1].entries if known else ())
        for kinds, within, of_class in PRECLUDING[disposal.kind]
    )


def days_before(earlier: int, later: int) -> int:
    """Return how many local days lie between two moments' dates."""
    first, last = (datetime.fromtimestamp(time / 1000, UTC).astimezone(LONDON).date() for time in (earlier, later))
    return (last - first).days
