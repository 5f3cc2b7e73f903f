"""``cdi report``: report on a period (Part B's table and the dip samples), or on rolling windows."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from deploy.cli.framework.arguments import MappingsOption
from deploy.cli.framework.errors import UsageError
from deploy.cli.framework.monitors import Files, FilesOption, PolicyOption, UntilOption, read_monitors
from deploy.cli.framework.output import print_table, printable, tell
from deploy.cli.framework.periods import period_of_days
from deploy.cli.report_history import whole_period
from deploy.cli.report_people import write_deciders, write_training
from deploy.demo.view import local_time
from deploy.inspect.report import BASES, Report, as_json, figures_as_csv, rolling_as_csv
from deploy.inspect.report import report as make
from streams.policy.calendar import local_date
from streams.reports.figure import ALWAYS, Figure
from streams.reports.part_fields import parts_as_csv
from streams.reports.parts import PartFigures
from streams.reports.rolling import WINDOWS


class ReportFormat(StrEnum):
    """How the report is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


class PartedBy(StrEnum):
    """What parts of the reports are told apart by."""

    ROUTE = "route"
    TEAM = "team"
    CLASS = "class"
    REPORTER = "reporter"


def report(
    more: Files = None,
    *,
    first: Annotated[str | None, typer.Option("--from", help="its first day (YYYY-MM-DD, Europe/London)")] = None,
    last: Annotated[str | None, typer.Option("--to", help="its last day, which is in it")] = None,
    force: Annotated[str | None, typer.Option(help="only of this force; all together without it")] = None,
    format_: Annotated[ReportFormat, typer.Option("--format", help="text, csv or json")] = ReportFormat.TEXT,
    by: Annotated[
        list[PartedBy] | None,
        typer.Option("--by", help="the crimes of each route, team, class or reporter instead; may be given again"),
    ] = None,
    rolling: Annotated[bool, typer.Option("--rolling", help="the last 24 hours, 7 and 28 days instead")] = False,
    deciders: Annotated[
        bool,
        typer.Option("--deciders", help="who decides that crimes do not count instead: by decider, team and month"),
    ] = False,
    training: Annotated[
        bool, typer.Option("--training", help="who decided without which training, person by person, instead")
    ] = False,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Count a report of crime on the local day on which it was first received, whenever it was recorded.

    A decision counts on the day it was taken, a disposal on the day it was issued.  What workers have forgotten never
    counts as missing: without --from a report begins where their memory does, and an earlier --from has the records
    judged anew from the source topics.  --deciders and --training name people: who asked an installation for them is
    noted in its audit log.
    """
    options = {"--by": bool(by), "--rolling": rolling, "--deciders": deciders, "--training": training}
    if len(several := [option for option, is_given in options.items() if is_given]) > 1:
        raise UsageError(f"{' and '.join(several)} are {len(several)} reports: ask for one")
    requested = period_of_days(first, last, ALWAYS)
    read = read_monitors([*(files or ()), *(more or ())], force, policy, until, mapping)
    period, histories = whole_period(read, requested, rolling=rolling)
    if deciders:
        write_deciders(read, histories, period, format_)
        return
    if training:
        write_training(read, histories, period, format_)
        return
    period_report = make(read.monitors, read.book.version, period, histories)
    parts = [part for dimension in by or () for part in period_report.parts if part.part.by == dimension.name]
    if format_ is ReportFormat.JSON:
        sys.stdout.buffer.write(as_json(period_report))
    elif format_ is ReportFormat.CSV:
        sys.stdout.buffer.write(_as_csv(period_report, parts, by=bool(by), rolling=rolling))
    elif by:
        _print_parts(period_report, parts)
    elif rolling:
        _print_rolling(period_report)
    else:
        _print_figures(period_report)
    sys.stdout.flush()
    _tell_of_open_period(period_report)


def _as_csv(period_report: Report, parts: list[PartFigures], *, by: bool, rolling: bool) -> bytes:
    if by:
        return parts_as_csv(parts)
    return rolling_as_csv(period_report) if rolling else figures_as_csv(period_report)


def _print_parts(period_report: Report, parts: list[PartFigures]) -> None:
    sys.stdout.write(f"{_title(period_report)}\n\nCrimes recorded, and recorded in time (linkage)\n\n")
    sys.stdout.flush()
    counts = ("of", "not known", "share")
    print_table(("reports", "by", "", "recorded", *counts, "in time", *counts), (_part_line(part) for part in parts))


def _part_line(figures: PartFigures) -> tuple[str, ...]:
    part = figures.part
    cells = [part.kind, part.by.lower(), part.value or "not stated"]
    for figure in (figures.recorded, figures.in_time):
        _, *counts, share, spread = _line(figure)
        cells += [*counts, " ".join(filter(None, (share, spread.partition(":")[0])))]
    return tuple(cells)


def _print_figures(period_report: Report) -> None:
    sys.stdout.write(f"{_title(period_report)}\n")
    for basis, title in BASES.items():
        sys.stdout.write(f"\n{title} ({basis.lower()})\n\n")
        sys.stdout.flush()
        print_table(
            ("figure", "found", "of", "not known", "share", "95 % interval (Wilson)"),
            (_line(figure) for figure in period_report.figures if figure.basis == basis),
        )
    for force, feeds in period_report.without_records.items():
        if feeds:
            line = f"{force}: no record is known of {', '.join(feeds)}: 0 of 0 does not say that there were none"
            sys.stdout.write(f"\n{printable(line)}\n")


def _line(figure: Figure) -> tuple[str, ...]:
    interval = figure.interval()
    share, spread = "", ""
    if interval is not None:
        share = f"{figure.found / figure.of:.1%}"
        spread = f"{interval[0]:.1%} to {interval[1]:.1%}"
    elif figure.bounds is not None:
        were = f"{figure.unknowns} were" if figure.not_known != 1 else f"{figure.unknowns.removesuffix('s')} was"
        spread = f"{figure.bounds.in_words()}: {figure.not_known} {were} judged by nobody"
    return (figure.label, str(figure.found), str(figure.of), str(figure.not_known or ""), share, spread)


def _print_rolling(period_report: Report) -> None:
    sys.stdout.write(
        f"Alerts lately, by event time, at {local_time(period_report.clock)}: raised / breached / cleared\n\n"
    )
    sys.stdout.flush()
    print_table(
        ("rule", "team", "offence class", *WINDOWS),
        ((*row.group, *(" / ".join(map(str, counts)) for counts in row.counts)) for row in period_report.rolling),
    )


def _title(period_report: Report) -> str:
    days = []
    if period_report.period.start != ALWAYS.start:
        days.append(f"from {local_date(period_report.period.start)}")
    if period_report.period.end != ALWAYS.end:
        days.append(f"to {local_date(period_report.period.end - 1)}")
    clocks = ", ".join(f"{force} (clock at {local_time(clock)})" for force, clock in period_report.clocks.items())
    return f"{' '.join(days) or 'All that is known'}: {clocks}; policy {period_report.policy_version}"


def _tell_of_open_period(period_report: Report) -> None:
    behind = [force for force, clock in period_report.clocks.items() if clock < period_report.period.end != ALWAYS.end]
    if behind:
        tell(f"The period has not ended at the clock of {', '.join(behind)}: its figures will still change")
