"""``cdi backtest``: judge files of records without Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.settings.clock import stopwatch, wall_clock
from deploy.cli.feed_summary import tied
from deploy.cli.framework.arguments import (
    MappingsOption,
    moment,
    output_file,
    policy_book,
    read_mappings,
    record_files,
    require_records,
)
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import UsageError
from deploy.cli.framework.output import tell
from deploy.cli.policy_comparison import compare
from deploy.files import backtest as engine
from deploy.files.loading import LoadedRecords
from deploy.files.old_records import EventTimes
from deploy.files.record_files import FileRefusedError
from deploy.files.ties import count_ties
from schemas.quantities import counted
from schemas.records import POSSIBLE_FEEDS
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping
    from streams.policy import PolicyBook


def backtest(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="TOPIC.jsonl, or CSV with --mapping; gzip too")
    ],
    mapping: MappingsOption = None,
    out: Annotated[
        Path | None, typer.Option(help="where the final state of every alert goes, one JSON object a line")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="a policy file (TOML); the built-in policy without it")] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="POLICY", help="compare with this policy file, or 'built-in'; --out takes what differs"),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="where the clock ends (RFC 3339); the newest event_time without it")
    ] = None,
    reviews: Annotated[
        Path | None, typer.Option(metavar="OUT", help="where the review queue goes, one JSON object an entry")
    ] = None,
) -> None:
    """Compare two policies with --against: which alerts appear, vanish or move under the first.

    An alert moves when its status, due time, lateness or severity differs.
    """
    files, mappings = record_files(files), read_mappings(mapping)
    for path in (out, reviews):
        if path is not None:
            output_file(path, files)
    if against is not None:
        if reviews is not None:
            raise UsageError("--reviews: policies are compared by their alerts alone")
        compare(files, mappings, policy, against, until, out)
        return
    if out is None:
        raise UsageError("--out: where shall the alerts go?")
    _judge(files, mappings, policy, until, out, reviews)


def _judge(
    files: list[Path],
    mappings: list[ColumnMapping],
    policy: Path | None,
    until: str | None,
    out: Path,
    reviews: Path | None,
) -> None:
    """Judge files, write what came of it, and say what was read."""
    started = stopwatch()
    end = None if until is None else moment("--until", until)
    book = policy_book(policy)
    try:
        with bad_rows_by_kind() as name_row:
            records, result = engine.backtest(
                files,
                book,
                read_at=wall_clock(),
                mappings=mappings,
                until=end,
                keeps_reviews=reviews is not None,
                refuse=lambda row: name_row(row.path, row.line, row.problem),
            )
        require_records(records)
        engine.write_alerts(result.alerts, out)
        if reviews is not None:
            engine.write_reviews(result.reviews, reviews)
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    for entry in result.unjudgeable:
        tell(str(entry))
    for line in (*_summary(records, result, out), *missing_feeds(records, book), *_old_records(records, result, book)):
        tell(line)
    if reviews is not None:
        tell(f"{len(result.reviews):,} reviews written to {reviews}")
    seconds = stopwatch() - started
    tell(f"took {seconds:.1f} s: {len(records.snapshots) / seconds:,.0f} snapshots a second")


def _summary(records: LoadedRecords, result: engine.BacktestResult, out: Path) -> list[str]:
    """Say what was read, what was refused and what came of it."""
    clock = "" if result.until is None else f", the clock ends at {to_rfc3339(result.until)}"
    snapshots, heartbeats = counted(len(records.snapshots), "snapshot"), counted(records.heartbeats, "heartbeat")
    lines = [f"{snapshots} and {heartbeats} read{clock}"]
    if duplicates := result.counted["duplicate"]:
        lines.append(f"{counted(duplicates, 'snapshot was', 'snapshots were')} there already, which changes nothing")
    if conflicts := result.counted["event_id_conflict"]:
        stated = counted(conflicts, "snapshot states", "snapshots state")
        lines.append(f"{stated} another body under an event_id already used; all were judged")
    if corrected := result.counted["time_corrected"]:
        were = counted(
            corrected, "time of report, recording or oversight was", "times of report, recording or oversight were"
        )
        lines.append(f"{were} corrected by a higher revision of the same event_time, which alone is read")
    if ties := count_ties(records.snapshots):
        lines.append(tied(ties, "stated before"))
    if unknown := records.unknown_classes.total():
        lines.append(f"{counted(unknown, 'unknown offence class was', 'unknown offence classes were')} read as OTHER")
    if records.refused:
        lines.append(f"{counted(records.refused, 'bad row, named above, was', 'bad rows, named above, were')} left out")
    if result.unjudgeable:
        unjudgeable = counted(len(result.unjudgeable), "snapshot or matter", "snapshots or matters")
        lines.append(f"{unjudgeable}, named above, could not be judged")
    return [*lines, f"{counted(len(result.alerts), 'alert')} written to {out}"]


def missing_feeds(records: LoadedRecords, book: PolicyBook) -> Iterator[str]:
    """Say of which feeds that a force has, as the policy says, there is no record."""
    read = {(snapshot.force, snapshot.TOPIC) for snapshot in records.snapshots}
    for force in sorted({force for force, topic in read if topic in POSSIBLE_FEEDS}):
        named = book.feeds(force)
        if missing := [feed for feed in POSSIBLE_FEEDS if feed in named and (force, feed) not in read]:
            yield (
                f"{force}: no record was read of {', '.join(missing)}: alerts that rest on them may be wrong; "
                "a policy that does not name a feed leaves its rules out"
            )


def _old_records(records: LoadedRecords, result: engine.BacktestResult, book: PolicyBook) -> Iterator[str]:
    """Say what workers whose clock is at the end would ignore; here it was judged in its own time."""
    times = EventTimes()
    for snapshot in records.snapshots:
        times.add(snapshot)
    old = None if result.until is None else times.old(result.until, book.forget_after)
    if old is not None:
        yield (
            f"{old}, at the clock's end, the oldest of {to_rfc3339(old.oldest)}: judged here in its time, and ignored "
            "by workers that are fed it once their clock is there"
        )
