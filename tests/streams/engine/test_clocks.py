"""The two clocks, asked the same questions: their answers are all in which they differ."""

from __future__ import annotations

import pytest

from streams.engine.clocks import Clock, StreamClock, WallClock, clock_for
from streams.facts.completeness import Completeness
from streams.facts.context import Context
from tests.streams.world import BUILT_IN, FORCE, HOUR, ms

NOON = ms("2016-03-10 12:00")
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1
"""The 64-bit numbers that a source may state as an event_time."""


def clock(kind: type[Clock]) -> Clock:
    """Return a clock that has not moved yet."""
    return kind(Context(FORCE, BUILT_IN, Completeness(FORCE, BUILT_IN)))


@pytest.mark.parametrize(("name", "kind", "mode"), [("stream", StreamClock, "STREAM"), ("live", WallClock, "LIVE")])
def test_each_clock_has_its_setting_and_its_mode(name: str, kind: type[Clock], mode: str) -> None:
    """The setting chooses it, the clock view shows it."""
    assert clock_for(name) is kind  # type: ignore[arg-type]
    assert clock(kind).mode == mode


def test_a_snapshot_takes_effect_when_the_stream_clock_reaches_it() -> None:
    """Nothing is in effect before the clock has moved; then whatever is no later than it."""
    stream = clock(StreamClock)
    assert stream.effective_through < LEAST
    stream.set(NOON)
    assert stream.effective_through == NOON
    assert [stream.is_late(NOON + offset) for offset in (-1, 0, 1)] == [True, True, False]


def test_a_snapshot_takes_effect_at_once_under_the_wall_clock() -> None:
    """Whatever it states, and it is never late."""
    wall = clock(WallClock)
    assert wall.effective_through > GREATEST
    wall.set(NOON)
    assert not wall.is_late(NOON - HOUR)


def test_completeness_moves_the_stream_clock_and_never_back() -> None:
    """An arrival does not."""
    stream = clock(StreamClock)
    assert (stream.after_completeness(None), stream.after_completeness(NOON)) == (None, NOON)
    stream.set(NOON)
    assert [stream.after_completeness(NOON + offset) for offset in (-1, 0, 1)] == [None, None, NOON + 1]
    assert stream.after_arrival(NOON + HOUR) is None


def test_arrivals_move_the_wall_clock_once_the_backlog_has_been_read() -> None:
    """Completeness does not."""
    wall = clock(WallClock)
    assert (wall.judging, wall.after_arrival(NOON)) == (False, None)
    wall.begin_judging()
    assert (wall.judging, wall.after_arrival(NOON)) == (True, NOON)
    assert wall.after_completeness(NOON) is None


def test_the_stream_clock_judges_from_its_first_moment_on() -> None:
    """There is nothing to wait for: whatever it passes had arrived."""
    stream = clock(StreamClock)
    stream.begin_judging()
    assert not stream.judging
    stream.set(NOON)
    assert stream.judging
