"""The figures that no single message changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NoReturn

import pytest

from agents.observability.metrics import (
    CLOCK,
    COMPLETE_THROUGH,
    FIELD_PROBABLY_LACKING,
    FIELD_RECORDS,
    FIELD_STATED,
    LAST_MESSAGE,
    LATENESS_LIMIT,
    OBLIGATIONS,
    PENDING,
    REVIEWS_EXPECTED,
    REVIEWS_OLDEST,
    REVIEWS_WAITING,
    RULES_UNJUDGED,
    SILENCE_LIMIT,
    Metrics,
)
from agents.settings.clock import ProcessClock
from agents.worker.gauges import COUNTING_SHARE, Gauges
from agents.worker.monitors import Monitors
from schemas.records import FEEDS, Crime, Heartbeat, Incident
from schemas.times import from_rfc3339
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.facts.fill import FieldCounts
from streams.policy import PolicyBook
from tests.agents.examples import DAY, HOUR, START, crime, incident
from tests.policies import every_feed_named

BOOK = every_feed_named()
STORM = Incident.TOPIC


def monitors_of_one_partition(*, clock: type[Clock]) -> Monitors:
    """Return the monitors of a worker that owns the one partition there is."""
    monitors = Monitors(lambda force: Monitor(force, BOOK, clock=clock), lambda _: 0)
    monitors.rebuild((), {0})
    return monitors


def test_a_live_force_shows_its_clock_its_feeds_and_what_is_open() -> None:
    """Whoever watches sees each feed beside the policy's limits for it."""
    monitors, metrics = monitors_of_one_partition(clock=WallClock), Metrics()
    monitor = monitors.monitor("LEICS")
    monitor.tick(START)
    monitor.apply(incident(1), START + HOUR)
    monitor.heartbeat(STORM, Heartbeat(force="LEICS", source="STORM", complete_through=START + HOUR), START + HOUR)
    asyncio.run(Gauges(monitors, metrics, BOOK).refresh())
    assert metrics.value(CLOCK, "LEICS") == (START + HOUR) / 1000
    assert metrics.value(COMPLETE_THROUGH, "LEICS", STORM) == metrics.value(LAST_MESSAGE, "LEICS", STORM)
    assert metrics.value(SILENCE_LIMIT, "LEICS", STORM) == 15 * 60
    assert metrics.value(LATENESS_LIMIT, "LEICS", STORM) == 25 * 60
    assert metrics.value(OBLIGATIONS, "LEICS", "crime-not-recorded", "24h") == 1


def test_the_limits_of_a_nightly_feed_last_until_the_next_night() -> None:
    """So one comparison in Prometheus serves every schedule: past 06:15 of the next day it is silent."""
    book = PolicyBook.from_toml(f'version = "x"\n[schedules]\n"{STORM}" = {{ daily = "06:00" }}')
    monitors, metrics = Monitors(lambda force: Monitor(force, book, clock=WallClock), lambda _: 0), Metrics()
    monitors.rebuild((), {0})
    heard_at, through = from_rfc3339("2026-03-10T05:30:00Z"), from_rfc3339("2026-03-10T00:00:00Z")
    monitors.monitor("LEICS").heartbeat(
        STORM, Heartbeat(force="LEICS", source="STORM", complete_through=through), heard_at
    )
    asyncio.run(Gauges(monitors, metrics, book).refresh())
    late_at = from_rfc3339("2026-03-11T06:15:00Z") / 1000
    assert (metrics.value(LAST_MESSAGE, "LEICS", STORM) or 0) + (
        metrics.value(SILENCE_LIMIT, "LEICS", STORM) or 0
    ) == late_at
    lateness = book.allowed_lateness(STORM) / 1000
    assert through / 1000 + (metrics.value(LATENESS_LIMIT, "LEICS", STORM) or 0) == late_at + lateness


def test_the_stream_clock_has_no_limits_by_the_wall() -> None:
    """A replay of last year is not late; what waits for the clock is shown instead."""
    monitors, metrics = monitors_of_one_partition(clock=StreamClock), Metrics()
    monitors.monitor("LEICS").apply(incident(1), START)
    asyncio.run(Gauges(monitors, metrics, BOOK).refresh())
    assert metrics.value(PENDING, "LEICS") == 1
    assert not [
        metrics.value(LAST_MESSAGE, "LEICS", feed) for feed in FEEDS if metrics.value(LAST_MESSAGE, "LEICS", feed)
    ]


def test_the_rules_that_are_not_judged_are_shown_with_what_they_lack() -> None:
    """A feed that only the built-in policy names is not connected until it is heard."""
    book = PolicyBook.built_in()
    monitors, metrics = Monitors(lambda force: Monitor(force, book, clock=WallClock), lambda _: 0), Metrics()
    monitors.rebuild((), {0})
    monitors.monitor("LEICS").apply(incident(1), START)
    gauges = Gauges(monitors, metrics, book)
    asyncio.run(gauges.refresh())
    labels = ("LEICS", "crime-not-recorded", "FEED_NOT_CONNECTED", Crime.TOPIC)
    assert metrics.value(RULES_UNJUDGED, *labels) == 1
    monitors.monitor("LEICS").apply(crime(1), START)
    asyncio.run(gauges.refresh())
    assert not metrics.value(RULES_UNJUDGED, *labels)


def test_what_waits_to_be_read_is_counted_now_and_then() -> None:
    """By system, with what it is expected to hold and since when; what was judged waits no more."""
    monitors, metrics = monitors_of_one_partition(clock=WallClock), Metrics()
    monitor = monitors.monitor("LEICS")
    monitor.tick(START)
    for number in (1, 2):
        monitor.apply(incident(number, crimes_expected=None, reported_at=START + number), START + HOUR)
    monitor.tick(START + HOUR)
    monitor.drain()
    seconds = Seconds()
    gauges = Gauges(monitors, metrics, BOOK, clock=ProcessClock(lambda: START + HOUR, seconds))
    asyncio.run(gauges.refresh())
    assert metrics.value(REVIEWS_WAITING, "LEICS", "STORM") == 2
    assert metrics.value(REVIEWS_OLDEST, "LEICS") == (START + 1) / 1000
    probable = sum(review.probability for review in monitor.reviews())
    assert metrics.value(REVIEWS_EXPECTED, "LEICS", "first") == metrics.value(REVIEWS_EXPECTED, "LEICS", "all")
    assert metrics.value(REVIEWS_EXPECTED, "LEICS", "all") == pytest.approx(probable)
    monitor.apply(incident(1, event_id="again", event_time=START + 3 * HOUR), START + 3 * HOUR)
    monitor.tick(START + 3 * HOUR)
    monitor.drain()
    asyncio.run(gauges.refresh())
    assert metrics.value(REVIEWS_WAITING, "LEICS", "STORM") == 2  # not due to be counted yet
    seconds.passed += 3600
    asyncio.run(gauges.refresh())
    assert metrics.value(REVIEWS_WAITING, "LEICS", "STORM") == 1
    assert metrics.value(REVIEWS_OLDEST, "LEICS") == (START + 2) / 1000


class Seconds:
    """A stopwatch on which a little time passes each time it is looked at."""

    passed = 0.0

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        self.passed += 0.001
        return self.passed


def test_how_often_fields_are_stated_is_counted_now_and_then() -> None:
    """Of the records first saved in the last 28 days; the force's next clock carries the counts."""
    monitors, metrics = monitors_of_one_partition(clock=WallClock), Metrics()
    monitor, now = monitors.monitor("LEICS"), START + 40 * DAY
    monitor.apply(incident(1), START)
    for number in range(200):
        at = now - DAY + number
        monitor.apply(incident(10 + number, event_time=at, reported_at=at, qualifiers=(), team="A"), now)
    monitor.tick(now)
    seconds = Seconds()
    gauges = Gauges(monitors, metrics, BOOK, clock=ProcessClock(lambda: now, seconds))
    asyncio.run(gauges.refresh())
    assert metrics.value(FIELD_RECORDS, "LEICS", STORM) == 200
    assert metrics.value(FIELD_STATED, "LEICS", STORM, "team") == 200
    assert metrics.value(FIELD_PROBABLY_LACKING, "LEICS", STORM, "qualifiers") == 1
    assert not metrics.value(FIELD_PROBABLY_LACKING, "LEICS", STORM, "team")
    force_clock = monitor.drain().clock
    assert force_clock is not None
    (feed,) = (feed for feed in force_clock.feeds if feed.topic == STORM)
    assert FieldCounts.of(feed) == monitor.completeness.field_counts[STORM]
    monitor.apply(incident(999, event_time=now, reported_at=now), now)
    counting = seconds.passed
    asyncio.run(gauges.refresh())
    assert metrics.value(FIELD_RECORDS, "LEICS", STORM) == 200
    seconds.passed += counting / COUNTING_SHARE
    asyncio.run(gauges.refresh())
    assert metrics.value(FIELD_RECORDS, "LEICS", STORM) == 201


def test_a_force_given_up_is_shown_no_longer() -> None:
    """After a rebalance its figures are another worker's to give."""
    monitors, metrics = monitors_of_one_partition(clock=WallClock), Metrics()
    monitors.monitor("LEICS").tick(START)
    gauges = Gauges(monitors, metrics, BOOK)
    asyncio.run(gauges.refresh())
    monitors.rebuild((), ())
    asyncio.run(gauges.refresh())
    names = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    assert not names & {CLOCK.name, LAST_MESSAGE.name, PENDING.name}


def test_gauges_that_fail_stop_nobody() -> None:
    """Figures are not worth a worker."""

    class Broken(Monitors):
        """Has lost its monitors."""

        def of_partition(self, partition: int) -> Iterator[tuple[str, Monitor]]:  # noqa: ARG002
            return self._fail()

        def _fail(self) -> NoReturn:
            raise RuntimeError

    monitors = Broken(lambda force: Monitor(force, BOOK), lambda _: 0)
    monitors.rebuild((), {0})
    asyncio.run(Gauges(monitors, Metrics(), BOOK).refresh())
