"""``cdi audit``: plan and draw a sample of records, take its readings back, and estimate from them.

Plans are entries of an installation's audit log; where files are audited, they are files too, named with ``--plan``.
"""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from agents.settings.clock import wall_clock
from agents.topics.audit_log import AuditLog
from agents.topics.audit_plans import append_plan
from agents.topics.feeds import FeedProducer
from deploy.cli.audit_inputs import audits_chosen, context_of, digest_of, is_of_the_same, plans_of, results_of_plans
from deploy.cli.audit_view import print_estimates, print_plan
from deploy.cli.framework.arguments import MappingsOption, output_file
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.monitors import FilesOption, PolicyOption, UntilOption, read_monitors
from deploy.cli.framework.output import tell
from deploy.cli.framework.periods import period_of_days
from deploy.files.audit_readings import needs_reading, read_readings
from deploy.files.record_files import FileRefusedError
from schemas.identifiers import normalise
from schemas.quantities import counted
from schemas.rows import write_json
from streams.audits.filled_in import ReadingFile
from streams.audits.form import COLUMNS, READERS, form_rows
from streams.audits.frames import FRAME_NAMES, STRATA_BY
from streams.audits.plan import PlanRefusedError, PlanRequest, make_plan
from streams.audits.results import former_readings, newest_by_frame
from streams.reports.audits import as_csv, as_json, audit_report
from streams.reports.figure import ALWAYS
from streams.reports.spreadsheet import csv_table

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.records import AuditReading

audit = typer.Typer(no_args_is_help=True)

W = TypeVar("W", bound=str)
More: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[AUDIT]...", help="audits, by id; with --files, more of the files")
]
PlanFiles: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--plan", help="with --files: what 'cdi audit plan' wrote; may be given again")
]
Force: TypeAlias = Annotated[str | None, typer.Option(help="of this force; needed where there are several")]


class EstimateFormat(StrEnum):
    """How estimates are written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@audit.command()
def plan(
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="with --files: more of them")] = None,
    *,
    frame: Annotated[str, typer.Option(help=f"one of {', '.join(FRAME_NAMES)}")],
    first: Annotated[str, typer.Option("--from", help="the period's first day (YYYY-MM-DD, Europe/London)")],
    last: Annotated[str, typer.Option("--to", help="its last day, which is in it")],
    by: Annotated[str | None, typer.Option(help="strata by family, class, route or team; one stratum without")] = None,
    n: Annotated[int | None, typer.Option("-n", "--records", min=1, help="how many records to read")] = None,
    half_width: Annotated[
        float | None, typer.Option(help="or how near the truth the share is to be: 0.05 for 5 % either way")
    ] = None,
    force: Force = None,
    actor: Annotated[str | None, typer.Option("--by-whom", help="who plans; your login name without it")] = None,
    out: Annotated[Path | None, typer.Option(help="with --files: where the plan is written")] = None,
    former: PlanFiles = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Draw the records of a period that are to be read, and note the plan in the audit log.

    With --half-width the number follows from what former audits found, or else from the policy.  With --files the plan
    goes to --out; --plan names the plans of former audits.
    """
    paths = [*(files or ()), *(more or ())]
    period = period_of_days(first, last, ALWAYS)
    strata = None if by is None else _word("--by", by, STRATA_BY)
    request = PlanRequest(_word("--frame", frame, FRAME_NAMES), period.start, period.end, strata, n, half_width)
    if (n is None) == (half_width is None):
        raise UsageError("either a number of records or a half-width is needed: --records or --half-width")
    if (out is not None) != bool(paths):
        raise UsageError("--out goes with --files, and --files with --out: an installation has its audit log")
    if out is not None:
        output_file(out, paths)
    read = read_monitors(paths, force, policy, until, mapping)
    context = context_of(read)
    plans = plans_of(read, former)
    rates = former_readings(results_of_plans(read, plans), request.frame, request.by)
    try:
        if read.settings is None:
            planned = make_plan(request, context, digest_of(paths), rates)
        else:
            with AuditLog(read.settings, "cli") as log:
                planned = append_plan(
                    log, actor or getpass.getuser(), "FCR", lambda head: make_plan(request, context, head, rates)
                )
    except PlanRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    if out is not None:
        out.write_bytes(planned.as_json())
    print_plan(planned)
    for name in sorted({plan.audit_id for plan in plans if is_of_the_same(plan, planned)} - {planned.audit_id}):
        tell(f"{name} was planned before, of the same frame and period: say why there are two")


@audit.command()
def draw(
    more: More = None,
    *,
    reader: Annotated[str, typer.Option(help="first, second or fcr: whose form it is")] = "first",
    everything: Annotated[bool, typer.Option("--all", help="what this reader has read already, too")] = False,
    force: Force = None,
    plans: PlanFiles = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Write the form of an audit as CSV: a row for each record that a reader is still to read.

    The second reader is given the records chosen for a second reading, the registrar those on which two readers differ.
    No form shows what anybody found.
    """
    chosen = _word("--reader", reader, READERS)
    results = audits_chosen(more, plans, files, force, policy, until, mapping)[1]
    rows = [row for result in results for row in form_rows(result, chosen, everything=everything)]
    sys.stdout.buffer.write(csv_table(COLUMNS, rows))
    additions = sum(one.record.added for result in results for one in result.records.values())
    tell(f"{counted(len(rows), 'record')} to read; {additions} of those drawn came after the audit was planned")


@audit.command()
def take(
    form: Annotated[Path, typer.Argument(metavar="FORM", help="what 'cdi audit draw' wrote, filled in (CSV)")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="with --files: more of them")] = None,
    *,
    by: Annotated[
        str | None, typer.Option(help="who read, where a row does not say; your login name without it")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="with --files: where the readings go, such as compliance.audits.v1.jsonl")
    ] = None,
    force: Force = None,
    plans: PlanFiles = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Take the readings of a filled-in form; bad rows are named by line and reason, the others taken.

    A row states read_at as 2026-05-31 14:30 or 31/05/2026 14:30 (blank: now), offence_classes apart by semicolons, yes
    or no for victim_told and right.

    Readings go to compliance.audits.v1, or with --files to the end of --out, which is read first: name it among the
    files of 'cdi audit draw' and 'cdi audit estimate' from then on.
    """
    if (out is not None) != bool(files):
        raise UsageError("--out goes with --files, and --files with --out: an installation has a topic of readings")
    try:
        if out is not None and needs_reading(out, [*(files or ()), *map(Path, more or ())]):
            more = [*(more or ()), str(out)]
    except FileRefusedError as refusal:
        raise UsageError(f"--out: {refusal}") from None
    read, results = audits_chosen(more, plans, files, force, policy, until, mapping)
    by_id = {normalise(result.plan.audit_id): result for result in results}
    whose = by or getpass.getuser()
    file = ReadingFile(
        results_of=lambda audit_id: by_id.get(normalise(audit_id)),
        by=whose,
        wall=wall_clock(),
        longest_note=read.book.actions.text_longest,
    )
    try:
        with bad_rows_by_kind() as name_row:
            imported = read_readings(form, file, refuse=lambda line, reason: name_row(form, line, reason))
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    if imported.readings and read.settings is not None:
        _send(read.settings, imported.readings, whose)
    elif imported.readings and out is not None:
        with out.open("ab") as lines:
            lines.writelines(write_json(reading) + b"\n" for reading in imported.readings)
    tell(
        f"{counted(len(imported.readings), 'reading')} taken, {imported.already_known} were there already, "
        f"{counted(imported.empty, 'row has', 'rows have')} none"
    )
    if imported.refused:
        raise CommandError(f"{counted(imported.refused, 'row')} could not be taken")


@audit.command()
def estimate(
    more: More = None,
    *,
    format_: Annotated[EstimateFormat, typer.Option("--format", help="text, csv or json")] = EstimateFormat.TEXT,
    force: Force = None,
    plans: PlanFiles = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Estimate which share of crimes was recorded, with intervals, from the readings that stand.

    Beside it stands what linkage shows of the same period; the two are never mixed.  Where no audit is named, it is the
    newest of each frame.
    """
    read, results = audits_chosen(more, plans, files, force, policy, until, mapping)
    named = bool(plans) or bool(more and not files)
    report = audit_report(tuple(results if named else newest_by_frame(results)), context_of(read))
    if format_ is EstimateFormat.JSON:
        sys.stdout.buffer.write(as_json(report))
    elif format_ is EstimateFormat.CSV:
        sys.stdout.buffer.write(as_csv(report))
    else:
        print_estimates(report)


def _send(settings: Settings, readings: list[AuditReading], by: str) -> None:
    """Note who brought the readings, and send them."""
    with AuditLog(settings, "cli") as log:
        for audit_id in sorted({reading.audit_id for reading in readings}):
            count = sum(reading.audit_id == audit_id for reading in readings)
            log.note(by, "AUDITOR", "AUDIT_READINGS", audit_id, {"readings": str(count)})
    producer = FeedProducer(settings)
    for reading in readings:
        producer.send(reading)
    producer.flush()


def _word(option: str, text: str, words: tuple[W, ...]) -> W:
    word = next((word for word in words if normalise(word) == normalise(text)), None)
    if word is None:
        raise UsageError(f"{option}: one of {', '.join(words)}")
    return word
