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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.files.record_files import numbered_lines, topic_of, write_lines
from schemas.admission import UnknownClasses, require_not_ahead
from schemas.codec import MAX_BYTES, Codec
from schemas.records import Heartbeat, Score, Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import read_json, write_json
from streams.engine.monitor import Monitor
from streams.engine.unjudgeable import Unjudgeable

if TYPE_CHECKING:
    from schemas.products import Alert, Review
    from streams.policy import PolicyBook


class RefusedRow(NamedTuple):
    """A line that is no record of its topic."""

    path: Path
    line: int
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}: {self.detail}"


@dataclass(slots=True)
class LoadedRecords:
    """The records of some files."""

    snapshots: list[Snapshot] = field(default_factory=list)
    heartbeats: int = 0
    refused: int = 0
    unknown_classes: UnknownClasses = field(default_factory=UnknownClasses)
    empty: list[Path] = field(default_factory=list)
    """The files that have no row."""

    @property
    def newest(self) -> int | None:
        """The newest event_time (ms) among the snapshots of all forces.

        Scores do not count: they change no alert, by moving the clock neither.
        """
        snapshots = (snapshot for snapshot in self.snapshots if not isinstance(snapshot, Score))
        return max((snapshot.event_time for snapshot in snapshots), default=None)


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
    until: int | None = None,
    keeps_reviews: bool = False,
    refuse: Callable[[RefusedRow], None],
) -> tuple[LoadedRecords, BacktestResult]:
    """Judge files of records named after their topics, up to ``until`` (ms).

    Without ``until`` it is the newest event_time.  With ``keeps_reviews`` the review queue is kept too.

    ``read_at`` is the reader's clock (ms): a record further ahead of it than the policy allows is a bad row.
    Raises FileRefusedError where a file cannot be used.
    """
    by_topic = [(path, topic_of(path)) for path in files]
    with no_collection():
        records = LoadedRecords()
        for path, topic in by_topic:
            load_file(path, topic, records, read_at=read_at, far_future=book.far_future, refuse=refuse)
        end = records.newest if until is None else until
        return records, judge(records.snapshots, book, end, read_at=read_at, keeps_reviews=keeps_reviews)


def load_file(
    path: Path,
    topic: str,
    records: LoadedRecords,
    *,
    read_at: int,
    far_future: int,
    refuse: Callable[[RefusedRow], None],
) -> None:
    """Add the records of a file of ``topic`` to ``records``, and hand each bad row to ``refuse``."""
    add, unknown = records.snapshots.append, records.unknown_classes
    latest = read_at + far_future
    number = 0
    for number, line in numbered_lines(path):
        try:
            record = read_json(topic, line, unknown)
            if len(line) > MAX_BYTES:
                require_not_too_large(record)
            if isinstance(record, Heartbeat):
                require_not_ahead(record, read_at, far_future)
                records.heartbeats += 1
                continue
            if record.event_time > latest:
                require_not_ahead(record, read_at, far_future)
        except BadRecordError as refusal:
            records.refused += 1
            refuse(RefusedRow(path, number, refusal.reason, refusal.detail))
        else:
            add(record)
    if not number:
        records.empty.append(path)


def require_not_too_large(record: Snapshot | Heartbeat) -> None:
    """Refuse a record that would not fit into a message."""
    size = len(Codec().encode(record))
    if size > MAX_BYTES:
        raise BadRecordError("TOO_LARGE", f"{size} bytes, more than {MAX_BYTES}")


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
) -> dict[str, Monitor]:
    """Apply snapshots to monitors, by force, and advance their clocks to ``until`` (ms)."""
    monitors: dict[str, Monitor] = {}
    for snapshot in snapshots:
        monitor = monitors.get(snapshot.force)
        if monitor is None:
            monitor = monitors[snapshot.force] = Monitor(
                snapshot.force, book, keeps_state=keeps_state, keeps_reviews=keeps_reviews
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
