"""The monitors that a command reads.

They are those of an installation's workers, or of files that are judged now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from agents.settings.clock import wall_clock
from deploy.cli.framework.arguments import (
    moment,
    policy_book,
    read_mappings,
    record_files,
    require_forces,
    tell_of_empty,
)
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import tell
from deploy.files import backtest
from deploy.files.loading import LoadedRecords, load_files
from deploy.files.record_files import FileRefusedError
from deploy.inspect.worker_state import monitors_of_workers
from schemas.quantities import counted
from schemas.records import Score
from streams.engine.monitor import Monitor

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

Files: TypeAlias = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="more of them")]
FilesOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--files", metavar="FILE...", help="judge files of records (TOPIC.jsonl, or CSV with --mapping) instead"
    ),
]
"""``--files A B C``: the option takes the first file, the argument the rest."""

PolicyOption: TypeAlias = Annotated[
    Path | None, typer.Option("--policy", help="with --files: a policy file (TOML); the built-in policy without it")
]
UntilOption: TypeAlias = Annotated[
    str | None, typer.Option("--until", help="with --files: where the clock ends (RFC 3339)")
]


class MonitorSet(NamedTuple):
    """Monitors by force, each with a clock, and where they come from."""

    monitors: Mapping[str, Monitor]
    book: PolicyBook
    settings: Settings | None
    """The installation; None where files were judged."""


def read_monitors(
    files: list[Path],
    force: str | None,
    policy: Path | None = None,
    until: str | None = None,
    mapping: list[str] | None = None,
) -> MonitorSet:
    """Return the monitors of one force or all, from files or from the installation.

    ``policy`` and ``until`` go with files: the workers of an installation have a policy and a clock of their own.  So
    does ``mapping``: the names of the mappings of CSV files.
    """
    if files:
        read = _of_files(record_files(files), mapping, policy, until)
    elif policy is not None or until is not None:
        raise UsageError("--policy and --until go with --files; the workers judge by their own")
    elif mapping:
        raise UsageError("--mapping goes with --files")
    else:
        settings = connected_settings()
        book = book_of(settings)
        read = MonitorSet(monitors_of_workers(settings, book), book, settings)
    clocked = {name: monitor for name, monitor in sorted(read.monitors.items()) if monitor.clock is not None}
    if force is not None:
        require_forces([force], clocked)
    if not clocked:
        raise CommandError("nothing is known yet: no force's clock has moved")
    return read._replace(monitors=clocked if force is None else {force: clocked[force]})


def _of_files(files: list[Path], mapping: list[str] | None, policy: Path | None, until: str | None) -> MonitorSet:
    book, read_at = policy_book(policy), wall_clock()
    try:
        with bad_rows_by_kind() as name_row:
            records = load_files(
                files,
                read_mappings(mapping),
                read_at=read_at,
                far_future=book.far_future,
                refuse=lambda row: name_row(row.path, row.line, row.problem),
            )
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    tell_of_empty(records)
    end = records.newest if until is None else moment("--until", until)
    _tell_of_later(records, end)
    monitors = backtest.run_monitors(records.snapshots, book, end, read_at=read_at, forgets=False)
    return MonitorSet(monitors, book, None)


def _tell_of_later(records: LoadedRecords, end: int | None) -> None:
    """Name the topics with records saved after the clock's end, such as readings of an audit."""
    later = Counter(snapshot.TOPIC for snapshot in records.snapshots if end is not None and snapshot.event_time > end)
    for topic, number in sorted(later.items()):
        if topic != Score.TOPIC:
            tell(f"{topic}: {counted(number, 'record')} saved after --until left out")
