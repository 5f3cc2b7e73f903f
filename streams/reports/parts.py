"""The crimes of reports by what the report says of itself: route, team, offence class, reporter.

Of each part it is counted what became of its crimes; the parts of one kind of report, by whatever they are told apart,
add up to all of them.  A crime linked to no report is a kind of its own, by its own route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from schemas.records import Crime
from streams.audits.frames import FRAMES
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, CRIME, INCIDENT, PROTECTION_REPORT, REFERRAL, Kind, Matter
from streams.obligations.assessments import offence_class_now
from streams.obligations.counting import first_reported_at, recorded_at
from streams.obligations.text import has_text
from streams.policy.calendar import local_date
from streams.reports.figure import ALWAYS, Figure, Period
from streams.reports.recordings import RecordingTotals, is_judged, recording
from streams.reports.report_figures import NO_RECORDINGS, REPORTED, in_period, in_time_figure, recorded_figure

Dimension: TypeAlias = Literal["ROUTE", "TEAM", "CLASS", "REPORTER"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
NOT_STATED: Final = ""
"""The part of what does not say."""
WITHOUT_REPORT: Final = "Crimes without a report"

_Value: TypeAlias = Callable[[Matter[Any], Context], str | None]


def _field(name: str) -> _Value:
    def value(matter: Matter[Any], _context: Context) -> str | None:
        stated: str | None = getattr(matter.newest, name)
        return stated

    return value


_VALUES: Final[Mapping[Kind, Mapping[Dimension, _Value]]] = {
    INCIDENT: {
        "ROUTE": _field("channel"),
        "TEAM": _field("team"),
        "CLASS": offence_class_now,
        "REPORTER": _field("reporter"),
    },
    REFERRAL: {"ROUTE": _field("unit"), "CLASS": offence_class_now, "REPORTER": _field("agency_sector")},
    PROTECTION_REPORT: {"ROUTE": _field("kind"), "CLASS": offence_class_now, "REPORTER": _field("agency_sector")},
    ASB_REPORT: {"ROUTE": _field("partner"), "CLASS": offence_class_now},
    CRIME: {"ROUTE": _field("route"), "TEAM": _field("team"), "CLASS": _field("offence_class")},
}
"""By what each kind can be told apart.  Who reported is free text on a referral: its sector stands for it."""


class ReportPart(NamedTuple):
    """What became of the crimes of one part of the reports of a kind."""

    kind: str
    """What the kind's figures are called."""
    by: Dimension
    value: str
    """What the reports say, or :data:`NOT_STATED`."""
    totals: RecordingTotals


class PartFigures(NamedTuple):
    """The figures of one part."""

    part: ReportPart
    recorded: Figure
    """Of the crimes that were identified; of crimes without a report, no more than how many there are."""
    in_time: Figure


def parts(contexts: Iterable[Context], period: Period) -> list[ReportPart]:
    """Return the parts of every kind, in order; a report belongs to the period it was received in."""
    return in_order(part for _, part in _parts(contexts, period, lambda _: ""))


def parts_by_month(context: Context, period: Period = ALWAYS) -> list[tuple[str, ReportPart]]:
    """Return the parts of a force's reports in a period, each with the local month they were received in."""
    return list(_parts([context], period, lambda moment: f"{local_date(moment):%Y-%m}"))


def _parts(contexts: Iterable[Context], period: Period, when: Callable[[int], str]) -> Iterator[tuple[str, ReportPart]]:
    sums: dict[tuple[str, str, Dimension, str], RecordingTotals] = {}
    for kind, matter, context, totals in _recordings(list(contexts), period):
        moment = when(getattr(matter.record.first, matter.kind.begins))
        for dimension, value_of in _VALUES[matter.kind].items():
            value = value_of(matter, context)
            key = (moment, kind, dimension, value if value is not None and has_text(value) else NOT_STATED)
            sums[key] = sums.get(key, NO_RECORDINGS).plus(totals)
    for (moment, kind, dimension, value), totals in sums.items():
        yield moment, ReportPart(kind, dimension, value, totals)


def in_order(unordered: Iterable[ReportPart]) -> list[ReportPart]:
    """Return parts by kind and dimension as they are listed, then by name; the unstated last."""
    kinds = [kind.label for kind in REPORTED] + [WITHOUT_REPORT]
    return sorted(
        unordered,
        key=lambda part: (
            kinds.index(part.kind),
            DIMENSIONS.index(part.by),
            part.value == NOT_STATED,
            part.value,
        ),
    )


def together(several: Iterable[ReportPart]) -> list[ReportPart]:
    """Add up parts of the same name, as of several months."""
    sums: dict[tuple[str, Dimension, str], RecordingTotals] = {}
    for part in several:
        sums[part[:3]] = sums.get(part[:3], NO_RECORDINGS).plus(part.totals)
    return in_order(ReportPart(*key, totals) for key, totals in sums.items())


def part_figures(of_parts: Iterable[ReportPart], most: Fraction) -> Iterator[PartFigures]:
    """Yield the figures of parts.

    What is not known of reports that do not say to which part they belong may belong to any, and widens its bounds.
    ``most`` is how much of all may be not known where a share is still given.
    """
    of_parts = list(of_parts)
    unstated = {(part.kind, part.by): part.totals for part in of_parts if part.value == NOT_STATED}
    for part in of_parts:
        may_belong = NO_RECORDINGS if part.value == NOT_STATED else unstated.get((part.kind, part.by), NO_RECORDINGS)
        recorded = recorded_figure(part.kind, part.totals, most, may_belong)
        if part.kind == WITHOUT_REPORT:
            recorded = Figure(f"{part.kind}: crimes recorded", part.totals.counted, part.totals.counted, share=False)
        yield PartFigures(part, recorded, in_time_figure(part.kind, part.totals, most))


def _recordings(contexts: list[Context], period: Period) -> Iterator[tuple[str, Matter[Any], Context, RecordingTotals]]:
    """Yield what became of the crimes of each report, and of each crime without one."""
    for kind in REPORTED:
        for report, context in in_period(contexts, period, kind.kind):
            if not is_judged(report, context, kind.rule_id):
                continue
            yield kind.label, report, context, recording(report, context, kind.rule_id).totals
    is_without_report = FRAMES["CRIMES_WITHOUT_REPORT"].condition
    for crime, context in in_period(contexts, period, CRIME):
        if is_without_report(crime, crime.newest, context):
            yield WITHOUT_REPORT, crime, context, _totals_of_crime(crime, context)


def _totals_of_crime(crime: Matter[Crime], context: Context) -> RecordingTotals:
    """Return the totals of one crime: in time, where CIS holds when it was first reported."""
    reported_at = first_reported_at(crime)
    if reported_at is None:
        return RecordingTotals(unforeseen=1, undated=1)
    in_time = recorded_at(crime) <= reported_at + context.policy(reported_at).recording_limit
    return RecordingTotals(unforeseen=1, in_time=int(in_time))
