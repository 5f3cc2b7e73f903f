"""``cdi audit-sample``: list the registrar's queue of referrals to audit, and take back the results."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.settings.clock import wall_clock
from agents.topics.audit_log import AuditLog
from agents.topics.feeds import FeedProducer
from deploy.cli.framework.arguments import MappingsOption
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.monitors import Files, FilesOption, MonitorSet, PolicyOption, UntilOption, read_monitors
from deploy.cli.framework.output import print_table, tell
from deploy.demo.view import local_time
from deploy.files.audit_results import ImportedResults, read_results
from deploy.files.record_files import FileRefusedError
from schemas.quantities import counted
from schemas.records import Referral
from schemas.times import to_rfc3339
from streams.reports.audit_queue import (
    SectorProgress,
    SelectedReferral,
    audit_queue,
    progress_by_sector,
)
from streams.reports.spreadsheet import csv_table

if TYPE_CHECKING:
    from agents.settings.settings import Settings

HEADER = (
    "force",
    "referral_ref",
    "agency_sector",
    "unit",
    "vulnerable",
    "received_at",
    "due_at",
    "overdue",
    "audited_at",
    "outcome",
)


class QueueFormat(StrEnum):
    """How the queue is written."""

    TEXT = "text"
    CSV = "csv"


def audit_sample(
    more: Files = None,
    *,
    force: Annotated[str | None, typer.Option(help="only of this force; all together without it")] = None,
    format_: Annotated[
        QueueFormat, typer.Option("--format", help="csv: to fill in audited_at and outcome")
    ] = QueueFormat.TEXT,
    results: Annotated[
        Path | None, typer.Option(help="take back a filled-in CSV: each result goes to CATS's topic as a snapshot")
    ] = None,
    by: Annotated[str | None, typer.Option(help="with --results: whose results; your login name without it")] = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Take the list back with --results, once the results are filled in, and send them to CATS's topic."""
    read = read_monitors([*(files or ()), *(more or ())], force, policy, until, mapping)
    if results is not None:
        _import(results, read, by or getpass.getuser())
        return
    contexts = [monitor.context for monitor in read.monitors.values()]
    waiting = audit_queue(contexts)
    if format_ is QueueFormat.CSV:
        sys.stdout.buffer.write(csv_table(HEADER, map(_row, waiting)))
        return
    print_table(
        ("agencies", "referrals", "selected", "share", "audited", "waiting", "overdue"),
        map(_sector_row, progress_by_sector(contexts)),
    )
    sys.stdout.write("\n")
    sys.stdout.flush()
    print_table(
        ("referral", "force", "agencies", "unit", "vulnerable", "received", "due", "overdue"), map(_line, waiting)
    )
    tell(f"{counted(len(waiting), 'referral waits', 'referrals wait')} to be audited")


def _sector_row(progress: SectorProgress) -> tuple[str, ...]:
    percent = f"{progress.selected / progress.received:.0%}" if progress.received else ""
    counts = (progress.audited, progress.waiting, progress.overdue)
    return (progress.sector.lower(), str(progress.received), str(progress.selected), percent, *map(str, counts))


def _line(selected: SelectedReferral) -> tuple[str, ...]:
    referral = selected.referral
    return (
        referral.referral_ref,
        selected.force,
        referral.agency_sector.lower(),
        referral.unit,
        ", ".join(referral.vulnerable).lower(),
        local_time(selected.received_at),
        local_time(selected.due_at),
        "overdue" if selected.overdue else "",
    )


def _row(selected: SelectedReferral) -> tuple[str, ...]:
    referral = selected.referral
    return (
        selected.force,
        referral.referral_ref,
        referral.agency_sector,
        referral.unit,
        ";".join(referral.vulnerable),
        to_rfc3339(selected.received_at),
        to_rfc3339(selected.due_at),
        "yes" if selected.overdue else "no",
        "",
        "",
    )


def _import(path: Path, read: MonitorSet, by: str) -> None:
    """Send each result as a snapshot of its referral, and note in the audit log whose they are."""
    if read.settings is None:
        raise UsageError("--results goes into the stream of an installation, not into files")
    try:
        with bad_rows_by_kind() as name_row:
            imported = read_results(
                path, read.monitors, wall_clock(), refuse=lambda line, reason: name_row(path, line, reason)
            )
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    if imported.snapshots:
        _send(read.settings, imported.snapshots, by)
    _print_outcome(imported)


def _send(settings: Settings, snapshots: list[Referral], by: str) -> None:
    with AuditLog(settings, "cli") as log:
        log.note(by, "FCR", "AUDIT_RESULTS", details={"referrals": str(len(snapshots))})
    producer = FeedProducer(settings)
    for snapshot in snapshots:
        producer.send(snapshot)
    producer.flush()


def _print_outcome(imported: ImportedResults) -> None:
    tell(
        f"{counted(len(imported.snapshots), 'result')} sent to {Referral.TOPIC}, "
        f"{counted(imported.already_known, 'was', 'were')} there already, "
        f"{counted(imported.empty, 'row has', 'rows have')} none"
    )
    if imported.snapshots:
        tell("Enter them in CATS too: its next snapshot of a referral takes back what it does not state")
    if imported.refused:
        raise CommandError(f"{counted(imported.refused, 'row')} could not be imported")
