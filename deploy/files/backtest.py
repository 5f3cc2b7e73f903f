"""Judge files of records without Kafka.

A finished file is complete, so the clock needs no heartbeats: every snapshot is applied first, then each force's clock
advances through all of their moments to the end.  The result is the final state of every alert, the same bytes as the
workers publish under the stream clock.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.files.loading import LoadedRecords, RefusedRow, load_files
from deploy.files.record_files import write_lines
from schemas.records import Snapshot
from schemas.rows import write_json
from streams.engine.monitor import Monitor
from streams.engine.unjudgeable import Unjudgeable

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping
    from schemas.products import Alert, Review
    from streams.policy import PolicyBook


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The alerts that the files lead to."""

    alerts: Sequence[Alert]
    """The final state of every alert, by alert_id."""
    until: int | None
    """Where the clock ended (ms); None where there was no snapshot and no end was given."""
    counted: Counter[str]
    """How many snapshots were duplicates, or contradicted another under the same event_id."""
    unjudgeable: Sequence[Unjudgeable] = ()
    """What was set aside: the program's own code raised on it."""
    reviews: Sequence[Review] = ()
    """Every entry of the review queue, by force, system and reference; none where nobody asked for it."""


def backtest(
    files: Sequence[Path],
    book: PolicyBook,
    *,
    read_at: int,
    mappings: Sequence[ColumnMapping] = (),
    until: int | None = None,
    keeps_reviews: bool = False,
    refuse: Callable[[RefusedRow], None],
) -> tuple[LoadedRecords, BacktestResult]:
    """Judge files of records up to ``until`` (ms); without it, up to the newest event_time.

    With ``keeps_reviews`` the review queue is kept too.  The rest is as in :func:`deploy.files.loading.load_files`.
    """
    with no_collection():
        records = load_files(files, mappings, read_at=read_at, far_future=book.far_future, refuse=refuse)
        end = records.newest if until is None else until
        return records, judge(records.snapshots, book, end, read_at=read_at, keeps_reviews=keeps_reviews)


def judge(
    snapshots: Iterable[Snapshot], book: PolicyBook, until: int | None, *, read_at: int, keeps_reviews: bool = False
) -> BacktestResult:
    """Judge snapshots of any number of forces, each under its own clock, up to ``until`` (ms)."""
    final: dict[str, Alert] = {}
    counted: Counter[str] = Counter()
    unjudgeable: list[Unjudgeable] = []
    reviews: list[Review] = []
    monitors = run_monitors(snapshots, book, until, read_at=read_at, keeps_state=False, keeps_reviews=keeps_reviews)
    for _, monitor in sorted(monitors.items()):
        final.update((alert.alert_id, alert) for alert in monitor.drain_alerts())
        changes = monitor.drain()
        counted.update(changes.counted)
        unjudgeable += changes.unjudgeable
        reviews += monitor.reviews()
    return BacktestResult([final[alert_id] for alert_id in sorted(final)], until, counted, unjudgeable, reviews)


def run_monitors(
    snapshots: Iterable[Snapshot],
    book: PolicyBook,
    until: int | None,
    *,
    read_at: int,
    keeps_state: bool = True,
    keeps_reviews: bool = False,
    forgets: bool = True,
) -> dict[str, Monitor]:
    """Apply snapshots to monitors, by force, and advance their clocks to ``until`` (ms).

    Without ``forgets`` they know every record at the end, whatever the policy's ``forget_after``.
    """
    monitors: dict[str, Monitor] = {}
    for snapshot in snapshots:
        monitor = monitors.get(snapshot.force)
        if monitor is None:
            monitor = monitors[snapshot.force] = Monitor(
                snapshot.force, book, keeps_state=keeps_state, keeps_reviews=keeps_reviews, forgets=forgets
            )
        monitor.apply(snapshot, read_at)
    if until is not None:
        for monitor in monitors.values():
            monitor.advance(until)
    return monitors


def write_alerts(alerts: Iterable[Alert], out: Path) -> None:
    """Write one alert a line; ``out`` is there whole or as it was before.  Raises FileRefusedError."""
    write_lines(map(write_json, alerts), out)


def write_reviews(reviews: Iterable[Review], out: Path) -> None:
    """Write one review a line; as :func:`write_alerts`."""
    write_lines(map(write_json, reviews), out)


@contextmanager
def no_collection() -> Iterator[None]:
    """Switch Python's cyclic garbage collector off: everything that is read stays until the end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
