"""The queue under the wall clock, the effort it takes, and what it sets aside."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Review
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.reviews.queue import review
from tests.streams.reviews.queues import QueueWatch, statuses
from tests.streams.world import BUILT_IN, DAY, FORCE, MINUTE, assessment, incident, ms

NOON = "2016-03-10 12:00"
EVENING = "2016-03-10 18:00"


def statuses_after(monitor: Monitor) -> dict[str, str]:
    """Return the status of each entry that changed."""
    return {review.ref: review.status for review in monitor.drain().reviews.values() if review is not None}


def test_under_the_wall_clock_a_report_is_listed_as_it_arrives() -> None:
    """From the first tick on; assessed at once; lapsed when the day comes."""
    monitor = Monitor(FORCE, BUILT_IN, clock=WallClock)
    monitor.apply(incident(NOON), ms(NOON))
    assert statuses_after(monitor) == {}
    monitor.tick(ms(NOON) + MINUTE)
    assert statuses_after(monitor) == {"I-1": "WAITING"}
    monitor.apply(incident("2016-03-10 12:05", "I-2"), ms("2016-03-10 12:05"))
    assert statuses_after(monitor) == {"I-2": "WAITING"}
    monitor.apply(assessment("2016-03-10 12:06", crimes=1), ms("2016-03-10 12:06"))
    assert statuses_after(monitor) == {"I-1": "ASSESSED"}
    monitor.tick(ms(NOON) + 29 * DAY)
    assert statuses_after(monitor) == {"I-2": "LAPSED"}


def test_a_worker_that_was_down_takes_up_the_queue_it_had() -> None:
    """What lapsed or was assessed meanwhile is published at the first tick, and nothing else."""
    monitor = Monitor(FORCE, BUILT_IN, clock=WallClock)
    for ref in ("I-1", "I-2", "I-3"):
        monitor.apply(incident(NOON if ref != "I-3" else "2016-03-30", ref), ms("2016-03-30"))
    monitor.tick(ms("2016-03-30 12:00"))
    table = {key: value for key, value in monitor.drain().state if value is not None}
    again = Monitor(FORCE, BUILT_IN, clock=WallClock)
    for key, value in table.items():
        again.restore(key, value)
    again.restored()
    again.apply(assessment("2016-03-31", crimes=0), ms("2016-04-09"))
    assert statuses_after(again) == {}
    again.tick(ms("2016-04-09 12:00"))
    assert statuses_after(again) == {"I-1": "ASSESSED", "I-2": "LAPSED"}


def test_only_what_changed_is_reviewed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot of one report among thousands, or an hour that passes, costs one review or none."""
    reviewed: list[str] = []

    def counted(report: Any, *rest: Any) -> Review:
        reviewed.append(report.ref)
        return review(report, *rest)

    monkeypatch.setattr("streams.reviews.tracker.review", counted)
    watch = QueueWatch(*(incident(NOON, f"I-{number}", victim_token=f"v{number}") for number in range(2_000)))
    watch.advances(EVENING)
    assert len(reviewed) == 2_000
    reviewed.clear()
    for minute in range(20):
        at = ms(EVENING) + (minute + 1) * MINUTE
        watch.receives(incident(at, "I-7", reported_at=NOON, victim_token="v7")).advances(at)
    assert reviewed == ["I-7"] * 20
    reviewed.clear()
    watch.advances("2016-03-12")
    assert reviewed == []


def test_a_report_that_cannot_be_reviewed_is_set_aside_and_the_others_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the program's own code raises on it."""

    def failing(report: Any, *rest: Any) -> Review:
        if report.ref == "I-2":
            raise ZeroDivisionError
        return review(report, *rest)

    monkeypatch.setattr("streams.reviews.tracker.review", failing)
    watch = QueueWatch(incident(NOON), incident(NOON, "I-2"), incident(NOON, "I-3"))
    watch.monitor.advance(ms(EVENING))
    changes = watch.drains()
    assert statuses(watch.queue) == {"I-1": "WAITING", "I-3": "WAITING"}
    assert [(entry.rule, entry.error) for entry in changes.unjudgeable] == [("review", "ZeroDivisionError")]
