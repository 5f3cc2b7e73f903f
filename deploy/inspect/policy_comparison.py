"""Make one comparison of policies that the board has queued, in a process of its own.

The board queues it (:mod:`dashboards.board.ingest.process_queue`) and shows the result.  It reads the force's
partition of every source topic up to its present end, and judges the records by the stream clock under both policies,
as ``cdi backtest --policy ... --against ...`` does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from agents.settings.clock import stopwatch, wall_clock
from agents.settings.schema_registry import RegistryError
from dashboards.board.readmodel import ReadModel, policy_comparisons
from dashboards.board.readmodel.alert_differences import difference_row
from dashboards.board.readmodel.policy_comparisons import ComparisonResult, Phase, PolicyComparison
from dashboards.board.readmodel.tables import clocks
from deploy.files.backtest import no_collection
from deploy.inspect.force_records import ForceRecords, OnProgress, erased_since, read_force_records
from schemas.identifiers import normalise
from streams.engine.policy_check import usable_policy
from streams.engine.replay import Replay
from streams.reports.alert_differences import AlertDifference, alert_differences, summaries_by_day
from streams.topology.messages import UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.products import Alert
    from streams.policy import PolicyBook

NICENESS: Final = 10
"""Lower than the board's and the workers', which may be on the same machine."""
_PROGRESS_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The alerts that one policy raises from a force's records."""

    alerts: list[Alert]
    began: dict[str, int]
    """When the matter of each alert began (ms); where its record does not say, when the alert was raised."""
    counted: dict[str, int]


def run(settings: Settings, model: ReadModel, comparison_id: str) -> None:
    """Make a comparison that the board has begun, and keep the result, or the reason why there is none."""
    with model.reading() as connection:
        comparison = policy_comparisons.find(connection, comparison_id)
        clock = None if comparison is None else _clock_of(connection, comparison.request.force)
    if comparison is None or comparison.state != "RUNNING":
        return
    os.nice(NICENESS)
    try:
        with no_collection():
            _compare(settings, model, comparison, clock)
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


def _compare(settings: Settings, model: ReadModel, comparison: PolicyComparison, clock: int | None) -> None:
    request, comparison_id = comparison.request, comparison.request.comparison_id
    chosen_book, in_force_book = usable_policy(*request.texts), usable_policy(*request.against_texts)
    far_future = max(chosen_book.far_future, in_force_book.far_future)

    def on_progress(phase: Phase) -> OnProgress:
        return _throttled(lambda share: policy_comparisons.progress(model, comparison_id, phase, share))

    records = read_force_records(settings, request.force, far_future, on_progress("READING"))
    until = max((moment for moment in (records.newest, clock) if moment is not None), default=None)
    chosen = judge(request.force, records, chosen_book, until, on_progress("JUDGING_CHOSEN"))
    in_force = judge(request.force, records, in_force_book, until, on_progress("JUDGING_IN_FORCE"))
    on_progress("WRITING")(0.0)
    began = {**in_force.began, **chosen.began}
    for alert_id in in_force.began.keys() & chosen.began.keys():
        began[alert_id] = min(in_force.began[alert_id], chosen.began[alert_id])
    result = ComparisonResult(
        snapshots=len(records.snapshots),
        refused=records.refused,
        counted=chosen.counted,
        by_day=summaries_by_day(chosen.alerts, in_force.alerts, began),
    )
    erased = erased_since(settings, request.force, records.read_at)
    differences = [
        difference
        for difference in alert_differences(chosen.alerts, in_force.alerts)
        if _subject_of(difference) not in erased
    ]
    rows = [
        difference_row(comparison_id, number, difference, began[alert.alert_id])
        for number, difference in enumerate(differences)
        if (alert := difference.ours or difference.theirs) is not None
    ]
    policy_comparisons.finish(model, comparison_id, result, rows, as_of=until, wall=wall_clock())


def judge(
    force: str, records: ForceRecords, book: PolicyBook, until: int | None, on_progress: OnProgress
) -> ReplayResult:
    """Judge a force's records by one policy up to ``until`` (ms)."""
    replay = Replay(force, book, records.snapshots, read_at=wall_clock())
    if until is not None:
        for share in replay.run(until):
            on_progress(share)
    alerts = replay.alerts
    began = {alert.alert_id: alert.raised_at for alert in alerts} | replay.begin_times()
    return ReplayResult(alerts, began, dict(replay.counts))


def _subject_of(difference: AlertDifference) -> tuple[str, str] | None:
    alert = difference.ours or difference.theirs
    return None if alert is None else (alert.subject_system, normalise(alert.subject_ref))


def _clock_of(connection: Connection, force: str) -> int | None:
    """Return the force's clock (ms) in the board's read model."""
    return connection.execute(select(clocks.c.clock).where(clocks.c.force == force)).scalar_one_or_none()


def _throttled(on_progress: OnProgress) -> OnProgress:
    """Call at once, and then at most every half a second: each call is a transaction."""
    called_at: list[float] = []

    def throttled(share: float) -> None:
        if not called_at or stopwatch() - called_at[-1] >= _PROGRESS_SECONDS:
            called_at[:] = [stopwatch()]
            on_progress(share)

    return throttled
