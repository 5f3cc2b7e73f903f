"""The figures of an inspection, for any period, worked out by the rules from what a monitor knows.

HMIC's Part B and dip samples ask the same questions of a few hundred records read by hand.  Here they are asked of
every record: *linkage* figures say what the streams show, and *audited* ones what people found when they looked (calls
reviewed, referrals audited); the two are never mixed.  Figures are of what is known at the clock.  One fault of one
record counts once, however many rules it trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal, NamedTuple

from streams.audits.outcomes import IN_ORDER
from streams.audits.referrals import audited_at, audited_outcome
from streams.facts.context import Context
from streams.facts.matters import REFERRAL, Matter
from streams.facts.statistics import wilson
from streams.obligations.counting import counting_crimes
from streams.obligations.findings import Condition, Obligation
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_invalid
from streams.obligations.recording import crimes_disclosed
from streams.reports.audit_queue import SECTORS
from streams.rules import RULES

Basis = Literal["LINKAGE", "AUDITED"]
DISPOSALS = {
    "Cautions": ("CAUTION", "CONDITIONAL_CAUTION"),
    "Penalty notices": ("PND",),
    "Cannabis warnings": ("CANNABIS_WARNING",),
    "Community resolutions": ("COMMUNITY_RESOLUTION",),
}


class Period(NamedTuple):
    """From one moment (ms) up to, not including, another."""

    start: int
    end: int

    def holds(self, moment: int) -> bool:
        """Return whether ``moment`` falls in the period."""
        return self.start <= moment < self.end


class Figure(NamedTuple):
    """One line of the report: how many, of how many looked at."""

    label: str
    found: int
    of: int
    basis: Basis = "LINKAGE"
    share: bool = True
    """False where ``found`` is a number in its own right (crimes in incidents), not a share of ``of``."""

    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of the share, or None where there is none."""
        return wilson(self.found, self.of) if self.share and self.of else None


class Recording(NamedTuple):
    """What became of the crimes that one report disclosed."""

    identified: int = 0
    recorded: int = 0
    in_time: int = 0
    pending: int = 0
    """Not recorded, with the limit still ahead."""
    undecided: bool = False
    """Past the limit, and nobody has said whether the report discloses a crime."""
    misclassified: bool = False


def figures(contexts: Iterable[Context], period: Period) -> list[Figure]:
    """Return every figure of some forces for a period; a report belongs to the period it was received in."""
    contexts = list(contexts)
    of_period = partial(_in_period, contexts, period)
    return [
        *_reports("Incidents", "incidents reviewed", of_period("incidents"), "crime-not-recorded"),
        *_reports("Referrals", "referrals reviewed", of_period("referrals"), "referral-unlinked"),
        *_reports("ASB reports", "reports reviewed", of_period("asb_reports"), "asb-crime-not-recorded"),
        *_no_crimes(contexts, period),
        *(line for label, kinds in DISPOSALS.items() for line in _disposals(label, kinds, contexts, period)),
        _reviewed_in_time(contexts, period),
        *_calls(contexts, period),
        *_audits(contexts, period),
    ]


def recording(report: Matter, context: Context, rule_id: str) -> Recording:
    """Return what became of a report's crimes, by the rule that requires them to be recorded.

    A report that a valid disposition or decision answers, or that nobody has decided on, discloses the crimes that
    are recorded for it, and no more.
    """
    obligation = RULES[rule_id].judge(report, context)
    disclosed = crimes_disclosed(report)
    counted = counting_crimes(report, context)
    if disclosed is None and (report.kind is REFERRAL or not isinstance(obligation, Obligation)):
        required = len(counted)
    else:
        required = disclosed or 1
        if len(counted) < required and isinstance(obligation, Obligation) and obligation.met_at is not None:
            required = len(counted)
    counted = counted[:required]
    due_at = obligation.due_at if isinstance(obligation, Obligation) else _limit(report, context)
    classified = RULES["offence-misclassified"]
    classification = classified.judge(report, context) if report.kind in classified.about else None
    return Recording(
        identified=required,
        recorded=len(counted),
        in_time=sum(1 for crime in counted if crime.recorded_at <= due_at),
        pending=required - len(counted) if context.clock <= due_at else 0,
        undecided=_is_undecided(report, context),
        misclassified=isinstance(classification, Condition) and classification.wrong,
    )


def _limit(report: Matter, context: Context) -> int:
    received_at: int = getattr(report.record.first, report.kind.begins)
    return received_at + context.policy(received_at).recording_limit


def _is_undecided(report: Matter, context: Context) -> bool:
    if report.kind is not REFERRAL:
        obligation = RULES["report-undecided"].judge(report, context)
    else:
        obligation = RULES["referral-unlinked"].judge(report, context) if crimes_disclosed(report) is None else None
    return isinstance(obligation, Obligation) and obligation.met_at is None and context.clock > obligation.due_at


def _in_period(contexts: list[Context], period: Period, matters: str) -> list[tuple[Matter, Context]]:
    return [
        (matter, context)
        for context in contexts
        for matter in getattr(context.facts, matters).values()
        if matter.held and period.holds(getattr(matter.record.first, matter.kind.begins))
    ]


def _reports(label: str, reviewed: str, reports: list[tuple[Matter, Context]], rule_id: str) -> Iterator[Figure]:
    """Yield the figures of one kind of report; crimes whose limit is ahead are left out of the shares."""
    recordings = [recording(report, context, rule_id) for report, context in reports]
    identified = sum(outcome.identified for outcome in recordings)
    recorded = sum(outcome.recorded for outcome in recordings)
    in_time = sum(outcome.in_time for outcome in recordings)
    pending = sum(outcome.pending for outcome in recordings)
    undecided = sum(outcome.undecided for outcome in recordings)
    misclassified = sum(outcome.misclassified for outcome in recordings)
    yield Figure(f"{label}: crimes identified, of {reviewed}", identified, len(reports), share=False)
    yield Figure(f"{label}: crimes recorded, of those identified", recorded, identified - pending)
    yield Figure(f"{label}: recorded in time", in_time, recorded)
    yield Figure(f"{label}: recorded late", recorded - in_time, recorded)
    yield Figure(f"{label}: unrecorded, limit passed", identified - recorded - pending, identified - pending)
    yield Figure(f"{label}: unrecorded, limit still ahead", pending, identified, share=False)
    yield Figure(f"{label}: undecided, limit passed", undecided, len(reports))
    if label != "ASB reports":  # no rule judges their class
        yield Figure(f"{label}: classified correctly", recorded - misclassified, recorded)


def _no_crimes(contexts: list[Context], period: Period) -> Iterator[Figure]:
    checked = [
        (decision.offence_class, is_invalid(decision, context))
        for context in contexts
        for crime in context.facts.crimes.values()
        for decision in decisions(crime)
        if period.holds(decision.decided_at)
    ]
    yield Figure("No-crimes: correct", sum(not invalid for _, invalid in checked), len(checked))
    for offence_class in ("ROBBERY", "RAPE", "VIOLENCE"):
        of_class = [invalid for decided_class, invalid in checked if decided_class == offence_class]
        yield Figure(f"No-crimes: correct, {offence_class.lower()}", of_class.count(False), len(of_class))


def _disposals(label: str, kinds: tuple[str, ...], contexts: list[Context], period: Period) -> Iterator[Figure]:
    disposals = _in_period(contexts, period, "disposals")
    issued = [(disposal, context) for disposal, context in disposals if disposal.newest.kind in kinds]
    yield _compliant(f"{label}: offender suitable", issued, "disposal-ineligible")
    yield _compliant(f"{label}: implications explained", issued, "disposal-implications-unexplained")
    yield _compliant(f"{label}: victim consulted", issued, "disposal-victim-not-consulted")
    if label == "Community resolutions":
        yield _compliant(f"{label}: outcome meaningful", issued, "disposal-outcome-inadequate")


def _compliant(label: str, matters: list[tuple[Matter, Context]], rule_id: str) -> Figure:
    """Count the matters that a rule is about, and those among them with which nothing is wrong."""
    rule = RULES[rule_id]
    judgements = [rule.judge(matter, context) for matter, context in matters]
    conditions = [judgement for judgement in judgements if isinstance(judgement, Condition)]
    return Figure(label, sum(not condition.wrong for condition in conditions), len(conditions))


def _reviewed_in_time(contexts: list[Context], period: Period) -> Figure:
    """Count the dip sample's calls whose review is done or overdue, and those reviewed in time."""
    judged = [
        (obligation, context.clock)
        for call, context in _in_period(contexts, period, "calls")
        if isinstance(obligation := RULES["call-review-overdue"].judge(call, context), Obligation)
    ]
    in_time = [obligation.met_at is not None and obligation.met_at <= obligation.due_at for obligation, _ in judged]
    ended = sum(obligation.met_at is not None or clock > obligation.due_at for obligation, clock in judged)
    return Figure("Calls: dip sample reviewed in time", sum(in_time), ended)


def _calls(contexts: list[Context], period: Period) -> Iterator[Figure]:
    """Yield what reviewers found in the dip sample, which stands for all calls, and in all reviews."""
    checked = [
        (call.newest.ncrs_compliant, context.facts.call_reviews.is_chosen(call.newest))
        for call, context in _in_period(contexts, period, "calls")
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
        (matter, context)
        for matter, context in _in_period(contexts, period, "referrals")
        if rule.judge(matter, context)
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
