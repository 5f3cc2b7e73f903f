"""What may be believed of the screen: silent feeds, workers that do not judge, a board that hears nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.live.freshness import Freshness, freshness
from dashboards.board.readmodel.feeds import PartitionClock
from schemas.products import FeedState, ForceClock
from schemas.times import from_rfc3339
from streams.policy import PolicyBook
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import a_clock

BOOK = PolicyBook.built_in()
FEED = "storm.incidents.v1"
ALLOWED = BOOK.silence_interval(FEED) + BOOK.allowed_lateness(FEED)


def judged(clock: ForceClock, wall: int = WALL, book: PolicyBook = BOOK, **kafka_health: Any) -> Freshness:
    """Judge one force's clock with a board that hears well unless told otherwise."""
    health = {"since": WALL - 60_000, "heard_at": wall, "ticked_at": {0: wall}, **kafka_health}
    return freshness([PartitionClock(clock, 0)], KafkaHealth(**health), book, wall)


def a_nightly_clock(heard_at: str, through: str, wall: str, feed: str = FEED) -> ForceClock:
    """Make a clock with one feed, heard and complete as said."""
    state = FeedState(
        topic=feed,
        named=True,
        heartbeat=True,
        complete_through=from_rfc3339(through),
        heard_at=from_rfc3339(heard_at),
    )
    return ForceClock(force="LEICS", clock=from_rfc3339(wall), mode="LIVE", feeds=(state,))


@pytest.mark.parametrize(
    ("heard_at", "through", "wall", "condition"),
    [
        ("2026-03-10T05:30:00Z", "2026-03-10T00:00:00Z", "2026-03-11T06:15:00Z", "FRESH"),
        ("2026-03-10T05:30:00Z", "2026-03-10T00:00:00Z", "2026-03-11T06:15:00.001Z", "STALE"),
        ("2026-03-11T05:30:00Z", "2026-03-09T23:00:00Z", "2026-03-11T06:26:00Z", "LATE"),
        ("2026-03-11T05:30:00Z", "2026-03-11T00:00:00Z", "2026-03-11T23:00:00Z", "FRESH"),
        ("2026-03-11T05:30:00Z", "1970-01-01T00:00:00Z", "2026-03-11T06:00:00Z", "LATE"),
    ],
)
def test_a_nightly_feed_is_silent_where_the_nights_file_did_not_come(
    heard_at: str, through: str, wall: str, condition: str
) -> None:
    """And late where it came, and vouches for nothing since the night before; all day it is neither."""
    book = PolicyBook.from_toml(f'version = "x"\n[schedules]\n"{FEED}" = {{ daily = "06:00" }}')
    fresh = judged(a_nightly_clock(heard_at, through, wall), from_rfc3339(wall), book)
    assert [feed.condition for feed in fresh.feeds] == [condition]
    assert fresh.feeds[0].expected == "by 06:00 each day, and missed 15 min later"
    words = {"STALE": "has been silent since Tue 10 Mar, 05:30", "LATE": "speaks, and is complete only to Mon 9 Mar"}
    if through.startswith("1970"):
        words["LATE"] = "speaks, and has vouched for nothing yet."
    assert [words[condition] in warning for warning in fresh.warnings] == [True] * (condition in words)


def test_all_is_well_while_every_feed_speaks() -> None:
    """Nine feeds, none silent, nothing to warn of, complete to the one furthest behind."""
    fresh = judged(a_clock(WALL))
    assert fresh.warnings == ()
    assert len(fresh.feeds) == 9
    assert fresh.as_of == min(feed.complete_through or 0 for feed in a_clock(WALL).feeds)


@pytest.mark.parametrize(("behind", "conditions"), [(ALLOWED, []), (ALLOWED + 1, ["STALE"])])
def test_a_feed_is_silent_a_millisecond_after_what_the_policy_allows(behind: int, conditions: list[str]) -> None:
    """At the limit it still counts as healthy."""
    fresh = judged(a_clock(WALL, silent=FEED, silent_for=behind))
    assert [feed.condition for feed in fresh.stale] == conditions
    assert len(fresh.warnings) == len(conditions)


def test_a_feed_that_was_never_heard_is_named() -> None:
    """Nothing is complete, and the page says which feed it waits for."""
    clock = a_clock(WALL)
    feeds = (msgspec.structs.replace(clock.feeds[0], complete_through=None), *clock.feeds[1:])
    fresh = judged(msgspec.structs.replace(clock, feeds=feeds))
    assert fresh.as_of is None
    assert fresh.warnings == ("LEICS: STORM incidents was never heard.",)


def test_a_feed_that_the_force_does_not_have_is_not_missed() -> None:
    """Only feeds that the policy names count."""
    clock = a_clock(WALL)
    unnamed = msgspec.structs.replace(clock.feeds[0], named=False, complete_through=None)
    fresh = judged(msgspec.structs.replace(clock, feeds=(unnamed, *clock.feeds[1:])))
    assert fresh.warnings == ()
    assert len(fresh.feeds) == 8


def test_a_replay_of_old_records_is_not_stale() -> None:
    """By the stream clock the present is how far the stream got: records of 2013 are as fresh as their neighbours."""
    long_ago = WALL - 5000 * 86_400_000
    clock = msgspec.structs.replace(a_clock(long_ago), mode="STREAM", clock=long_ago)
    fresh = judged(clock)
    assert fresh.warnings == ()
    assert fresh.present("LEICS") == long_ago
    behind = msgspec.structs.replace(
        a_clock(long_ago, silent=FEED, silent_for=ALLOWED * 2), mode="STREAM", clock=long_ago
    )
    assert [feed.topic for feed in judged(behind).stale] == [FEED]


def test_no_worker_judging_is_said_though_every_feed_speaks() -> None:
    """Thirty seconds without a tick: new breaches would not show."""
    assert judged(a_clock(WALL), ticked_at={0: WALL - 30_000}).warnings == ()
    [warning] = judged(a_clock(WALL), ticked_at={0: WALL - 30_001}).warnings
    assert warning.startswith("LEICS: no worker has judged since")


def test_a_force_without_a_tick_counts_from_when_the_board_began() -> None:
    """A board that has just started gives the worker its time."""
    assert judged(a_clock(WALL), since=WALL - 1000, ticked_at={}).warnings == ()
    assert len(judged(a_clock(WALL), since=WALL - 40_000, ticked_at={}).warnings) == 1


def test_a_replay_needs_no_ticks() -> None:
    """By the stream clock nobody ticks."""
    clock = msgspec.structs.replace(a_clock(WALL), mode="STREAM")
    assert judged(clock, ticked_at={}).warnings == ()


def test_a_board_that_hears_nothing_says_so_first() -> None:
    """Ten seconds without an answer from Kafka, or a trouble it knows of."""
    assert judged(a_clock(WALL), heard_at=WALL - 10_000).warnings == ()
    [warning] = judged(a_clock(WALL), heard_at=WALL - 10_001).warnings
    assert "has not heard from Kafka since 17:59:49" in warning
    assert judged(a_clock(WALL), trouble="Kafka does not answer").warnings[0].startswith("This board cannot read")
