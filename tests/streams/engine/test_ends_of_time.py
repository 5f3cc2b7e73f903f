"""Times at the ends of what a record may state are taken at their word, and what is said of them can be read."""

from __future__ import annotations

import pytest

from schemas.codec import Codec
from schemas.products import Alert
from schemas.records import FEEDS, Snapshot
from schemas.rows import write_json
from schemas.times import EARLIEST, LATEST
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.facts.dip_sample import moments
from streams.policy.calendar import local_month
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, call, disposal, incident, ms

NOON = ms("2024-03-01 12:00")
CODEC = Codec()


def read_again(alerts: list[Alert]) -> list[Alert]:
    """Return alerts as whoever reads their topic sees them; writes them as backtest does, too."""
    for alert in alerts:
        write_json(alert)
    return [CODEC.decode(alert.TOPIC, CODEC.encode(alert)) for alert in alerts]  # type: ignore[misc]


@pytest.mark.parametrize("clock", [StreamClock, WallClock])
@pytest.mark.parametrize("handled_at", [EARLIEST, ms("9999-12-01 00:00"), ms("9999-12-31 00:00"), LATEST])
def test_a_call_handled_never_or_long_ago_is_taken_at_its_word(handled_at: int, clock: type[Clock]) -> None:
    """Some systems write 'never' as the last day there is; the month of the dip sample then ends with time itself."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock)
    if clock is WallClock:
        monitor.tick(NOON - DAY)
    for snapshot in (call(NOON, handled_at=handled_at), incident(NOON, crimes_expected=1)):
        monitor.apply(snapshot, NOON)
    monitor.tick(NOON + 90 * DAY) if clock is WallClock else monitor.advance(NOON + 90 * DAY)
    changes = monitor.drain()
    assert changes.unjudgeable == []
    assert "crime-not-recorded" in {alert.rule_id for alert in changes.alerts}
    assert "call-review-overdue" not in {alert.rule_id for alert in changes.alerts}


def test_the_last_month_is_sampled_as_any_other() -> None:
    """Three moments in it, in order."""
    start, end = local_month(9999, 12)
    assert (start, end) == (ms("9999-12-01 00:00"), LATEST + 1)
    drawn = moments(FORCE, "H1", "9999-12", 3)
    assert len(drawn) == 3
    assert all(start <= moment < end for moment in drawn)
    assert local_month(2024, 10) == (ms("2024-09-30 23:00"), ms("2024-11-01 00:00"))


def test_a_limit_that_ends_after_the_last_year_is_published_as_its_end() -> None:
    """Nothing can be later, so nothing is judged otherwise; no reader would take a later time."""
    issued: Snapshot = disposal(NOON, issued_at=NOON)
    never = disposal(NOON + 20 * DAY, issued_at=LATEST, reviewed_at=LATEST, pnc_checked_at=LATEST, form_attached=True)
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (issued, never):
        monitor.apply(snapshot, NOON)
    monitor.advance(NOON + 30 * DAY)
    published = [alert for alert in read_again(monitor.drain_alerts()) if alert.rule_id == "disposal-unreviewed"]
    assert [(alert.status, alert.due_at) for alert in published] == [
        ("BREACHED", NOON + 7 * DAY),
        ("WITHDRAWN", LATEST),
    ]


def test_a_clock_begins_no_earlier_than_the_first_moment_there_is() -> None:
    """A feed without heartbeats is complete some minutes before its newest record, which may be the first moment."""
    monitor = Monitor(FORCE, BUILT_IN)
    for feed in FEEDS:
        monitor.completeness.newest[feed] = EARLIEST
    monitor.apply(incident(EARLIEST), NOON)
    monitor.advance()
    changes = monitor.drain()
    assert (monitor.clock, monitor.completeness.gate()) == (None, None)
    assert changes.clock is not None
    assert CODEC.decode(changes.clock.TOPIC, CODEC.encode(changes.clock)) == changes.clock
    for feed in FEEDS:
        monitor.completeness.newest[feed] = EARLIEST + DAY
    monitor.advance()
    assert monitor.clock is not None
    assert EARLIEST <= monitor.clock <= EARLIEST + DAY - HOUR // 12
