"""The figures of reports of crime: identified, recorded, in time, unrecorded, misclassified."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import compress
from typing import Final, NamedTuple

from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, PROTECTION_REPORT, REFERRAL, Kind, Matter
from streams.obligations.dispositions import unverified_fields
from streams.reports.figure import Bounds, Figure, Period, bounds_of, not_known_most, share_figure
from streams.reports.recordings import RecordingTotals, is_judged, recording, totals_of
from streams.rules import RULES


class ReportedKind(NamedTuple):
    """A kind of report, what its figures are called, and the rule that has its crimes recorded."""

    kind: Kind
    label: str
    reviewed: str
    rule_id: str


REPORTED: Final = (
    ReportedKind(INCIDENT, "Incidents", "incidents reviewed", "crime-not-recorded"),
    ReportedKind(REFERRAL, "Referrals", "referrals reviewed", "referral-unlinked"),
    ReportedKind(PROTECTION_REPORT, "Protection reports", "reports reviewed", "referral-unlinked"),
    ReportedKind(ASB_REPORT, "ASB reports", "reports reviewed", "asb-crime-not-recorded"),
)
NO_RECORDINGS: Final = RecordingTotals()


def in_period(contexts: list[Context], period: Period, kind: Kind) -> list[tuple[Matter, Context]]:
    """Return the matters of a kind that began in a period."""
    return [
        (matter, context)
        for context in contexts
        for matter in context.facts.matters[kind].values()
        if matter.held and period.holds(getattr(matter.record.first, kind.begins))
    ]


def report_figures(reported: ReportedKind, reports: list[tuple[Matter, Context]]) -> Iterator[Figure]:
    """Yield the figures of one kind of report; crimes whose limit is ahead lower no share.

    What became of the crimes is counted of those forces alone that have the feeds to see it by.
    """
    label, number, rule_id = reported.label, len(reports), reported.rule_id
    of_all = [recording(report, context, rule_id) for report, context in reports]
    judged = [is_judged(report, context, rule_id) for report, context in reports]
    reports, recordings = list(compress(reports, judged)), list(compress(of_all, judged))
    disclosed = totals_of(of_all)
    most = not_known_most(context for _, context in reports)
    totals = totals_of(recordings)
    recorded = recorded_figure(label, totals, most)
    bounds = recorded.bounds
    yield Figure(
        f"{label}: crimes identified, of {reported.reviewed}",
        disclosed.identified,
        number,
        share=False,
        not_known=disclosed.not_known,
    )
    yield recorded
    yield in_time_figure(label, totals, most)
    yield Figure(f"{label}: recorded late", totals.counted - totals.in_time, totals.counted)
    yield Figure(
        f"{label}: unrecorded, limit passed",
        recorded.of - recorded.found,
        recorded.of,
        not_known=totals.not_known,
        bounds=None if bounds is None else Bounds(1 - bounds.at_most, 1 - bounds.at_least),
    )
    yield Figure(f"{label}: unrecorded, limit still ahead", totals.pending, totals.identified, share=False)
    undecided = [outcome.undecided for outcome in recordings]
    unknown, known = undecided.count(None), len(reports) - undecided.count(None)
    yield share_figure(f"{label}: undecided, limit passed", undecided.count(True), known, unknown, most)
    if reported.kind in RULES["offence-misclassified"].about:
        compared = sum(outcome.compared for outcome in recordings)
        misclassified = sum(outcome.misclassified for outcome in recordings)
        right = compared - misclassified
        yield share_figure(f"{label}: classified correctly", right, compared, totals.counted - compared, most, "crimes")
    if any(context.book.lacks_anything for _, context in reports):
        unverified = sum(bool(unverified_fields(report, context)) for report, context in reports)
        yield Figure(f"{label}: answered in a way that nobody can verify", unverified, len(reports), share=False)


def recorded_figure(
    label: str, totals: RecordingTotals, most: Fraction, may_belong: RecordingTotals = NO_RECORDINGS
) -> Figure:
    """Return how many crimes were recorded, of those identified; bounds where too much is not known.

    ``may_belong`` are reports not counted in ``totals`` that may belong to them all the same: what is not known of them
    is not known of these.
    """
    of, others = totals.identified - totals.pending, totals.counted - totals.recorded
    among = totals.plus(may_belong)
    bounds = None
    if among.unjudged > most * among.reports:
        bounds = bounds_of(totals.counted, totals.counted, of + others, among.not_known)
    return Figure(
        f"{label}: crimes recorded, of those identified",
        totals.recorded,
        of,
        not_known=totals.not_known,
        bounds=bounds,
    )


def in_time_figure(label: str, totals: RecordingTotals, most: Fraction) -> Figure:
    """Return how many of the crimes recorded were recorded in time."""
    of = totals.counted - totals.undated
    return share_figure(f"{label}: recorded in time", totals.in_time, of, totals.undated, most, "crimes")
