"""The figures of an inspection, for any period, worked out by the rules from what a monitor knows.

HMIC's Part B and dip samples ask the same questions of a few hundred records read by hand.  Here they are asked of
every record: *linkage* figures say what the streams show, and *audited* ones what people found when they looked (calls
reviewed, referrals audited); the two are never mixed.  Figures are of what is known at the clock.  One fault of one
record counts once, however many rules it trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.records import NoCrime, ProtectionReport
from schemas.vocabularies import OFFENCE_CLASSES
from streams.audits.outcomes import IN_ORDER
from streams.audits.referrals import audited_at, audited_outcome
from streams.facts.context import Context
from streams.facts.matters import CALL, DISPOSAL, PROTECTION_REPORT, REFERRAL, Matter
from streams.obligations.findings import Condition, Obligation
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_authority_unknown, is_invalid, is_support_unknown
from streams.reports.audit_queue import SECTORS
from streams.reports.figure import Figure, Period, not_known_most, share_figure
from streams.reports.report_figures import REPORTED, in_period, report_figures
from streams.rules import RULES

DISPOSALS = {
    "Cautions": ("CAUTION", "CONDITIONAL_CAUTION"),
    "Penalty notices": ("PND",),
    "Cannabis warnings": ("CANNABIS_WARNING",),
    "Community resolutions": ("COMMUNITY_RESOLUTION",),
}

_CLASSES_SHOWN: Final = tuple(
    (f"No-crimes: correct, {name.lower()}", {name}) for name in ("ROBBERY", "RAPE", "VIOLENCE")
)


def figures(contexts: Iterable[Context], period: Period) -> list[Figure]:
    """Return every figure of some forces for a period; a report belongs to the period it was received in.

    Protection reports are counted where a force has their feed.
    """
    contexts = list(contexts)
    reported = [
        (kind, in_period(contexts, period, kind.kind))
        for kind in REPORTED
        if kind.kind is not PROTECTION_REPORT or any(_has_protection_reports(context) for context in contexts)
    ]
    return [
        *(line for kind, reports in reported for line in report_figures(kind, reports)),
        *_no_crimes(contexts, period),
        *(line for label, kinds in DISPOSALS.items() for line in _disposals(label, kinds, contexts, period)),
        _reviewed_in_time(contexts, period),
        *_calls(contexts, period),
        *_audits(contexts, period),
    ]


def _has_protection_reports(context: Context) -> bool:
    return ProtectionReport.TOPIC in context.completeness.named or bool(context.facts.protection_reports)


def _no_crimes(contexts: list[Context], period: Period) -> Iterator[Figure]:
    checked = [
        (decision.offence_class, is_invalid(decision, context), _is_validity_unknown(decision, context))
        for context in contexts
        for crime in context.facts.crimes.values()
        for decision in decisions(crime)
        if period.holds(decision.decided_at)
    ]
    most = not_known_most(contexts)
    for label, classes in (("No-crimes: correct", OFFENCE_CLASSES), *_CLASSES_SHOWN):
        of_class = [(invalid, unknown) for decided_class, invalid, unknown in checked if decided_class in classes]
        known = [invalid for invalid, unknown in of_class if invalid or not unknown]
        yield share_figure(label, known.count(False), len(known), len(of_class) - len(known), most, "decisions")


def _is_validity_unknown(decision: NoCrime, context: Context) -> bool:
    return is_authority_unknown(decision, context) or is_support_unknown(decision, context)


def _disposals(label: str, kinds: tuple[str, ...], contexts: list[Context], period: Period) -> Iterator[Figure]:
    disposals = in_period(contexts, period, DISPOSAL)
    issued = [(disposal, context) for disposal, context in disposals if disposal.newest.kind in kinds]
    yield _compliant(f"{label}: offender suitable", issued, "disposal-ineligible")
    yield _compliant(f"{label}: implications explained", issued, "disposal-implications-unexplained")
    yield _compliant(f"{label}: victim consulted", issued, "disposal-victim-not-consulted")
    if label == "Community resolutions":
        yield _compliant(f"{label}: outcome meaningful", issued, "disposal-outcome-inadequate")


def _compliant(label: str, matters: list[tuple[Matter, Context]], rule_id: str) -> Figure:
    """Count the matters that a rule is about, and those among them with which nothing is wrong."""
    rule = RULES[rule_id]
    about = [(matter, context) for matter, context in matters if rule.judge(matter, context) is not None]
    judgements = [rule.judgement(matter, context) for matter, context in about]
    conditions = [judgement for judgement in judgements if isinstance(judgement, Condition)]
    right = sum(not condition.wrong for condition in conditions)
    most = not_known_most(context for _, context in about)
    return share_figure(label, right, len(conditions), judgements.count(None), most, "disposals")


def _reviewed_in_time(contexts: list[Context], period: Period) -> Figure:
    """Count the dip sample's calls whose review is done or overdue, and those reviewed in time."""
    rule = RULES["call-review-overdue"]
    ended = [
        (obligation, rule.judgement(call, context) is not None)
        for call, context in in_period(contexts, period, CALL)
        if isinstance(obligation := rule.judge(call, context), Obligation)
        and (obligation.met_at is not None or context.clock > obligation.due_at)
    ]
    known = [obligation for obligation, is_known in ended if is_known]
    in_time = [obligation.met_at is not None and obligation.met_at <= obligation.due_at for obligation in known]
    label, most = "Calls: dip sample reviewed in time", not_known_most(contexts)
    return share_figure(label, sum(in_time), len(known), len(ended) - len(known), most, "calls")


def _calls(contexts: list[Context], period: Period) -> Iterator[Figure]:
    """Yield what reviewers found in the dip sample, which stands for all calls, and in all reviews."""
    checked = [
        (call.newest.ncrs_compliant, context.facts.call_reviews.is_chosen(call.newest))
        for call, context in in_period(contexts, period, CALL)
        if call.newest.reviewed_at is not None and call.newest.ncrs_compliant is not None
    ]
    for label, compliant in (
        ("of the dip sample reviewed", [compliant for compliant, is_chosen in checked if is_chosen]),
        ("of those reviewed", [compliant for compliant, _ in checked]),
    ):
        yield Figure(f"Calls: NCRS kept to, {label}", compliant.count(True), len(compliant), "AUDITED")


def _audits(contexts: list[Context], period: Period) -> Iterator[Figure]:
    """Yield how far the registrar has come, by sector, and what the audits found."""
    rule = RULES["referral-not-audited"]
    chosen = [
        (matter, context) for matter, context in in_period(contexts, period, REFERRAL) if rule.judge(matter, context)
    ]
    for sector in SECTORS:
        audited = [
            audited_at(matter, context) is not None
            for matter, context in chosen
            if matter.newest.agency_sector == sector
        ]
        label = f"Referrals: audited by the FCR, {sector.lower()} sector"
        yield Figure(label, audited.count(True), len(audited), "AUDITED")
    for label, vulnerable in (("with a vulnerable person", True), ("of the sample of others", False)):
        outcomes = [
            audited_outcome(matter, context)
            for matter, context in chosen
            if bool(matter.newest.vulnerable) is vulnerable
        ]
        in_order = [outcome in IN_ORDER for outcome in outcomes if outcome is not None]
        yield Figure(f"Referrals: found in order by the FCR, {label}", in_order.count(True), len(in_order), "AUDITED")
