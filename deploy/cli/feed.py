"""``cdi feed``: feed files to a source topic, and declare feeds complete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agents.settings.clock import wall_clock
from agents.topics.feeds import FeedProducer
from deploy.cli import feed_summary
from deploy.cli.feed_complete import Chosen, complete_feeds, require_topics
from deploy.cli.framework.arguments import record_files
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import printable, tell
from deploy.files.feed import FeedCounts, RejectedRows, ScannedFiles, scan, send_files, send_first_heartbeats
from deploy.files.feedings import Feedings, FeedingsUnavailableError
from deploy.files.mapping import ColumnMapping, read_mapping
from deploy.files.record_files import NEEDS_MAPPING, NO_ROW, FileRefusedError, is_table
from deploy.files.row_reader import FileRow, RowReader
from deploy.files.spools import is_stream
from deploy.files.ties import TieCounter
from schemas.quantities import counted
from schemas.records import RECORD_BY_TOPIC

if TYPE_CHECKING:
    from agents.settings.settings import Settings


def feed(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="a source topic, such as cis.crimes.v1; a --mapping says it, too"),
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="JSON Lines, or with --mapping CSV, JSON, XML, workbooks; gzip and ZIP too; - is standard input",
        ),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="what a file's columns mean: a TOML file, or one of deploy/mappings by name")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="where bad rows go; FILE.rejected.jsonl beside each file, or standard-input.rejected.jsonl, without it"
        ),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="say that feeds are complete (last, alone, without TOPIC)")
    ] = False,
    until: Annotated[str | None, typer.Option(help="with --complete: through when (RFC 3339)")] = None,
    force: Annotated[list[str] | None, typer.Option(help="with --complete: only this force (may be repeated)")] = None,
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--feed", metavar="TOPIC", help="with --complete: only this feed (may be repeated)"),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="with --complete: only in the name of this source (may be repeated)")
    ] = None,
    new_force: Annotated[
        bool, typer.Option("--new-force", help="with --complete: also a --force that no source was ever heard of")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="send nothing, and without Kafka say what the files would come to")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="exit 1 where any row was set aside, or a file has no row")
    ] = False,
) -> None:
    """Set bad rows aside and feed all others; feeding a file again changes only what was mended in it.

    Exit 1 where no row could be fed, and with --strict where any row could not or a file has none.  --check shows the
    first records, values that the mapping has no code for, which fields are stated, and what would be raised.
    """
    try:
        if check and (complete or rejects is not None):
            raise UsageError("--check sends nothing and sets nothing aside: it goes without --complete and --rejects")
        if complete:
            if topic is not None or until is None:
                raise UsageError("feed --complete goes with --until, and with --feed TOPIC in place of TOPIC and FILE")
            complete_feeds(until, Chosen(force or [], only or [], source or []), new_force=new_force)
        elif until is not None or force or only or source or new_force:
            raise UsageError("--until, --force, --feed, --source and --new-force go with --complete")
        elif check:
            from deploy.cli.feed_check import check_feeding  # noqa: PLC0415 - judges, which feeding does not

            check_feeding(*_usable(topic, files or [], mapping), strict=strict)
        else:
            _feed(topic, files or [], mapping, rejects, strict=strict)
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    except FeedingsUnavailableError as failure:
        raise CommandError(f"what was fed before is no longer known: {failure}") from None


def _feed(topic: str | None, files: list[Path], mapping: str | None, rejects: Path | None, *, strict: bool) -> None:
    topic, files, column_mapping = _usable(topic, files, mapping)
    settings = connected_settings()
    require_topics(settings)
    book = book_of(settings)
    feedings = _feedings(settings)
    reader = RowReader(topic, column_mapping, wall_clock(), book.far_future, feedings=feedings)
    scanned = scan(files, reader, TieCounter(b"" if feedings is None else feedings.key))
    earlier_ties = 0
    if feedings is not None:
        feedings.save_files()
        earlier_ties = feedings.ties(scanned.ties.body_by_version)
    rejected = RejectedRows(wall_clock(), rejects)
    counts = _sent(topic, files, reader, scanned, FeedProducer(settings), rejected)
    rejected_files = rejected.close()
    for line in (
        *feed_summary.sent(counts, reader, scanned),
        *feed_summary.doubts(reader, scanned, earlier_ties),
        *feed_summary.old_records(scanned.times, book, settings, reader.read_at),
    ):
        tell(line)
    if feedings is not None and (column_mapping is None or not column_mapping.orders_feedings):
        feedings.save_rows(scanned.ties.body_by_version, reader.read_at)
    _require_rows(counts, scanned, rejected_files, strict=strict)


def _usable(topic: str | None, files: list[Path], mapping: str | None) -> tuple[str, list[Path], ColumnMapping | None]:
    """Return what is read, and how.  Raises UsageError, FileRefusedError."""
    if mapping is not None and topic is not None and topic not in RECORD_BY_TOPIC and _is_file(topic):
        return _by_mapping([Path(topic), *files], mapping)
    if topic is None or not files:
        raise UsageError(f"feed needs TOPIC and FILE, or --complete --until T{_topic_of(topic, mapping)}")
    if topic not in RECORD_BY_TOPIC:
        raise UsageError(f"{topic} is no source topic: these are {', '.join(RECORD_BY_TOPIC)}")
    files = record_files(files)
    return topic, files, _mapping(topic, files, mapping)


def _topic_of(argument: str | None, mapping: str | None) -> str:
    """Say which topic a mapping is for, where a file stands in the topic's place."""
    if argument is None or argument in RECORD_BY_TOPIC or mapping is None:
        return ""
    return f"; {mapping} is for the topic {read_mapping(mapping).topic}"


def _feedings(settings: Settings) -> Feedings | None:
    """Return what was fed before; None, and a line to the user, where it cannot be kept."""
    try:
        return Feedings(settings.data, settings.prefix)
    except FeedingsUnavailableError as failure:
        tell(f"what was fed before is not known, so rows are not compared with it: {failure}")
        return None


def _sent(
    topic: str,
    files: list[Path],
    reader: RowReader,
    scanned: ScannedFiles,
    producer: FeedProducer,
    rejected: RejectedRows,
) -> FeedCounts:
    """Send the files' rows, and show how far they are."""
    for of_topic in reader.topics:
        send_first_heartbeats(of_topic, scanned.sources_of(of_topic), producer)
    with _progress(Console(stderr=True, markup=False, highlight=False, emoji=False)) as bar:
        task = bar.add_task(topic, total=scanned.total)
        with bad_rows_by_kind(lambda line: bar.console.print(printable(line), soft_wrap=True)) as name_row:

            def refuse(path: Path, row: FileRow) -> None:
                rejected.add(path, row)
                name_row(row.origin(path), row.line, str(row.refusal))

            return send_files(files, reader, producer, refuse=refuse, on_row=lambda: bar.advance(task))


def _require_rows(counts: FeedCounts, scanned: ScannedFiles, rejected_files: list[Path], *, strict: bool) -> None:
    """Say what was not fed.

    Raise CommandError where there was a bad row and nothing was fed, and with ``strict`` at a bad row or an empty file.
    """
    for path in scanned.empty:
        tell(f"{path}: {NO_ROW}")
    if counts.refused:
        were = "was" if counts.refused == 1 else "were"
        line = (
            f"{counts.refused:,} of {counted(scanned.total, 'row')}, named above, {were} set aside in "
            f"{', '.join(map(str, rejected_files))}"
        )
        if strict or not counts.snapshots + counts.heartbeats:
            raise CommandError(line)
        tell(line)
    if strict and scanned.empty:
        raise CommandError(
            f"{counted(len(scanned.empty), 'file, named above, has', 'files, named above, have')} no row"
        )


def _mapping(topic: str, files: list[Path], name: str | None) -> ColumnMapping | None:
    if name is None:
        if tables := [path for path in files if is_table(path)]:
            raise UsageError(f"{tables[0]}: {NEEDS_MAPPING}")
        return None
    mapping = read_mapping(name)
    if mapping.topics != (topic,):
        more = "; without TOPIC all are fed" if topic in mapping.topics else ""
        raise UsageError(f"{name}: a mapping for {' and '.join(mapping.topics)}, not for {topic}{more}")
    return mapping


def _is_file(text: str) -> bool:
    return Path(text).exists() or is_stream(Path(text))


def _by_mapping(files: list[Path], name: str) -> tuple[str, list[Path], ColumnMapping]:
    """Return what is read where the mapping alone says of which topics it is."""
    mapping = read_mapping(name)
    return mapping.topic, record_files(files), mapping


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
