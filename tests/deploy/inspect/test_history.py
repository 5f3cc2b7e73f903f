"""From when on nothing is forgotten: what figures may be counted of, and audits drawn from."""

from __future__ import annotations

import pytest

from deploy.inspect.history import judge_again
from schemas.records import Snapshot, TrainingRecord
from streams.audits.plan import PlanRefusedError, PlanRequest, preview_plan
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.facts.memory import whole_since
from streams.policy import PolicyBook
from streams.reports.deciders.training_needs import training_needs
from streams.reports.figure import ALWAYS, Period
from streams.reports.whole_period import is_whole, whole_part
from tests.streams.world import DAY, FORCE, HOUR, crime, incident, ms, policy, training

ANY_FORCE = PolicyBook.built_in()
BOOK = policy('[installation]\nforget_after = "64d"')
NOON = ms("2016-03-10 12:00")
HISTORY: tuple[Snapshot, ...] = (
    training(NOON - DAY, "P1"),
    *(incident(NOON + n, f"I-{n}", crimes_expected=1, assessed_at=NOON) for n in range(10)),
    *(crime(NOON + HOUR + n, f"C-{n}", incident_refs=(f"I-{n}",)) for n in range(8)),
)
"""Ten reports of one hour: eight crimes are recorded at once, two never."""


def watched(until: int, *, forgets: bool = True) -> Monitor:
    """Return a monitor that has passed all of them."""
    monitor = Monitor(FORCE, BOOK, forgets=forgets)
    for snapshot in HISTORY:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(until)
    return monitor


def test_everything_is_known_until_something_is_forgotten() -> None:
    """Any period is whole."""
    context = watched(NOON + 60 * DAY).context
    assert whole_since(context) is None
    assert is_whole(context, ALWAYS)
    assert whole_part([context], ALWAYS) == ALWAYS


def test_what_stays_of_a_forgotten_time_is_what_went_wrong() -> None:
    """So it is not counted: the period begins at a local midnight behind everything that was forgotten."""
    context = watched(NOON + 90 * DAY).context
    assert {ref for ref, matter in context.facts.incidents.items() if matter.held} == {"I-8", "I-9"}
    since = whole_since(context)
    assert since is not None
    assert NOON + DAY < since <= NOON + 90 * DAY - 62 * DAY
    assert not is_whole(context, Period(since - 1, since + 1))
    assert is_whole(context, Period(since, since + 1))
    assert whole_part([context, watched(NOON).context], ALWAYS) == Period(since, ALWAYS.end)
    assert whole_part([context], Period(NOON, NOON + DAY)) == Period(NOON + DAY, NOON + DAY)


def test_what_is_forgotten_is_so_after_a_restart() -> None:
    """It is in state: another worker says the same."""
    monitor = watched(NOON + 90 * DAY)
    again = Monitor(FORCE, BOOK)
    for key, value in monitor.drain().state:
        if value is not None:
            again.restore(key, value)
    again.restored()
    assert whole_since(again.context) == whole_since(monitor.context)


def test_a_monitor_that_forgets_nothing_raises_the_same_alerts() -> None:
    """And knows all ten reports."""
    forgetful, unforgetting = watched(NOON + 90 * DAY), watched(NOON + 90 * DAY, forgets=False)
    assert len(unforgetting.context.facts.incidents) == 10
    assert whole_since(unforgetting.context) is None
    assert unforgetting.drain_alerts() == forgetful.drain_alerts()


def test_no_audit_is_drawn_from_a_forgotten_time() -> None:
    """It would be one of what went wrong."""
    context = watched(NOON + 90 * DAY).context
    with pytest.raises(PlanRefusedError, match=r"some records of the period are forgotten: it may begin on 2016-03-1"):
        preview_plan(PlanRequest("INCIDENTS", NOON - DAY, NOON + DAY, n=2), context, {})


def test_what_a_live_worker_does_not_judge_is_not_judged_again_either() -> None:
    """A force that never connected its training feed is not said to have nobody trained."""
    records = [snapshot for snapshot in HISTORY if not isinstance(snapshot, TrainingRecord)]
    worker = Monitor(FORCE, ANY_FORCE, clock=WallClock)
    for snapshot in records:
        worker.apply(snapshot, snapshot.event_time)
    worker.tick(NOON + DAY)
    again = judge_again(worker, records, NOON)
    assert again.context.completeness.named == worker.context.completeness.named < ANY_FORCE.feeds(FORCE)
    assert training_needs([again.context], ALWAYS) == training_needs([worker.context], ALWAYS) == []
    assert again.clock == worker.clock
    on_the_stream_clock = Monitor(FORCE, ANY_FORCE)
    on_the_stream_clock.advance(NOON + DAY)
    assert training_needs([judge_again(on_the_stream_clock, records, NOON).context], ALWAYS) != []
