"""The figures of an inspection, for any period, worked out by the rules from what a monitor knows.

HMIC's Part B and dip samples ask the same questions of a few hundred records read by hand.  Here they are asked of
every record: *linkage* figures say what the streams show, and *audited* ones what people found when they looked (calls
reviewed, referrals audited); the two are never mixed.  Figures are of what is known at the clock.  One fault of one
record counts once, however many rules it trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from schemas.identifiers import normalise
from streams.facts.context import Context
from streams.facts.matters import REFERRAL, Matter
from streams.facts.statistics import wilson
from streams.obligations.counting import counting_crimes
from streams.obligations.findings import Condition, Obligation
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_invalid
from streams.obligations.recording import crimes_disclosed
from streams.rules import RULES

Basis = Literal["LINKAGE", "AUDITED"]
DISPOSALS = {
    "Cautions": ("CAUTION", "CONDITIONAL_CAUTION"),
    "Penalty notices": ("PND",),
    "Cannabis warnings": ("CANNABIS_WARNING",),
    "Community resolutions": ("COMMUNITY_RESOLUTION",),
}

IN_ORDER = "COMPLIANT"
"""The outcome of an audit that found nothing wrong, normalised; any other is a fault."""


class Period(NamedTuple):
    """From one moment (ms) up to, not including, another."""

    start: int
    end: int

    def holds(self, moment: int) -> bool:
        """Say whether ``moment`` falls in the period."""
        return self.start <= moment < self.end


class Figure(NamedTuple):
    """One line of the report: how many were found so, of how many looked at."""

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
    """Return every figure over some forces and a period; a report belongs to the period it was first received in."""
    contexts = list(contexts)
    return [
        *_reports("Incidents", "incidents reviewed", _each(contexts, "incidents", period), "crime-not-recorded"),
        *_reports("Referrals", "referrals reviewed", _each(contexts, "referrals", period), "referral-unlinked"),
        *_reports("ASB reports", "reports reviewed", _each(contexts, "asb_reports", period), "asb-crime-not-recorded"),
        *_no_crimes(contexts, period),
        *(line for label, kinds in DISPOSALS.items() for line in _disposals(label, kinds, contexts, period)),
        _reviewed_in_time(contexts, period),
        *_calls(contexts, period),
        *_audits(contexts, period),
    ]


def recording(report: Matter, context: Context, rule_id: str) -> Recording:
    """Return what became of a report's crimes, by the rule that wants them recorded.

    A report that a valid disposition or decision answers, or that nobody has decided on, discloses the crimes that
    are recorded for it, and no more.
    """
    obligation = RULES[rule_id].judge(report, context)
    disclosed = crimes_disclosed(report)
    counted = counting_crimes(report, context)
    if disclosed is None and (report.kind is REFERRAL or not isinstance(obligation, Obligation)):
        wanted = len(counted)
    else:
        wanted = disclosed or 1
        if len(counted) < wanted and isinstance(obligation, Obligation) and obligation.met_at is not None:
            wanted = len(counted)
    counted = counted[:wanted]
    due_at = obligation.due_at if isinstance(obligation, Obligation) else _limit(report, context)
    classified = RULES["offence-misclassified"]
    found = classified.judge(report, context) if report.kind in classified.about else None
    return Recording(
        identified=wanted,
        recorded=len(counted),
        in_time=sum(1 for crime in counted if crime.recorded_at <= due_at),
        pending=wanted - len(counted) if context.clock <= due_at else 0,
        undecided=_is_undecided(report, context),
        misclassified=isinstance(found, Condition) and found.wrong,
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


def _each(contexts: list[Context], matters: str, period: Period) -> list[tuple[Matter, Context]]:
    return [
        (matter, context)
        for context in contexts
        for matter in getattr(context.facts, matters).values()
        if matter.held and period.holds(getattr(matter.record.first, matter.kind.begins))
    ]


def _reports(label: str, reviewed: str, reports: list[tuple[Matter, Context]], rule_id: str) -> Iterator[Figure]:
    """Yield the figures of one kind of report; crimes whose limit is still ahead are left out of the shares."""
    found = [recording(report, context, rule_id) for report, context in reports]
    identified = sum(each.identified for each in found)
    recorded = sum(each.recorded for each in found)
    in_time = sum(each.in_time for each in found)
    pending = sum(each.pending for each in found)
    faults = sum(each.misclassified for each in found)
    yield Figure(f"{label}: crimes identified, of {reviewed}", identified, len(reports), share=False)
    yield Figure(f"{label}: crimes recorded, of those identified", recorded, identified - pending)
    yield Figure(f"{label}: recorded in time", in_time, recorded)
    yield Figure(f"{label}: recorded late", recorded - in_time, recorded)
    yield Figure(f"{label}: unrecorded, limit passed", identified - recorded - pending, identified - pending)
    yield Figure(f"{label}: unrecorded, limit still ahead", pending, identified, share=False)
    yield Figure(f"{label}: undecided, limit passed", sum(each.undecided for each in found), len(reports))
    if label != "ASB reports":  # no rule judges their class
        yield Figure(f"{label}: classified correctly", recorded - faults, recorded)


def _no_crimes(contexts: list[Context], period: Period) -> Iterator[Figure]:
    made = [
        (decision.offence_class, is_invalid(decision, context))
        for context in contexts
        for crime in context.facts.crimes.values()
        for decision in decisions(crime)
        if period.holds(decision.decided_at)
    ]
    yield Figure("No-crimes: correct", sum(not flawed for _, flawed in made), len(made))
    for offence_class in ("ROBBERY", "RAPE", "VIOLENCE"):
        flaws = [flawed for made_of, flawed in made if made_of == offence_class]
        yield Figure(f"No-crimes: correct, {offence_class.lower()}", flaws.count(False), len(flaws))


def _disposals(label: str, kinds: tuple[str, ...], contexts: list[Context], period: Period) -> Iterator[Figure]:
    issued = [each for each in _each(contexts, "disposals", period) if each[0].newest.kind in kinds]
    yield _kept(f"{label}: offender suitable", issued, "disposal-ineligible")
    yield _kept(f"{label}: implications explained", issued, "disposal-implications-unexplained")
    yield _kept(f"{label}: victim consulted", issued, "disposal-victim-not-consulted")
    if label == "Community resolutions":
        yield _kept(f"{label}: outcome meaningful", issued, "disposal-outcome-inadequate")


def _kept(label: str, matters: list[tuple[Matter, Context]], rule_id: str) -> Figure:
    """Count the matters that a rule is about, and those among them with which nothing is wrong."""
    rule = RULES[rule_id]
    found = [rule.judge(matter, context) for matter, context in matters]
    judged = [finding for finding in found if isinstance(finding, Condition)]
    return Figure(label, sum(not finding.wrong for finding in judged), len(judged))


def _reviewed_in_time(contexts: list[Context], period: Period) -> Figure:
    """Count the dip sample's calls whose review is done or overdue, and those among them reviewed in time."""
    judged = [
        (obligation, context.clock)
        for call, context in _each(contexts, "calls", period)
        if isinstance(obligation := RULES["call-review-overdue"].judge(call, context), Obligation)
    ]
    in_time = [obligation.met_at is not None and obligation.met_at <= obligation.due_at for obligation, _ in judged]
    ended = sum(obligation.met_at is not None or clock > obligation.due_at for obligation, clock in judged)
    return Figure("Calls: dip sample reviewed in time", sum(in_time), ended)


def _calls(contexts: list[Context], period: Period) -> Iterator[Figure]:
    """Yield what reviewers found: in the dip sample, which stands for all calls, and in whatever was reviewed."""
    checked = [
        (call.newest.ncrs_compliant, context.facts.call_reviews.is_chosen(call.newest))
        for call, context in _each(contexts, "calls", period)
        if call.newest.reviewed_at is not None and call.newest.ncrs_compliant is not None
    ]
    for label, found in (
        ("of the dip sample reviewed", [kept for kept, is_chosen in checked if is_chosen]),
        ("of those reviewed", [kept for kept, _ in checked]),
    ):
        yield Figure(f"Calls: NCRS kept to, {label}", found.count(True), len(found), "AUDITED")


def _audits(contexts: list[Context], period: Period) -> Iterator[Figure]:
    """Yield how far the registrar has come, by sector, and what was found; vulnerable people apart from the sample."""
    rule = RULES["referral-not-audited"]
    chosen = [matter.newest for matter, context in _each(contexts, "referrals", period) if rule.judge(matter, context)]
    for sector in ("PUBLIC", "VOLUNTARY", "PRIVATE"):
        audited = [said.fcr_audited_at is not None for said in chosen if said.agency_sector == sector]
        label = f"Referrals: audited by the FCR, {sector.lower()} sector"
        yield Figure(label, audited.count(True), len(audited), "AUDITED")
    for label, vulnerable in (("with a vulnerable person", True), ("of the sample of others", False)):
        found = [
            normalise(said.fcr_audit_outcome) == IN_ORDER
            for said in chosen
            if said.fcr_audited_at is not None and said.fcr_audit_outcome and bool(said.vulnerable) is vulnerable
        ]
        yield Figure(f"Referrals: found in order by the FCR, {label}", found.count(True), len(found), "AUDITED")
