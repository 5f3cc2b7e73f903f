"""``cdi profile``: how often each field of each feed is stated, and the ``[lacks]`` to begin with."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from agents.settings.clock import wall_clock
from deploy.cli.framework.arguments import MappingsOption, output_file, read_mappings, record_files
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import printable, tell
from deploy.files.field_counts import FieldCounter
from deploy.files.loading import mapping_of
from deploy.files.mapping import ColumnMapping
from deploy.files.record_files import NO_ROW, FileRefusedError, topic_of, write_lines
from deploy.files.row_reader import RowReader
from deploy.inspect.profile import policy_text, table_lines
from deploy.inspect.worker_state import monitors_of_workers
from schemas.quantities import counted
from schemas.records import POSSIBLE_FEEDS
from streams.facts.fill import FieldCountsByFeed
from streams.policy import PolicyBook
from streams.reports.field_fill import count_fields


def profile(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="JSON Lines, or CSV (gzip too), as feed takes them")
    ] = None,
    *,
    mapping: MappingsOption = None,
    topic: Annotated[
        str | None, typer.Option(help="the source topic of JSON Lines whose names do not say it (TOPIC.jsonl)")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write that policy, the table above it, to this file")] = None,
) -> None:
    """Say how often each field of each feed is stated, and the policy of lacking fields to begin with.

    Of files, or without any of all that the workers know.  No value of any record is shown.
    """
    if out is not None:
        output_file(out, files or ())
    try:
        counts = _of_files(record_files(files), mapping, topic) if files else _of_workers(mapping, topic)
        if not counts:
            raise CommandError("no record of any feed is known, so there is nothing to say")
        lines = [printable(line) for line in policy_text(counts).splitlines()]
        if out is None:
            _print(lines)
        else:
            write_lines((line.encode() for line in lines), out)
            _print(printable(line) for line in table_lines(counts))
            tell(f"{out}: written; read it, then check it with 'cdi policy check {out}'")
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None


def _print(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _of_workers(mapping: list[str] | None, topic: str | None) -> FieldCountsByFeed:
    if mapping or topic is not None:
        raise UsageError("--mapping and --topic go with files")
    settings = connected_settings()
    monitors = monitors_of_workers(settings, book_of(settings))
    return {
        (force, counts.feed): counts
        for force, monitor in sorted(monitors.items())
        for counts in count_fields(monitor.context.facts)
    }


def _of_files(files: list[Path], names: list[str] | None, topic: str | None) -> FieldCountsByFeed:
    mappings = read_mappings(names)
    counter, read_at = FieldCounter(), wall_clock()
    remarks: dict[Path, str] = {}
    far_future = PolicyBook.built_in().far_future
    with bad_rows_by_kind() as name_row:
        for path in files:
            mapping = mapping_of(path, mappings)
            reader = RowReader(_feed(path, mapping, topic), mapping, read_at, far_future, remarks=remarks)
            counter.add_file(path, reader, lambda path, line, refusal: name_row(path, line, str(refusal)))
    for path, remark in remarks.items():
        tell(f"{path}: {remark}")
    for path in counter.rows.empty:
        tell(f"{path}: {NO_ROW}")
    if counter.rows.refused:
        tell(f"{counted(counter.rows.refused, 'bad row')}, named above, left out")
    return counter.counts()


def _feed(path: Path, mapping: ColumnMapping | None, topic: str | None) -> str:
    """Return the feed that a file is of.  Raises UsageError, FileRefusedError."""
    feed = mapping.topic if mapping is not None else topic or topic_of(path)
    if feed not in POSSIBLE_FEEDS:
        raise UsageError(f"{path}: {feed} is no feed: these are {', '.join(POSSIBLE_FEEDS)}")
    return feed
