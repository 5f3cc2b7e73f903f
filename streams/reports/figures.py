"""The figures of an inspection, for any period, worked out by the rules from what a monitor knows.

HMIC's Part B and dip samples ask the same questions of a few hundred records read by hand.  Here they are asked of
every record: *linkage* figures say what the streams show, and *audited* ones what people found when they looked (calls
reviewed, referrals audited); the two are never mixed.  Figures are of what is known at the clock.  One fault of one
record counts once, however many rules it trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import Final, Literal, NamedTuple

from schemas.records import NoCrime
from schemas.vocabularies import OFFENCE_CLASSES
from streams.audits.outcomes import IN_ORDER
from streams.audits.referrals import audited_at, audited_outcome
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.facts.statistics import wilson
from streams.obligations.dispositions import unverified_fields
from streams.obligations.findings import Condition, Obligation
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_authority_unknown, is_invalid, is_support_unknown
from streams.reports.audit_queue import SECTORS
from streams.reports.recordings import recording
from streams.rules import RULES

Basis = Literal["LINKAGE", "AUDITED"]
DISPOSALS = {
    "Cautions": ("CAUTION", "CONDITIONAL_CAUTION"),
    "Penalty notices": ("PND",),
    "Cannabis warnings": ("CANNABIS_WARNING",),
    "Community resolutions": ("COMMUNITY_RESOLUTION",),
}

_CLASSES_SHOWN: Final = tuple(
    (f"No-crimes: correct, {name.lower()}", {name}) for name in ("ROBBERY", "RAPE", "VIOLENCE")
)


class Period(NamedTuple):
    """From one moment (ms) up to, not including, another."""

    start: int
    end: int

    def holds(self, moment: int) -> bool:
        """Return whether ``moment`` falls in the period."""
        return self.start <= moment < self.end


class Bounds(NamedTuple):
    """Between what a share lies whose every record cannot be known."""

    at_least: float
    at_most: float


class Figure(NamedTuple):
    """One line of the report: how many, of how many looked at, and of how many nobody can say."""

    label: str
    found: int
    of: int
    basis: Basis = "LINKAGE"
    share: bool = True
    """False where ``found`` is a number in its own right (crimes in incidents), not a share of ``of``."""
    not_known: int = 0
    bounds: Bounds | None = None
    """Set where too much is not known for a share."""
    unknowns: str = "reports"
    """What those are that are not known."""

    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of the share, or None where there is none."""
        return wilson(self.found, self.of) if self.share and self.of and self.bounds is None else None


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
    most = _not_known_most(context for _, context in reports)
    identified = sum(outcome.identified for outcome in recordings)
    recorded = sum(outcome.recorded for outcome in recordings)
    counted = recorded + sum(outcome.unforeseen for outcome in recordings)
    in_time = sum(outcome.in_time for outcome in recordings)
    pending = sum(outcome.pending for outcome in recordings)
    not_known = sum(outcome.not_known for outcome in recordings)
    of = identified - pending
    bounds = None
    if sum(outcome.unjudged for outcome in recordings) > most * len(reports):
        bounds = _bounds(counted, counted, of + counted - recorded, not_known)
    yield Figure(
        f"{label}: crimes identified, of {reviewed}", identified, len(reports), share=False, not_known=not_known
    )
    yield Figure(f"{label}: crimes recorded, of those identified", recorded, of, not_known=not_known, bounds=bounds)
    yield Figure(f"{label}: recorded in time", in_time, counted)
    yield Figure(f"{label}: recorded late", counted - in_time, counted)
    yield Figure(
        f"{label}: unrecorded, limit passed",
        of - recorded,
        of,
        not_known=not_known,
        bounds=None if bounds is None else Bounds(1 - bounds.at_most, 1 - bounds.at_least),
    )
    yield Figure(f"{label}: unrecorded, limit still ahead", pending, identified, share=False)
    undecided = [outcome.undecided for outcome in recordings]
    unknown = undecided.count(None)
    yield _figure(f"{label}: undecided, limit passed", undecided.count(True), len(reports) - unknown, unknown, most)
    if label != "ASB reports":  # no rule judges their class
        compared = sum(outcome.compared for outcome in recordings)
        misclassified = sum(outcome.misclassified for outcome in recordings)
        right = compared - misclassified
        yield _figure(f"{label}: classified correctly", right, compared, counted - compared, most, "crimes")
    if any(context.book.lacks_anything for _, context in reports):
        unverified = sum(bool(unverified_fields(report, context)) for report, context in reports)
        yield Figure(f"{label}: answered in a way that nobody can verify", unverified, len(reports), share=False)


def _figure(label: str, found: int, of: int, not_known: int, most: Fraction, unknowns: str = "reports") -> Figure:
    """Return the figure of a share; between what it lies, where too many of all are not known."""
    bounds = None
    if not_known > most * (of + not_known):
        bounds = _bounds(found, found + not_known, of + not_known)
    return Figure(label, found, of, not_known=not_known, bounds=bounds, unknowns=unknowns)


def _bounds(least: int, most: int, of: int, besides: int = 0) -> Bounds | None:
    """Return between what a share lies; ``besides`` may belong to ``of``, and are not found then."""
    return Bounds(least / (of + besides), most / of if of else 1.0) if of + besides else None


def _not_known_most(contexts: Iterable[Context]) -> Fraction:
    """Return how much of all may be not known where a share is still given."""
    return min((context.policy(context.clock).not_known_most for context in contexts), default=Fraction(0))


def _no_crimes(contexts: list[Context], period: Period) -> Iterator[Figure]:
    checked = [
        (decision.offence_class, is_invalid(decision, context), _is_validity_unknown(decision, context))
        for context in contexts
        for crime in context.facts.crimes.values()
        for decision in decisions(crime)
        if period.holds(decision.decided_at)
    ]
    most = _not_known_most(contexts)
    for label, classes in (("No-crimes: correct", OFFENCE_CLASSES), *_CLASSES_SHOWN):
        of_class = [(invalid, unknown) for decided_class, invalid, unknown in checked if decided_class in classes]
        known = [invalid for invalid, unknown in of_class if invalid or not unknown]
        yield _figure(label, known.count(False), len(known), len(of_class) - len(known), most, "decisions")


def _is_validity_unknown(decision: NoCrime, context: Context) -> bool:
    return is_authority_unknown(decision, context) or is_support_unknown(decision, context)


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
    about = [(matter, context) for matter, context in matters if rule.judge(matter, context) is not None]
    judgements = [rule.judgement(matter, context) for matter, context in about]
    conditions = [judgement for judgement in judgements if isinstance(judgement, Condition)]
    right = sum(not condition.wrong for condition in conditions)
    most = _not_known_most(context for _, context in about)
    return _figure(label, right, len(conditions), judgements.count(None), most, "disposals")


def _reviewed_in_time(contexts: list[Context], period: Period) -> Figure:
    """Count the dip sample's calls whose review is done or overdue, and those reviewed in time."""
    rule = RULES["call-review-overdue"]
    ended = [
        (obligation, rule.judgement(call, context) is not None)
        for call, context in _in_period(contexts, period, "calls")
        if isinstance(obligation := rule.judge(call, context), Obligation)
        and (obligation.met_at is not None or context.clock > obligation.due_at)
    ]
    known = [obligation for obligation, is_known in ended if is_known]
    in_time = [obligation.met_at is not None and obligation.met_at <= obligation.due_at for obligation in known]
    label, most = "Calls: dip sample reviewed in time", _not_known_most(contexts)
    return _figure(label, sum(in_time), len(known), len(ended) - len(known), most, "calls")


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
