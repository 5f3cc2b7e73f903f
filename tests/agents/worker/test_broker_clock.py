"""A machine whose clock is not the broker's: measured, told, and corrected for."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from agents.observability.metrics import CLOCK_DIFFERENCE, Metrics
from agents.settings.clock import ProcessClock
from agents.worker.broker_clock import MOST_DIFFERENCE_MS, BrokerClock
from tests.agents.examples import DAY, START


@pytest.mark.parametrize("ahead", [2 * DAY, -DAY, MOST_DIFFERENCE_MS + 1])
def test_a_clock_that_differs_is_told_once_and_corrected(ahead: int) -> None:
    """Fast or slow; the next readings are the broker's, and one line says so."""
    metrics = Metrics()
    clock = BrokerClock(metrics, ProcessClock(wall=lambda: START + ahead))
    assert clock.correct(clock.machine()) == START + ahead
    with capture_logs() as lines:
        clock.note(clock.machine(), START)
        clock.note(clock.machine(), START)
    assert clock.correct(clock.machine()) == START
    assert metrics.value(CLOCK_DIFFERENCE) == ahead / 1000
    assert [line["event"] for line in lines] == ["clock_differs"]


def test_a_clock_that_agrees_is_left_alone_and_one_set_right_is_told() -> None:
    """A slow delivery is no slow clock."""
    clock = BrokerClock(Metrics())
    with capture_logs() as lines:
        clock.note(START, START + 900)
        assert clock.correct(START) == START
        clock.note(START + DAY, START)
        clock.note(START, START)
        assert clock.correct(START) == START
    assert [line["event"] for line in lines] == ["clock_differs", "clock_agrees"]


def test_how_late_it_is_at_the_broker_follows_from_what_it_took() -> None:
    """A message says what it was then, the stopwatch how long ago that is; a backlog says less, and is no step back."""
    shown = [10.0]
    clock = BrokerClock(Metrics(), ProcessClock(wall=lambda: START + 400 * DAY, stopwatch=lambda: shown[0]))
    assert clock.at_least() is None
    clock.see(START)
    shown[0] += 5
    assert clock.at_least() == START + 5000
    clock.see(START - DAY)
    assert clock.at_least() == START + 5000
    clock.see(START + 6000)
    assert clock.at_least() == START + 6000
