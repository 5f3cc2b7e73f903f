"""One comparison of policies, in a process of its own: the force's records out of Kafka, both policies, the result.

The board asks for it (:mod:`dashboards.board.ingest.policy_comparison_queue`) and shows the result.  It reads the
force's partition of every source topic up to the end it has now, takes what a worker would take, and judges by the
stream clock as ``cdi backtest --policy ... --against ...`` does over the same records.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from agents.kafka.codecs import codec_of
from agents.kafka.reader import length, messages
from agents.settings.clock import stopwatch, wall_clock
from agents.settings.schema_registry import RegistryError
from agents.topics.erasures import erasures
from dashboards.board.readmodel import ReadModel, policy_comparisons
from dashboards.board.readmodel.alert_differences import difference_row
from dashboards.board.readmodel.policy_comparisons import ComparisonResult, Phase, PolicyComparison
from dashboards.board.readmodel.tables import clocks
from deploy.files.backtest import no_collection
from schemas.admission import require_key, require_not_ahead
from schemas.identifiers import normalise
from schemas.records import Snapshot
from schemas.refusals import BadRecordError
from streams.engine.erasure import SYSTEM_BY_KIND, ErasedNames, name_of
from streams.engine.policy_check import usable_policy
from streams.engine.replay import Replay
from streams.policy.calendar import HOUR
from streams.reports.alert_differences import AlertDifference, alert_differences, summaries_by_day
from streams.topology.messages import TopicMessage, UnreadableError
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec
    from schemas.products import Alert
    from schemas.records import Heartbeat
    from streams.policy import PolicyBook

Tell = Callable[[float], None]
"""Is told how much of a phase is done, from 0 to 1."""

NICENESS: Final = 10
"""What is live goes first: the board and the workers may be on the same machine."""
_TELL_EVERY_SECONDS: Final = 0.5


@dataclass(slots=True)
class Past:
    """A force's records, as the source topics have them."""

    snapshots: list[Snapshot] = field(default_factory=list)
    refused: int = 0
    read_at: int = field(default_factory=wall_clock)
    """When we began to read (ms)."""

    @property
    def newest(self) -> int | None:
        """The newest event_time (ms) among them."""
        return max((snapshot.event_time for snapshot in self.snapshots), default=None)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one policy makes of a force's records."""

    alerts: list[Alert]
    began: dict[str, int]
    """When the matter of each alert began (ms); where its record does not say, when the alert rose."""
    counted: dict[str, int]


def run(settings: Settings, model: ReadModel, comparison_id: str) -> None:
    """Make a comparison that the board has taken in hand, and keep what came of it, or why nothing did."""
    with model.reading() as connection:
        wanted = policy_comparisons.find(connection, comparison_id)
        clock = None if wanted is None else _clock_of(connection, wanted.request.force)
    if wanted is None or wanted.state != "RUNNING":
        return
    os.nice(NICENESS)
    try:
        with no_collection():
            _compare(settings, model, wanted, clock)
    except UnreadableError as failure:
        policy_comparisons.fail(
            model, comparison_id, f"The records could not be read from Kafka: {failure}.", wall_clock()
        )
    except RegistryError as failure:
        policy_comparisons.fail(model, comparison_id, f"The schema registry does not answer: {failure}.", wall_clock())
    except MemoryError:
        policy_comparisons.fail(
            model, comparison_id, "There was not enough memory for the force's records.", wall_clock()
        )


def _compare(settings: Settings, model: ReadModel, wanted: PolicyComparison, clock: int | None) -> None:
    asked, comparison_id = wanted.request, wanted.request.comparison_id
    ours, theirs = usable_policy(*asked.texts), usable_policy(*asked.against_texts)
    far_future = max(ours.far_future, theirs.far_future)

    def telling(phase: Phase) -> Tell:
        return _throttled(lambda share: policy_comparisons.progress(model, comparison_id, phase, share))

    past = read_past(settings, asked.force, far_future, telling("READING"))
    until = max((moment for moment in (past.newest, clock) if moment is not None), default=None)
    here = judge(asked.force, past, ours, until, telling("JUDGING_CHOSEN"))
    there = judge(asked.force, past, theirs, until, telling("JUDGING_IN_FORCE"))
    telling("WRITING")(0.0)
    began = {**there.began, **here.began}
    for alert_id in there.began.keys() & here.began.keys():
        began[alert_id] = min(there.began[alert_id], here.began[alert_id])
    result = ComparisonResult(
        snapshots=len(past.snapshots), refused=past.refused, counted=here.counted,
        by_day=summaries_by_day(here.alerts, there.alerts, began),
    )  # fmt: skip
    gone = _erased_meanwhile(settings, asked.force, past.read_at)
    found = [each for each in alert_differences(here.alerts, there.alerts) if _subject_of(each) not in gone]
    rows = [
        difference_row(comparison_id, number, each, began[alert.alert_id])
        for number, each in enumerate(found)
        if (alert := each.ours or each.theirs) is not None
    ]
    policy_comparisons.finish(model, comparison_id, result, rows, as_of=until, wall=wall_clock())


def read_past(settings: Settings, force: str, far_future: int, tell: Tell) -> Past:
    """Read the force's partition of every source topic, and take what a worker takes.  Raises UnreadableError."""
    past, codec, partition = Past(), codec_of(settings), (settings.partition_of(force),)
    erased = ErasedNames()
    for asked in erasures(settings, codec):
        if asked.erasure.force == force:
            erased.add(map(name_of, asked.erasure.subjects), asked.erased_at)
    total = sum(length(settings, topic, partition) for topic in SOURCES)
    done = 0
    for topic in SOURCES:
        for message in messages(settings, topic, partition):
            done += 1
            if done % 1000 == 0:
                tell(min(1.0, done / total))
            if message.key == force.encode():
                _take(past, codec, topic.name, message, far_future, erased)
    tell(1.0)
    return past


def _take(past: Past, codec: Codec, topic: str, message: TopicMessage, far_future: int, erased: ErasedNames) -> None:
    try:
        record = codec.decode(topic, message.value or b"")
        _admit(record, message, far_future)  # type: ignore[arg-type]  # a source topic carries nothing else
    except BadRecordError:
        past.refused += 1
    else:
        if isinstance(record, Snapshot) and not erased.covers(record, message.ingest_time):
            past.snapshots.append(record)


def _admit(record: Snapshot | Heartbeat, message: TopicMessage, far_future: int) -> None:
    require_key(record, message.key)
    require_not_ahead(record, message.ingest_time, far_future)


def judge(force: str, past: Past, book: PolicyBook, until: int | None, tell: Tell) -> Judged:
    """Judge a force's records by one policy up to ``until`` (ms)."""
    replay = Replay(force, book, past.snapshots, read_at=wall_clock())
    if until is not None:
        for share in replay.run(until):
            tell(share)
    alerts = replay.alerts
    began = {alert.alert_id: alert.raised_at for alert in alerts} | replay.beginnings()
    return Judged(alerts, began, dict(replay.counted))


def _erased_meanwhile(settings: Settings, force: str, since: int) -> set[tuple[str, str]]:
    """Return what was erased, as (system, normalised ref), since we began to read (ms), or a little before."""
    return {
        (SYSTEM_BY_KIND[kind], ref)
        for asked in erasures(settings, codec_of(settings))
        if asked.erasure.force == force and asked.erased_at >= since - HOUR
        for kind, ref in map(name_of, asked.erasure.subjects)
    }


def _subject_of(difference: AlertDifference) -> tuple[str, str] | None:
    alert = difference.ours or difference.theirs
    return None if alert is None else (alert.subject_system, normalise(alert.subject_ref))


def _clock_of(connection: Connection, force: str) -> int | None:
    """Return how far the force's clock has got, as the board knows it (ms)."""
    return connection.execute(select(clocks.c.clock).where(clocks.c.force == force)).scalar_one_or_none()


def _throttled(tell: Tell) -> Tell:
    """Tell at once, and then again only now and then: each word is a transaction."""
    told_at: list[float] = []

    def tell_seldom(share: float) -> None:
        if not told_at or stopwatch() - told_at[-1] >= _TELL_EVERY_SECONDS:
            told_at[:] = [stopwatch()]
            tell(share)

    return tell_seldom
