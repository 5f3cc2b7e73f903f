"""The slow oracle's reading of what a feed does not hold: unknown is not no.

Read straight from section 7 of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.records import AsbReport, Call, Crime, Disposal, Incident, NoCrime, ProtectionReport, Referral, Snapshot
from tests.streams.laws.oracle_findings import Found, Key
from tests.streams.laws.oracle_view import View, says

DECIDED_BY: Mapping[tuple[str, type[Snapshot]], tuple[tuple[str, ...], ...]] = {
    ("report-undecided", Incident): (("crimes_expected",),),
    ("report-undecided", AsbReport): (("crimes_expected",),),
    ("rape-not-recorded", Incident): (("offence_class",),),
    ("rape-not-overseen", Incident): (("offence_class",), ("overseen_at",), ("overseen_role",)),
    ("offence-misclassified", Incident): (("offence_class",),),
    ("offence-misclassified", Referral): (("offence_class",),),
    ("offence-misclassified", ProtectionReport): (("offence_class",),),
    ("referral-unlinked", ProtectionReport): (("crimes_expected",),),
    ("other-force-unconfirmed", Incident): (("other_force_crime_ref",),),
    ("assessment-overdue", Incident): (("assessed_at",), ("officer_dispatched",)),
    ("rape-recorded-by-specialist", Crime): (("recorded_by_role",),),
    ("rape-closed-unreviewed", Crime): (("closure_reviewed_role", "outcome_role"),),
    ("victim-contract-missing", Crime): (("victim_care_contract_at",),),
    ("victim-support-not-referred", Crime): (("victim_support_referred_at",),),
    ("partner-referral-unactioned", Crime): (("partner_referrals",),),
    ("dispute-undecided", Crime): (("dispute_decided_at",),),
    ("disposal-implications-unexplained", Disposal): (("implications_explained",),),
    ("disposal-victim-not-consulted", Disposal): (("victim_consulted",),),
    ("disposal-outcome-inadequate", Disposal): (("outcome_meaningful",), ("offence_admitted",)),
    ("disposal-unreviewed", Disposal): (("reviewed_at",),),
    ("call-review-overdue", Call): (("reviewed_at",),),
}
"""The fields that decide a rule on a record: any of the groups, of a group all."""
LACKABLE: Mapping[type[Snapshot], tuple[str, ...]] = {
    Incident: (
        "crimes_expected",
        "offence_class",
        "overseen_at",
        "overseen_role",
        "other_force_crime_ref",
        "assessed_at",
        "officer_dispatched",
        "disposition_rationale",
        "n100_code",
        "reporter_informed",
        "fcr_oversight",
    ),
    Referral: ("crimes_expected", "offence_class", "decision_rationale", "reporter_informed", "fcr_oversight"),
    ProtectionReport: ("crimes_expected", "offence_class", "decision_rationale", "reporter_informed", "fcr_oversight"),
    AsbReport: ("crimes_expected", "decision_rationale", "reporter_informed", "fcr_oversight"),
    Crime: (
        "recorded_by",
        "recorded_by_role",
        "closure_reviewed_role",
        "outcome_role",
        "oversight_di",
        "victim_care_contract_at",
        "victim_support_referred_at",
        "partner_referrals",
        "dispute_decided_at",
        "dispute_decided_role",
        "reported_at",
        "reclassified_role",
        "reclassification_rationale",
        "fcr_oversight_at",
        "outcome_rationale",
        "suspect_token",
        "flags",
    ),
    NoCrime: ("decided_by_role", "independent", "avi", "rationale", "victim_informed_at"),
    Disposal: (
        "implications_explained",
        "victim_consulted",
        "outcome_meaningful",
        "offence_admitted",
        "reviewed_at",
        "reviewed_by",
        "pnc_checked_at",
        "form_attached",
    ),
    Call: ("reviewed_at", "ncrs_compliant"),
}
"""The fields whose lack the contract speaks of."""


def is_empty(value: Any) -> bool:
    """Tell whether a field says nothing: null, blank, no entries."""
    return value is None or value == () or (isinstance(value, str) and not says(value))


def left_out(snapshot: Snapshot, field: str, view: View) -> bool:
    """Tell whether a condition on a field is left out: lacking, and empty."""
    return field in view.lacked(type(snapshot)) and is_empty(getattr(snapshot, field))


def never_stated(snapshots: Iterable[Snapshot], field: str, view: View) -> bool:
    """Tell whether a field is lacking, and empty in every snapshot."""
    return all(left_out(snapshot, field, view) for snapshot in snapshots)


def judged(found: Found, view: View) -> Found:
    """Yield what rules find but those that are off, or not judged on a record for want of what decides them."""
    for key, finding in found:
        if is_judged(key, view):
            yield key, finding


def is_judged(key: Key, view: View) -> bool:
    """Tell whether a rule is judged on a record at all."""
    return key.rule_id not in view.history.off and not any(_undecidable(key, view))


def _undecidable(key: Key, view: View) -> Iterator[bool]:
    snapshots: Sequence[Snapshot] = view.of(key.kind, key.ref)
    for group in DECIDED_BY.get((key.rule_id, key.kind), ()):
        yield all(never_stated(snapshots, field, view) for field in group)
