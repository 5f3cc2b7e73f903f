"""What audits found, beside what linkage shows of the same period: as a table, CSV and JSON.

The two are never mixed: linkage counts what the streams show of every record, an audit estimates from what people read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from schemas.times import to_rfc3339
from streams.audits.estimation import ShareEstimate, YearlyNumber
from streams.audits.frames import FrameName, Measure
from streams.audits.plan import AuditPlan
from streams.audits.results import AuditResults, OverallResult, overall_result
from streams.facts.context import Context
from streams.reports.figure import Figure, Period
from streams.reports.figure_fields import figure_fields
from streams.reports.figures import figures
from streams.reports.spreadsheet import csv_table

MEASURES: Final[Mapping[Measure, str]] = {
    "RECORDED": "crimes recorded, of those that should have been",
    "IN_TIME": "recorded in time",
    "CLASSIFIED": "classified correctly",
    "RIGHT": "records that are right",
}
_LINKAGE_FRAMES: Final[Mapping[FrameName, str]] = {
    "INCIDENTS": "Incidents",
    "REFERRALS": "Referrals",
    "ASB": "ASB reports",
    "PROTECTION": "Protection reports",
}
_LINKAGE_MEASURES: Final[Mapping[Measure, str]] = {
    "RECORDED": "crimes recorded, of those identified",
    "IN_TIME": "recorded in time",
    "CLASSIFIED": "classified correctly",
}
LINKAGE: Final = ("found", "of", "not_known", "share", "at_least", "at_most")
"""What is said of a linkage figure; where too much is not known, bounds stand in the place of a share."""
OVERALL_FRAME: Final = "OVERALL"
HEADER: Final = (
    "audit_id",
    "frame",
    "stratum",
    "measure",
    "audit_share",
    "audit_low",
    "audit_high",
    "read",
    "drawn",
    "population",
    "left_out",
    *(f"linkage_{name}" for name in LINKAGE),
)


class AuditLine(NamedTuple):
    """One share: what the audit estimates, and what linkage shows."""

    audit_id: str
    frame: str
    stratum: str
    """Empty for the whole frame."""
    measure: Measure
    estimate: ShareEstimate
    drawn: int
    linkage: Figure | None


class AuditReport(NamedTuple):
    """Some audits of one force, and its reports of crime overall."""

    force: str
    results: tuple[AuditResults, ...]
    overall: OverallResult | None
    linkage: Mapping[str, Mapping[Measure, Figure]]
    """What linkage shows of each audit's period, by audit_id and measure."""


def audit_report(results: tuple[AuditResults, ...], context: Context) -> AuditReport:
    """Make the report of some audits of one force."""
    plans = [result.plan for result in results]
    return AuditReport(context.force, results, overall_result(results, context), linkage_of(plans, context))


def linkage_of(plans: Iterable[AuditPlan], context: Context) -> dict[str, dict[Measure, Figure]]:
    """Return what linkage shows of the frame and period of each audit, by audit_id and measure."""
    by_period: dict[Period, dict[str, Figure]] = {}
    linkage = {}
    for plan in plans:
        period = Period(plan.start, plan.end)
        if period not in by_period:
            by_period[period] = {figure.label: figure for figure in figures([context], period)}
        frame = _LINKAGE_FRAMES.get(plan.frame)
        of_frame = {measure: by_period[period].get(f"{frame}: {label}") for measure, label in _LINKAGE_MEASURES.items()}
        linkage[plan.audit_id] = {measure: figure for measure, figure in of_frame.items() if figure is not None}
    return linkage


def lines(report: AuditReport) -> Iterator[AuditLine]:
    """Yield every share: of each frame, of its strata where there are several, and overall."""
    for result in report.results:
        plan = result.plan
        for measure, share in result.estimates.items():
            linkage = _linkage(report, result, measure)
            yield AuditLine(plan.audit_id, plan.frame, "", measure, share, result.drawn, linkage)
        if len(result.strata) > 1:
            for stratum in result.strata:
                for measure, share in result.by_stratum[stratum.name].items():
                    yield AuditLine(plan.audit_id, plan.frame, stratum.name, measure, share, stratum.sample_size, None)
    if report.overall is not None and len(report.overall.audits) > 1:
        drawn = sum(result.drawn for result in report.results if result.plan in report.overall.audits)
        for measure, share in report.overall.estimates.items():
            yield AuditLine("", OVERALL_FRAME, "", measure, share, drawn, None)


def _linkage(report: AuditReport, result: AuditResults, measure: Measure) -> Figure | None:
    return report.linkage[result.plan.audit_id].get(measure)


def as_csv(report: AuditReport) -> bytes:
    """Write every share as a row; audit and linkage in columns of their own."""
    return csv_table(HEADER, map(_cells, lines(report)))


def _cells(line: AuditLine) -> list[object]:
    share, figure = line.estimate, line.linkage
    return [
        line.audit_id,
        line.frame,
        line.stratum,
        line.measure,
        _rounded(share.share),
        _rounded(share.low),
        _rounded(share.high),
        share.readings,
        line.drawn,
        share.population,
        ";".join(share.left_out),
        *([None] * len(LINKAGE) if figure is None else linkage_fields(figure).values()),
    ]


def linkage_fields(figure: Figure) -> dict[str, Any]:
    """Return what linkage shows, by the names of ``LINKAGE``."""
    fields = figure_fields(figure)
    return {name: fields[name] for name in LINKAGE}


def as_json(report: AuditReport) -> bytes:
    """Write the report as one JSON object; shares between 0 and 1, to four decimals."""
    overall = report.overall
    fields = {
        "force": report.force,
        "audits": [_audit(report, result) for result in report.results],
        "overall": None
        if overall is None
        else {
            "audits": [plan.audit_id for plan in overall.audits],
            "missing": list(overall.missing),
            "estimates": {measure: _share(share) for measure, share in overall.estimates.items()},
            "recorded_a_year": overall.recorded_a_year,
            "unrecorded_a_year": _year(overall.unrecorded_a_year),
        },
    }
    return msgspec.json.format(msgspec.json.encode(fields)) + b"\n"


def _audit(report: AuditReport, result: AuditResults) -> dict[str, Any]:
    plan, linkage = result.plan, {measure: _linkage(report, result, measure) for measure in result.estimates}
    return {
        "audit_id": plan.audit_id,
        "frame": plan.frame,
        "from": to_rfc3339(plan.start),
        "before": to_rfc3339(plan.end),
        "strata_by": plan.by,
        "drawn": result.drawn,
        "additions": sum(one.record.added for one in result.records.values()),
        "gone": result.sample.gone,
        "read": result.read,
        "differing": result.differing,
        "awaiting_second": sum(one.awaits_second for one in result.records.values()),
        "estimates": {measure: _share(share) for measure, share in result.estimates.items()},
        "linkage": {measure: linkage_fields(figure) for measure, figure in linkage.items() if figure is not None},
        "strata": {
            stratum.name: {
                "population": stratum.population,
                "drawn": stratum.sample_size,
                "read": len(stratum.readings),
                "estimates": {measure: _share(share) for measure, share in result.by_stratum[stratum.name].items()},
            }
            for stratum in result.strata
        },
        "recorded_a_year": result.recorded_a_year,
        "unrecorded_a_year": _year(result.unrecorded_a_year),
        "agreement": {
            "read_twice": result.agreement.read_twice,
            "alike": result.agreement.alike,
            "share": _rounded(result.agreement.share),
            "kappa": _rounded(result.agreement.kappa),
        },
        "outcomes": dict(result.outcomes),
        "causes": dict(result.causes),
    }


def _share(share: ShareEstimate) -> dict[str, Any]:
    return {
        "share": _rounded(share.share),
        "low": _rounded(share.low),
        "high": _rounded(share.high),
        "standard_error": _rounded(share.standard_error),
        "effective_size": _rounded(share.effective_size),
        "read": share.readings,
        "population": share.population,
        "left_out": list(share.left_out),
    }


def _year(year: YearlyNumber) -> dict[str, float | None]:
    return {"number": _rounded(year.number), "low": _rounded(year.low), "high": _rounded(year.high)}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
