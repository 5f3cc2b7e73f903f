"""The case view: what one system holds on one matter, without location, free text or person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.identifiers import CrimeRef
from schemas.products import NOT_JUDGED, NOT_KNOWN, UNDISCLOSED, Case, CaseLink, CaseMoment, Fact
from schemas.quantities import counted
from schemas.records import Crime, Snapshot
from streams.engine.bounds import bounded_links, bounded_moments
from streams.engine.unjudgeable import CASE, SetAside
from streams.facts.context import Context
from streams.facts.linkage import ReportKey
from streams.facts.matters import (
    ASB_REPORT,
    CALL,
    CRIME,
    DISPOSAL,
    INCIDENT,
    PROTECTION_REPORT,
    REFERRAL,
    REPORT_KINDS,
    Kind,
    Matter,
)
from streams.facts.references import references
from streams.obligations.assessments import GivenAssessment, given_assessments
from streams.obligations.dispositions import refusals, unverified_fields
from streams.obligations.evidence import fact, stated_facts, stated_text
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_authority_unknown, is_support_unknown
from streams.obligations.recording import is_undisclosed
from streams.policy.outcome_names import outcome_name
from streams.rules import CATALOGUE

SUMMARY_FIELDS: dict[Kind, tuple[str, ...]] = {
    INCIDENT: (
        "reported_at",
        "channel",
        "opening_code",
        "closing_code",
        "offence_class",
        "crimes_expected",
        "status",
        "closed_at",
        "disposition",
        "officer_dispatched",
        "overseen_role",
        "overseen_at",
        "assessed_at",
    ),
    CRIME: ("recorded_at", "offence_code", "offence_class", "status", "recorded_by_role", "closed_at"),
    DISPOSAL: ("kind", "issued_at", "reviewed_at", "pnc_checked_at", "rescinded_at"),
    REFERRAL: ("received_at", "unit", "agency_sector", "vulnerable", "crimes_expected", "offence_class", "decision"),
    PROTECTION_REPORT: (
        "received_at",
        "kind",
        "agency_sector",
        "vulnerable",
        "crimes_expected",
        "offence_class",
        "decision",
    ),
    ASB_REPORT: ("reported_at", "partner", "crimes_expected", "offence_class", "decision"),
    CALL: ("handled_at", "team", "sampled_at", "reviewed_at", "ncrs_compliant"),
}
OPTIONAL_FIELDS: dict[Kind, tuple[str, ...]] = {
    CRIME: (
        "dispute_raised_at",
        "dispute_decided_at",
        "dispute_decided_role",
        "reported_at",
        "route",
        "reclassified_at",
        "reclassified_role",
        "fcr_oversight_at",
        "outcome",
        "outcome_at",
        "outcome_role",
        "domestic_abuse",
    ),
    REFERRAL: ("fcr_audited_at",),
    PROTECTION_REPORT: ("fcr_audited_at",),
}
"""The fields that most records never state, those that the registrar's queues need among them.

They are in a summary only where they are stated.
"""
MOMENT_FIELD: dict[Kind, str] = {
    INCIDENT: "status",
    CRIME: "status",
    DISPOSAL: "kind",
    REFERRAL: "decision",
    PROTECTION_REPORT: "decision",
    ASB_REPORT: "decision",
    CALL: "ncrs_compliant",
}
"""The field whose value sums up a snapshot."""


def changed_cases(context: Context, changed: Iterable[Matter], set_aside: SetAside) -> dict[bytes, Case | None]:
    """Return the case of each changed matter, by key; None: its system holds it no longer, or not yet."""
    cases: dict[bytes, Case | None] = {}
    for kind, ref in dict.fromkeys((matter.kind, matter.ref) for matter in changed):
        if kind in SUMMARY_FIELDS:
            key = subject_key(context.force, kind, ref)
            matter = context.facts.matters[kind].get(ref)
            if matter is None or not matter.held:
                cases[key] = None
                continue
            try:
                cases[key] = case(context, matter)
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                set_aside.add_matter(matter, CASE, error)
    return cases


def subject_key(force: str, kind: Kind, ref: str) -> bytes:
    """Return the key under which what concerns a matter is published."""
    return f"{force}|{kind.system}|{kind.name}|{ref}".encode()


def case(context: Context, matter: Matter) -> Case:
    """Return the case view of a matter that its system holds."""
    newest = matter.newest
    return Case(
        force=context.force,
        system=matter.kind.system,  # type: ignore[arg-type]  # FEED has no cases
        ref=matter.written_ref(),
        normalised_ref=matter.ref,
        topic=newest.TOPIC,
        event_id=newest.event_id,
        event_time=newest.event_time,
        first_event_time=matter.record.first.event_time,
        snapshots=matter.record.effective_count,
        linked=bounded_links(_linked(context, matter)),
        moments=bounded_moments(_moments(context, matter)),
        summary=(
            *stated_facts(newest, *SUMMARY_FIELDS[matter.kind], *_optional_fields(matter.kind, newest)),
            *_outcome_type(newest),
            *_unverified(context, matter),
            *_unknowns(context, matter),
        ),
    )


def _optional_fields(kind: Kind, snapshot: Snapshot) -> Iterator[str]:
    return (name for name in OPTIONAL_FIELDS.get(kind, ()) if getattr(snapshot, name) is not None)


def _outcome_type(snapshot: Snapshot) -> Iterator[Fact]:
    """Yield what a crime's outcome was called when it was given, where that is known."""
    if isinstance(snapshot, Crime) and snapshot.outcome_at is not None:
        name = outcome_name(snapshot.outcome, snapshot.outcome_at)
        if name is not None:
            yield fact("outcome_type", name, snapshot)


def _unverified(context: Context, matter: Matter) -> Iterator[Fact]:
    """Yield what nobody can verify of an answer without a crime, and why what is stated is none."""
    if matter.kind in (INCIDENT, REFERRAL, PROTECTION_REPORT, ASB_REPORT) and (
        fields := unverified_fields(matter, context)
    ):
        yield fact("unverified", fields, matter.newest)
    if matter.kind is INCIDENT and (reasons := refusals(matter, context)):
        yield fact("not_valid", "; ".join(reasons), matter.newest)


def _unknowns(context: Context, matter: Matter) -> Iterator[Fact]:
    """Yield what is not known of a matter, for figures, which take no emptiness for an answer.

    They are that nobody said how many crimes a report discloses, and by which rules a matter is not judged.
    """
    if matter.kind in REPORT_KINDS and is_undisclosed(matter, context):
        yield fact(UNDISCLOSED, NOT_KNOWN, matter.newest)
    if context.book.lacks_anything and (rules := tuple(_not_judged(context, matter))):
        yield fact(NOT_JUDGED, rules, matter.newest)


def _not_judged(context: Context, matter: Matter) -> Iterator[str]:
    for rule in CATALOGUE:
        if rule.is_undecidable(matter, context):
            yield rule.id
    if matter.kind is CRIME:
        taken = list(decisions(matter))
        if any(is_authority_unknown(decision, context) for decision in taken):
            yield "no-crime-unauthorised"
        if any(is_support_unknown(decision, context) for decision in taken):
            yield "no-crime-unsupported"


def _linked(context: Context, matter: Matter) -> list[CaseLink]:
    if matter.kind is CRIME:
        links = _reports_of(context, CrimeRef(matter.ref))
    elif matter.kind in REPORT_KINDS:
        links = iter([("CIS", ref) for ref in context.facts.linkage.crimes_of((matter.kind.system, matter.ref))])
    elif matter.kind is DISPOSAL:
        links = iter([("CIS", ref) for ref in references([matter.newest.crime_ref or ""])])
    else:
        links = iter([("STORM", ref) for ref in references([matter.newest.incident_ref or ""])])
    return [CaseLink(system=system, ref=ref) for system, ref in sorted(set(links))]  # type: ignore[arg-type]


def _reports_of(context: Context, crime: CrimeRef) -> Iterator[ReportKey]:
    """Yield the reports that are linked to a crime.

    CIS names referrals and protection reports in one field: of two of one name only those that are held are linked, or
    where neither is, the referral.
    """
    reports = set(context.facts.linkage.reports_of(crime))
    for report in reports:
        referral, protection = (REFERRAL.system, report[1]), (PROTECTION_REPORT.system, report[1])
        if report == referral and protection in reports:
            if _is_held(context, protection) and not _is_held(context, referral):
                continue
        elif report == protection and referral in reports and not _is_held(context, protection):
            continue
        yield report


def _is_held(context: Context, report: ReportKey) -> bool:
    matter = context.facts.report(report)
    return matter is not None and matter.held


def _moments(context: Context, matter: Matter) -> list[CaseMoment]:
    field = MOMENT_FIELD[matter.kind]
    moments = [
        CaseMoment(
            event_id=snapshot.event_id,
            event_time=snapshot.event_time,
            summary=f"{field} {stated_text(snapshot, field)}",
        )
        for snapshot in matter.record.effective
    ]
    for decision in decisions(matter):
        summary = f"no-crime {decision.reason} by {decision.decided_by_role or 'nobody named'}"
        moments.append(CaseMoment(event_id=decision.event_id, event_time=decision.event_time, summary=summary))
    if matter.kind is not DISPOSAL:  # a crime of the same reference is what people assess
        moments += map(_assessed, given_assessments(matter, context))
    return sorted(moments, key=lambda moment: (moment.event_time, moment.event_id))


def _assessed(given: GivenAssessment) -> CaseMoment:
    """Return the moment at which a person judged the matter, without saying who."""
    assessment = given.newest
    crimes = "" if assessment.crimes is None else f": {counted(assessment.crimes, 'crime')}"
    summary = f"assessed by {assessment.assessed_role}{crimes}"
    return CaseMoment(event_id=assessment.event_id, event_time=given.at, summary=summary)
