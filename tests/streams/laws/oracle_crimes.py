"""The slow oracle's rules about recorded crimes, the no-crime decisions on them, and who took these decisions.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.records import Crime, NoCrime, TrainingRecord
from schemas.times import to_rfc3339
from tests.streams.laws.oracle_counting import (
    cancelled_since,
    decisions_on,
    is_no_crime,
    of_unknown_maker,
    put_right,
    supports,
    unauthorised,
    unsupported,
)
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out, never_stated
from tests.streams.laws.oracle_view import DAY, FIRST_OF_APRIL_2026, View, midnight, norm, says, since

FIRST_OF_APRIL_2013 = midnight(2013, 4, 1)
REVIEWERS = frozenset({"DCI", "DI", "INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR"})
"""Who may review a closed rape from April 2026."""


def findings(view: View) -> Found:
    """Yield what the rules about crimes find."""
    for ref in view.refs(Crime):
        snapshots = view.of(Crime, ref)
        if not is_no_crime(snapshots[-1]):
            yield from of_crime(ref, snapshots, view)
    for ref in view.refs(NoCrime):
        for decision in decisions_on(ref, view):
            yield from of_decision(ref, decision, view)


def of_crime(ref: str, snapshots: Sequence[Crime], view: View) -> Found:
    """Yield what the rules find of one crime, whatever its status."""
    now, recorded_at = snapshots[-1], snapshots[0].recorded_at
    cancelled = cancelled_since(ref, view)
    if cancelled is not None:
        decided_at = min((decision.decided_at for decision in decisions_on(ref, view)), default=None)
        yield Key("cancelled-without-decision", Crime, ref), Obligation(cancelled + DAY, decided_at, "HIGH")
    if now.dispute_raised_at is not None:
        decided = since(snapshots, lambda then: is_arbitrated(then, view))
        if decided is not None and now.dispute_decided_at is not None:
            decided = now.dispute_decided_at
        yield Key("dispute-undecided", Crime, ref), Obligation(now.dispute_raised_at + 14 * DAY, decided, "MEDIUM")
    if now.status == "RECORDED":
        yield from of_rape(ref, now, recorded_at, view)
        yield from of_victim(ref, snapshots, recorded_at)
        untrained = not trained(now.recorded_by, {"NCRS", "HOCR"}, recorded_at, view)
        if not left_out(now, "recorded_by", view):
            yield Key("decision-maker-untrained", Crime, ref, "RECORDING"), Wrong(untrained, "MEDIUM")


def is_arbitrated(then: Crime, view: View) -> bool:
    """Tell whether the registrar or the deputy decided a dispute, or somebody did and CIS does not hold who."""
    if left_out(then, "dispute_decided_role", view):
        return then.dispute_decided_at is not None
    return then.dispute_decided_role in {"FCR", "DEPUTY_FCR"}


def of_rape(ref: str, now: Crime, recorded_at: int, view: View) -> Found:
    """rape-recorded-by-specialist and rape-closed-unreviewed."""
    if now.offence_class != "RAPE":
        return
    if recorded_at >= FIRST_OF_APRIL_2013:
        by_others = now.recorded_by_role not in {"ATTENDING_OFFICER", "CALL_HANDLER"}
        yield Key("rape-recorded-by-specialist", Crime, ref), Wrong(by_others, "LOW")
    if now.closed_at is not None:
        overseen = says(now.oversight_di) or left_out(now, "oversight_di", view)
        reviewed = overseen and now.closure_reviewed_role == "DCI"
        if now.closed_at >= FIRST_OF_APRIL_2026:
            reviewed = not REVIEWERS.isdisjoint({now.closure_reviewed_role, now.outcome_role})
        yield Key("rape-closed-unreviewed", Crime, ref), Wrong(not reviewed, "HIGH")


def of_victim(ref: str, snapshots: Sequence[Crime], recorded_at: int) -> Found:
    """victim-contract-missing, victim-support-not-referred and partner-referral-unactioned."""
    now = snapshots[-1]
    if says(now.victim_token):
        contract = Obligation(recorded_at + 5 * DAY, now.victim_care_contract_at, "LOW")
        yield Key("victim-contract-missing", Crime, ref), contract
    consented = since(snapshots, lambda then: then.victim_consents_support is True)
    if consented is not None:
        due_at = max(recorded_at, consented) + 2 * DAY
        support = Obligation(due_at, now.victim_support_referred_at, "MEDIUM")
        yield Key("victim-support-not-referred", Crime, ref), support
    for agency, referred_at in {(referral.agency, referral.referred_at) for referral in now.partner_referrals}:
        acted = [
            referral.actioned_at
            for referral in now.partner_referrals
            if (referral.agency, referral.referred_at) == (agency, referred_at) and referral.actioned_at is not None
        ]
        key = Key("partner-referral-unactioned", Crime, ref, f"{agency}|{to_rfc3339(referred_at)}")
        yield key, Obligation(referred_at + 14 * DAY, min(acted, default=None), "LOW")


def of_decision(ref: str, decision: NoCrime, view: View) -> Found:
    """Yield what the rules find of one no-crime decision on a crime."""
    at, of_class, right = to_rfc3339(decision.decided_at), decision.offence_class, put_right(decision, view)
    severity = "CRITICAL" if of_class == "RAPE" else "HIGH"
    wrong = Wrong(unauthorised(decision, view) and not right, severity, of_class)
    if not of_unknown_maker(decision, view):
        yield Key("no-crime-unauthorised", Crime, ref, at), wrong
    wrong = Wrong(unsupported(decision, view) and not right, "HIGH", of_class)
    if supports(decision, view):
        yield Key("no-crime-unsupported", Crime, ref, at), wrong
    cancelled_at = [snapshot.event_time for snapshot in view.of(Crime, ref) if snapshot.status != "RECORDED"]
    if decision.reason in {"NO_CRIME", "C1", "C2", "C5"} and cancelled_at and not uninformed_is_unknown(decision, view):
        due_at = max(decision.decided_at, cancelled_at[0])
        informed = Obligation(due_at, decision.victim_informed_at, "HIGH", offence_class=of_class)
        yield Key("no-crime-victim-uninformed", Crime, ref, at), informed
    courses = {"AVI_ROBBERY"} if of_class == "ROBBERY" else {"NCRS", "HOCR"}
    untrained = not trained(decision.decided_by, courses, decision.decided_at, view)
    yield Key("decision-maker-untrained", Crime, ref, f"NO_CRIME|{at}"), Wrong(untrained, "MEDIUM", of_class)


def uninformed_is_unknown(decision: NoCrime, view: View) -> bool:
    """Tell whether CIS does not hold, and never said, that the victim was informed of a decision."""
    snapshots = [s for s in view.of(NoCrime, norm(decision.crime_ref)) if s.decided_at == decision.decided_at]
    return never_stated(snapshots, "victim_informed_at", view)


def trained(who: str | None, courses: set[str], at: int, view: View) -> bool:
    """Tell whether somebody held an unexpired record of one of some courses."""
    records: dict[tuple[str, int], TrainingRecord] = {}
    for snapshot in view.of(TrainingRecord, norm(who)) if norm(who) else ():
        records[snapshot.course, snapshot.completed_at] = snapshot
    return any(
        held.course in courses and held.completed_at <= at and (held.expires_at is None or at <= held.expires_at)
        for held in records.values()
    )
