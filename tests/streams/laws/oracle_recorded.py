"""The slow oracle's rules of 2026 about what CIS holds: when and as what it was recorded, and with what outcome.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.records import Crime, Incident, ProtectionReport, Referral, Snapshot
from streams.offences import offence_list
from tests.streams.laws.oracle_assessments import standing
from tests.streams.laws.oracle_counting import SIDES, is_coded, is_n100, is_no_crime, linked_reports, recorded_at
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out, never_stated
from tests.streams.laws.oracle_report import FOR_THE_VICTIM
from tests.streams.laws.oracle_reports import recorded_reports
from tests.streams.laws.oracle_view import (
    DAY,
    FIRST_OF_APRIL_2015,
    FIRST_OF_APRIL_2026,
    HOUR,
    View,
    norms,
    says,
    since,
)

DECIDERS = frozenset({"FCR", "DEPUTY_FCR", "DDM"})
SENIOR = frozenset({"INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR"})
"""As the contract lists them: it names no detective inspector where it asks for an inspector."""
ROWS = frozenset({"15", "5", "8", "22", "rationale", "21", "suspect"})
"""The rows of outcomes that the contract names."""
EXPLAINED = frozenset({"8", "10", "21", "22", "23", "24"})
"""Outcomes that ask for a rationale."""


def findings(view: View) -> Found:
    """Yield what these rules find."""
    for ref in view.refs(Crime):
        snapshots: Sequence[Crime] = view.of(Crime, ref)
        if snapshots[-1].status == "RECORDED":
            of_today = recorded_at(ref, view) >= FIRST_OF_APRIL_2026
            if of_today:
                yield from of_another_class(ref, snapshots, view)
                yield from of_incident_only(ref, view)
            if not is_no_crime(snapshots[-1]):
                yield from of_other_routes(ref, snapshots, view)
                yield from of_outcome(ref, snapshots, view)
                if of_today:
                    yield from of_code(ref, snapshots[-1])


def of_other_routes(ref: str, snapshots: Sequence[Crime], view: View) -> Found:
    """crime-recorded-late."""
    reported_at = next((crime.reported_at for crime in snapshots if crime.reported_at is not None), None)
    if reported_at is None or reported_at < FIRST_OF_APRIL_2026 or view.clock < view.shown(Crime, ref) + DAY:
        return
    reports = recorded_reports(ref, view)
    if any(is_judged for _, is_judged in reports):
        return
    first = min([reported_at, *(report.received_at for report, _ in reports)])
    due_at = first + (24 if first >= FIRST_OF_APRIL_2015 else 72) * HOUR
    late = Obligation(due_at, recorded_at(ref, view), "MEDIUM", remedy="RECORDED_LATE")
    yield Key("crime-recorded-late", Crime, ref), late


def of_another_class(ref: str, snapshots: Sequence[Crime], view: View) -> Found:
    """crime-reclassified."""
    first, now = snapshots[0], snapshots[-1]
    if is_no_crime(first) or (now.offence_class == first.offence_class and not is_no_crime(now)):
        return
    grave = first.offence_class in {"RAPE", "HOMICIDE"}
    deciders = frozenset({"FCR"}) if grave else DECIDERS

    def is_so(then: Crime) -> bool:
        return then.offence_class == now.offence_class and is_no_crime(then) == is_no_crime(now)

    def is_decided(then: Crime) -> bool:
        explained = says(then.reclassification_rationale) or left_out(then, "reclassification_rationale", view)
        return is_so(then) and then.reclassified_role in deciders and explained

    so_since, decided_since = since(snapshots, is_so), since(snapshots, is_decided)
    assert so_since is not None
    ways = [] if decided_since is None else [decided_since]
    if ways and now.reclassified_at is not None:
        others = [crime.event_time for crime in snapshots if not is_so(crime)]
        ways = [now.reclassified_at] if now.reclassified_at >= max(others) else []
    ways += [
        one.at
        for one in standing(Crime, ref, view)
        if one.now.assessed_role in deciders and says(one.now.rationale) and one.now.offence_class == now.offence_class
    ]
    severity = "CRITICAL" if first.offence_class == "RAPE" else "HIGH"
    yield Key("crime-reclassified", Crime, ref), Obligation(so_since + DAY, min(ways, default=None), severity)


def of_incident_only(ref: str, view: View) -> Found:
    """incident-only-unseen."""
    now = view.newest(Crime, ref)
    assert now is not None
    if not is_n100(now) and not is_coded(now, "300"):
        return
    due_at, severity = recorded_at(ref, view) + 14 * DAY, "MEDIUM"
    reports = reports_to_look_at(ref, view)
    linked = view.since(lambda then: is_linked_for_the_victim(ref, reports, then))
    if is_n100(now) and linked is not None:
        due_at, severity = max(recorded_at(ref, view), linked) + DAY, "HIGH"
    ways = [now.fcr_oversight_at, *(one.at for one in standing(Crime, ref, view) if one.now.assessed_role == "FCR")]
    seen_at = min((at for at in ways if at is not None), default=None)
    yield Key("incident-only-unseen", Crime, ref), Obligation(due_at, seen_at, severity)


def reports_to_look_at(ref: str, view: View) -> set[tuple[type[Snapshot], str]]:
    """Return the reports that a record is linked to now, and those that CIS ever named, with who cites them.

    A link that a report alone once stated, and states no more, is not looked for.
    """
    named = {
        (kind, report)
        for crime in view.of(Crime, ref)
        for kind, side in SIDES.items()
        for report in norms(getattr(crime, side))
    }
    cited = {report for kind, report in named if kind is Incident}
    citing = {
        (kind, report)
        for kind in SIDES
        if kind is not Incident
        for report in view.refs(kind)
        if cited & norms(view.of(kind, report)[-1].incident_refs)
    }
    return named | citing | set(linked_reports(ref, view))


def is_linked_for_the_victim(ref: str, reports: set[tuple[type[Snapshot], str]], then: View) -> bool:
    """Tell whether a report by the victim, or by who speaks for one, was linked to a record."""
    return any(
        kind in {Referral, ProtectionReport}
        or (kind is Incident and then.of(kind, report)[-1].reporter in FOR_THE_VICTIM)
        for kind, report in linked_reports(ref, then)
        if (kind, report) in reports
    )


def of_code(ref: str, now: Crime) -> Found:
    """offence-code-contradicts-class; which entries a code has, and of which classes, is the offence list's to say."""
    if not now.offence_class_unknown:
        named = any(now.offence_class in entry.offence_classes for entry in offence_list().find(now.offence_code))
        yield Key("offence-code-contradicts-class", Crime, ref), Wrong(not named, "MEDIUM")


def of_outcome(ref: str, snapshots: Sequence[Crime], view: View) -> Found:
    """outcome-unsuitable: the rows that the contract names; a policy may have others."""
    now = snapshots[-1]
    if not says(now.outcome) or now.outcome_at is None or now.outcome_at < FIRST_OF_APRIL_2026:
        return
    outcome, role, flags = str(now.outcome).strip(), now.outcome_role, norms(now.flags)
    role_unknown = left_out(now, "outcome_role", view)
    explained = says(now.outcome_rationale) or left_out(now, "outcome_rationale", view)
    abuse, rape = now.domestic_abuse is True, now.offence_class == "RAPE"
    by_inspector = role == "INSPECTOR" or role_unknown
    rows = {
        "15": outcome == "15" and (rape or "HIGH-RISK-DA" in flags) and role not in SENIOR and not role_unknown,
        "5": outcome == "5" and now.offence_class in {"RAPE", "HOMICIDE"} and role != "FCR" and not role_unknown,
        "8": outcome == "8"
        and ("INTIMATE-PARTNER" in flags or ((abuse or "HATE" in flags) and not (by_inspector and explained))),
        "22": outcome == "22" and abuse and not by_inspector,
        "rationale": outcome in EXPLAINED and not explained,
        "suspect": outcome in {"14", "18"} and says(now.suspect_token),
    }
    for row, wrong in rows.items():
        yield Key("outcome-unsuitable", Crime, ref, row), Wrong(wrong, "MEDIUM")
    if outcome == "21" and not never_stated(snapshots, "fcr_oversight_at", view):
        seen = Obligation(now.outcome_at + 14 * DAY, now.fcr_oversight_at, "MEDIUM")
        yield Key("outcome-unsuitable", Crime, ref, "21"), seen
