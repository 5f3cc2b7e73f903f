"""``cdi reviews``: list the reports that somebody should read next."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec
import typer

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from deploy.cli.framework.arguments import require_forces
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import print_table, tell
from deploy.inspect.candidates import candidates_by_alert
from deploy.inspect.reviews import ForceQueue, force_queue, in_words
from schemas.products import ForceClock, Review
from schemas.rows import write_json
from streams.policy.times_in_words import when
from streams.reports.spreadsheet import csv_table
from streams.reviews.probable_crimes import ProbableCrime, ReportName, probable_crime, probable_crimes
from streams.topology.topics import CLOCKS, REVIEWS

WHATEVER_ITS_RANK: Final = "of the blind share, read whatever its rank"
"""Why an entry of low probability may stand first: its assessment teaches what is probable."""


class ReviewFormat(StrEnum):
    """How the queue is written."""

    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"


def reviews(
    *,
    force: Annotated[str | None, typer.Option(help="only of this force")] = None,
    first: Annotated[
        int | None, typer.Option(min=1, help="how many of each force; as many as the policy's daily number without it")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="all that wait")] = False,
    format_: Annotated[
        ReviewFormat, typer.Option("--format", help="text (times of Europe/London); jsonl or csv (UTC)")
    ] = ReviewFormat.TEXT,
) -> None:
    """List the reports that nobody has judged and nothing settles, the likeliest to hide a crime first."""
    settings, wall = connected_settings(), wall_clock()
    listed = list(latest_records(settings, REVIEWS, Review).values())
    clocks = latest_records(settings, CLOCKS, ForceClock)
    forces = sorted({review.force for review in listed} | clocks.keys())
    if force is not None:
        require_forces([force], forces)
        forces = [force]
    policy = book_of(settings).reviews
    queues = [force_queue(name, listed, _clock(clocks.get(name), wall), policy, first) for name in forces]
    crimes = probable_crimes(candidates_by_alert(settings).values()) if format_ is ReviewFormat.TEXT else {}
    _write([(queue, len(queue.reviews) if every else queue.first) for queue in queues], format_, wall, crimes)
    for queue in queues:
        tell(in_words(queue))
    if not queues:
        tell("No worker has heard of a force yet: 'cdi doctor' says what holds them")


def _clock(clock: ForceClock | None, wall: int) -> int:
    return wall if clock is None or clock.clock is None else clock.clock


def _write(
    queues: list[tuple[ForceQueue, int]],
    format_: ReviewFormat,
    present: int,
    crimes: Mapping[ReportName, ProbableCrime] | None = None,
) -> None:
    listed = [review for queue, count in queues for review in queue.reviews[:count]]
    match format_:
        case ReviewFormat.JSONL:
            sys.stdout.buffer.writelines(write_json(review) + b"\n" for review in listed)
        case ReviewFormat.CSV:
            sys.stdout.buffer.write(csv_table(Review.__struct_fields__, map(_csv_row, listed)))
        case ReviewFormat.TEXT:
            columns = ("", "force", "system", "reference", "team", "received (London)", "probability", "why")
            print_table(
                columns,
                (
                    _line(place, review, present, probable_crime(review, crimes or {}), is_blind=place <= queue.blind)
                    for queue, count in queues
                    for place, review in enumerate(queue.reviews[:count], start=1)
                ),
            )


def _csv_row(review: Review) -> list[object]:
    fields = msgspec.json.decode(write_json(review), type=dict[str, object])
    fields["reasons"] = "; ".join(review.reasons)
    return list(fields.values())


def _line(place: int, review: Review, present: int, crime: ProbableCrime | None, *, is_blind: bool) -> tuple[str, ...]:
    reasons = (WHATEVER_ITS_RANK, *review.reasons) if is_blind else review.reasons
    if crime is not None:
        recorded = f"probably recorded as {crime.crime_ref} ({crime.probability:.0%})"
        reasons = (*reasons, f"{recorded}: {crime.left(review):.0%} that it hides one all the same")
    return (
        str(place),
        review.force,
        review.system,
        review.ref,
        review.team or "",
        when(review.reported_at, present),
        f"{review.probability:.0%}",
        "; ".join(reasons),
    )
