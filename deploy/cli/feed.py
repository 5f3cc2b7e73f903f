"""``cdi feed``: files into Kafka, and the word that a feed is complete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agents.admin import check_topics
from agents.clock import wall_clock
from agents.feeding import FeedProducer
from deploy import completing
from deploy.cli.arguments import moment
from deploy.cli.installation import book_of, connected
from deploy.cli.outcomes import BadUsage, CommandFailed, tell
from deploy.feed import Fed, Rejects, open_sources, survey
from deploy.feed import feed as send
from deploy.files import FileRefused
from deploy.mapping import Mapping, read_mapping
from deploy.rows import Reader, Row
from schemas.records import RECORD_BY_TOPIC
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from agents.settings import Settings


def feed(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="a source topic, such as cis.crimes.v1")] = None,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="JSON Lines, or CSV (gzip too)")] = None,
    mapping: Annotated[
        str | None, typer.Option(help="what a CSV file's columns mean: a TOML file, or one of deploy/mappings by name")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="where bad rows go; FILE.rejected.jsonl beside each file without it")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="say that every feed is complete (last, alone, without TOPIC)")
    ] = False,
    until: Annotated[str | None, typer.Option(help="with --complete: through when (RFC 3339)")] = None,
    force: Annotated[list[str] | None, typer.Option(help="with --complete: only this force (may be repeated)")] = None,
) -> None:
    """Feed files to a source topic; or, with --complete, say that every feed of every force is complete."""
    try:
        if complete:
            _complete(topic, until, force or [])
        else:
            _feed(topic, files or [], mapping, rejects, until, force)
    except FileRefused as refusal:
        raise BadUsage(str(refusal)) from None


def _complete(topic: str | None, until: str | None, forces: list[str]) -> None:
    if topic is not None or until is None:
        raise BadUsage("feed --complete goes with --until and without TOPIC and FILE")
    through = moment("--until", until)
    settings = connected()
    book = book_of(settings)
    if through > wall_clock() + book.far_future:
        raise BadUsage("--until: further ahead than the policy's far_future allows; it would be a dead letter")
    _require_topics(settings)
    closed, sent = completing.complete(settings, book, FeedProducer(settings), through, forces)
    if not closed:
        raise CommandFailed("no force has been heard of on any source topic, so there is nothing to complete")
    tell(f"{sent} heartbeats sent: {', '.join(closed)} complete through {to_rfc3339(through)}")


def _feed(
    topic: str | None, files: list[Path], mapping: str | None, rejects: Path | None, until: str | None,
    force: list[str] | None,
) -> None:  # fmt: skip
    if topic is None or not files:
        raise BadUsage("feed needs TOPIC and FILE, or --complete --until T")
    if until is not None or force:
        raise BadUsage("--until and --force go with --complete")
    if topic not in RECORD_BY_TOPIC:
        raise BadUsage(f"{topic} is no source topic: these are {', '.join(RECORD_BY_TOPIC)}")
    meaning = _meaning(topic, files, mapping)
    settings = connected()
    _require_topics(settings)
    reader = Reader(topic, meaning, wall_clock(), book_of(settings).far_future)
    sources, rows = survey(files, reader)
    producer = FeedProducer(settings)
    open_sources(topic, sources, producer)
    aside = Rejects(wall_clock(), rejects)
    console = Console(stderr=True)
    with _progress(console) as bar:
        task = bar.add_task(topic, total=rows)
        refuse = _refusing(aside, bar.console)
        fed = send(files, reader, producer, refuse=refuse, on_row=lambda: bar.advance(task))
    places = aside.close()
    for line in _summary(fed, reader, places):
        tell(line)


def _meaning(topic: str, files: list[Path], named: str | None) -> Mapping | None:
    tables = [path for path in files if ".csv" in path.suffixes]
    if named is None:
        if tables:
            raise BadUsage(f"{tables[0]}: a CSV file needs a --mapping")
        return None
    mapping = read_mapping(named)
    if mapping.topic != topic:
        raise BadUsage(f"{named}: a mapping for {mapping.topic}, not for {topic}")
    return mapping


def _require_topics(settings: Settings) -> None:
    """A wrong number of partitions would send a force to where no worker expects it."""
    if differences := check_topics(settings):
        more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
        raise CommandFailed(f"the topics are not as they must be: {differences[0]}{more}; see 'cdi topics check'")


def _refusing(aside: Rejects, console: Console) -> Callable[[Path, Row], None]:
    def refuse(path: Path, row: Row) -> None:
        aside.add(path, row)
        console.print(f"{path}:{row.line}: {row.refusal}", markup=False, highlight=False, soft_wrap=True)

    return refuse


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _summary(fed: Fed, reader: Reader, places: list[Path]) -> list[str]:
    lines = [f"{fed.snapshots:,} snapshots and {fed.heartbeats:,} heartbeats fed to {reader.topic}"]
    if fed.skipped:
        lines.append(f"{fed.skipped:,} rows skipped, as the mapping says")
    if unknown := reader.unknown_classes.total():
        lines.append(f"{unknown:,} unknown offence classes were read as OTHER")
    if fed.refused:
        lines.append(f"{fed.refused:,} bad rows, named above, were set aside in {', '.join(map(str, places))}")
    return lines
