"""What ``cdi audit`` prints: a plan, and estimates beside what linkage shows."""

from __future__ import annotations

import sys
from typing import Final

from deploy.cli.framework.output import print_table
from streams.audits.estimation import ShareEstimate, YearlyNumber
from streams.audits.plan import AuditPlan
from streams.audits.results import AuditResults
from streams.policy.calendar import local_date
from streams.reports.audits import MEASURES, AuditLine, AuditReport, lines
from streams.reports.figure import Figure

_PERCENT_WORDS: Final = ("frame", "stratum", "measure", "audit: share", "95 % interval", "read", "linkage: share", "of")


def print_plan(plan: AuditPlan) -> None:
    """Print how many records are drawn of each stratum, and what the audit is called."""
    shared = "by former audits' rates" if plan.neyman else "in proportion"
    _write(f"{_title(plan)}\n{plan.n} records to read, shared out {shared}\n")
    print_table(
        ("stratum", "records", "to read"),
        ((stratum.name, str(stratum.population), str(len(stratum.drawn))) for stratum in plan.strata),
    )


def print_estimates(report: AuditReport) -> None:
    """Print how far each audit has come, every share, and the crimes that a year leaves unrecorded."""
    for result in report.results:
        _write(f"{_title(result.plan)}\n{_progress(result)}\n")
        if result.agreement.read_twice:
            _write(f"{_agreement(result)}\n")
    _write("\nWhat people found (audit), and what the streams show (linkage): two counts, never one\n\n")
    print_table(_PERCENT_WORDS, map(_line, lines(report)))
    _write("\n")
    for result in report.results:
        if result.recorded_a_year is not None:
            _write(f"{result.plan.frame}: {_year(result.recorded_a_year, result.unrecorded_a_year)}\n")
    overall = report.overall
    if overall is not None and overall.recorded_a_year is not None and len(overall.audits) > 1:
        missing = f"; no audit of {', '.join(overall.missing)}" if overall.missing else ""
        _write(f"OVERALL: {_year(overall.recorded_a_year, overall.unrecorded_a_year)}{missing}\n")
    for line in lines(report):
        if line.estimate.left_out and not line.stratum and line.measure in {"RECORDED", "RIGHT"}:
            _write(f"{line.frame}: left out, nothing of them is read yet: {', '.join(line.estimate.left_out)}\n")


def _title(plan: AuditPlan) -> str:
    first, last = local_date(plan.start), local_date(plan.end - 1)
    by = "" if plan.by is None else f", strata by {plan.by.lower()}"
    return f"{plan.audit_id}: {plan.frame} from {first} to {last}{by}"


def _progress(result: AuditResults) -> str:
    additions = sum(one.record.added for one in result.records.values())
    parts = [f"{result.read} of {result.drawn} records drawn are read"]
    if additions:
        parts.append(f"{additions} of them came after the plan")
    if waiting := sum(one.awaits_second for one in result.records.values()):
        parts.append(f"{waiting} wait for a second reader")
    if result.differing:
        parts.append(f"{result.differing} wait for the registrar, since two readers differ")
    if result.sample.gone:
        parts.append(f"{result.sample.gone} are forgotten or erased")
    return "; ".join(parts)


def _agreement(result: AuditResults) -> str:
    agreement = result.agreement
    kappa = "not to be told" if agreement.kappa is None else f"{agreement.kappa:.2f}"
    return f"Two readers agree on {agreement.alike} of {agreement.read_twice} records (Cohen's kappa {kappa})"


def _line(line: AuditLine) -> tuple[str, ...]:
    share = line.estimate
    linkage = line.linkage
    return (
        line.frame,
        line.stratum,
        MEASURES[line.measure],
        _percent(share.share),
        _interval(share),
        f"{share.readings} of {line.drawn}",
        "" if linkage is None else _linkage_share(linkage),
        "" if linkage is None else f"{linkage.found} of {linkage.of}",
    )


def _linkage_share(figure: Figure) -> str:
    """Write the share that linkage shows, or between what it lies where too much is not known."""
    if figure.bounds is not None:
        return figure.bounds.in_words()
    return "" if figure.interval() is None else f"{figure.found / figure.of:.1%}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _interval(share: ShareEstimate) -> str:
    return "" if share.low is None or share.high is None else f"{share.low:.1%} to {share.high:.1%}"


def _year(recorded: int, year: YearlyNumber) -> str:
    if year.number is None:
        return f"{recorded:,} crimes recorded in the year; how many are not cannot be told yet"
    most = "any number" if year.high is None else f"{year.high:,.0f}"
    return f"{recorded:,} crimes recorded in the year, and some {year.number:,.0f} not ({year.low:,.0f} to {most})"


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
