"""feed-silent: a source system's feed has said nothing for longer than it ever should."""

from __future__ import annotations

import pytest

from schemas.identifiers import alert_id
from schemas.records import FEEDS
from tests.streams.world import FORCE, HOUR, MINUTE, LiveWatch, incident, ms, policy, run

RULE = "feed-silent"
STORM, CRIMES = "storm.incidents.v1", "cis.crimes.v1"
NOON = ms("2016-03-10 12:00")
OTHERS = 2 * HOUR
"""How long a feed other than STORM may be silent, by the built-in policy; STORM a quarter of an hour."""


def silent(watch: LiveWatch) -> set[str]:
    """Return the feeds that are silent in the end."""
    last = {alert.subject_ref: alert.status for alert in watch.alerts if alert.rule_id == RULE}
    return {feed for feed, status in last.items() if status == "BREACHED"}


def test_a_feed_that_says_nothing_for_longer_than_its_interval_is_an_alert() -> None:
    """Critical, confirmed, about the feed itself, without deadline or settling."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON)).ticks(NOON + 15 * MINUTE)
    assert silent(watch) == set()
    watch.ticks(NOON + 15 * MINUTE + 1)
    alert = watch.outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.severity, alert.certainty) == (
        "FEED",
        STORM,
        "CRITICAL",
        "CONFIRMED",
    )
    assert (alert.due_at, alert.breached_at, alert.discriminator) == (None, NOON + 15 * MINUTE + 1, None)
    assert alert.alert_id == alert_id(FORCE, RULE, "FEED", STORM)


def test_a_feed_never_heard_counts_from_when_watching_began() -> None:
    """Each by its own interval."""
    watch = LiveWatch().ticks(NOON).ticks(NOON + OTHERS)
    assert silent(watch) == {STORM}
    assert silent(watch.ticks(NOON + OTHERS + 1)) == set(FEEDS)


@pytest.mark.parametrize("word", ["snapshot", "heartbeat"])
def test_a_snapshot_or_a_heartbeat_is_a_word(word: str) -> None:
    """By when it arrived, not by what it says of time."""
    watch = LiveWatch().ticks(NOON)
    if word == "snapshot":
        watch.receives(incident(NOON - HOUR), NOON + 10 * MINUTE)
    else:
        watch.receives_heartbeats(NOON - HOUR, NOON + 10 * MINUTE, [STORM])
    assert silent(watch.ticks(NOON + 25 * MINUTE)) == set()
    assert silent(watch.ticks(NOON + 25 * MINUTE + 1)) == {STORM}


def test_a_word_that_arrives_out_of_order_takes_nothing_back() -> None:
    """The latest arrival counts."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON), NOON + 10 * MINUTE).receives(incident(NOON + 1), NOON)
    assert silent(watch.ticks(NOON + 25 * MINUTE)) == set()


def test_a_feed_that_speaks_again_is_cleared_and_falls_silent_anew() -> None:
    """Remedied; the alert is the same one."""
    watch = LiveWatch().ticks(NOON).ticks(NOON + HOUR).receives(incident(NOON), NOON + HOUR).ticks(NOON + HOUR)
    watch.ticks(NOON + 2 * HOUR)
    history = watch.outcome.history(RULE, ref=STORM)
    assert [(alert.status, alert.reason, alert.sequence) for alert in history] == [
        ("BREACHED", None, 1),
        ("CLEARED", "REMEDIED", 2),
        ("BREACHED", None, 3),
    ]


def test_only_the_feeds_that_the_policy_names_are_watched() -> None:
    """A force without the others is not told that they are silent."""
    book = policy(f'[installation]\nfeeds = ["{STORM}", "{CRIMES}"]')
    assert silent(LiveWatch(book).ticks(NOON).ticks(NOON + 2 * OTHERS)) == {STORM, CRIMES}


def test_the_interval_is_policy_by_feed() -> None:
    """A feed that is delivered once a day."""
    book = policy(f'[installation.silence_interval_by_feed]\n"{STORM}" = "25h"\n"{CRIMES}" = "1h"')
    watch = LiveWatch(book).ticks(NOON).ticks(NOON + 90 * MINUTE)
    assert silent(watch) == {CRIMES}


def test_a_nightly_file_is_no_alert_all_day_and_one_where_it_did_not_come() -> None:
    """It came at 05:30; by 06:15 of the next day it has not."""
    watch = LiveWatch(policy(f'[schedules]\n"{CRIMES}" = {{ daily = "06:00" }}')).ticks("2026-03-10 05:00")
    watch.receives_heartbeats("2026-03-10 00:00", "2026-03-10 05:30", [CRIMES])
    assert CRIMES not in silent(watch.ticks("2026-03-10 23:59"))
    assert CRIMES not in silent(watch.ticks("2026-03-11 06:15"))
    assert CRIMES in silent(watch.ticks(ms("2026-03-11 06:15") + 1))
    watch.receives_heartbeats("2026-03-11 00:00", "2026-03-11 07:02", [CRIMES]).ticks("2026-03-11 07:02")
    assert CRIMES not in silent(watch.ticks("2026-03-12 06:15"))


def test_a_schedule_may_be_one_forces_alone() -> None:
    """An hourly export of ours, whatever the others have."""
    book = policy(
        f'[schedules]\n"{STORM}" = {{ daily = "06:00" }}\n[schedules_by_force.{FORCE}]\n"{STORM}" = {{ every = "1h" }}'
    )
    watch = LiveWatch(book).ticks(NOON).receives(incident(NOON))
    assert STORM not in silent(watch.ticks(NOON + 75 * MINUTE))
    assert STORM in silent(watch.ticks(NOON + 75 * MINUTE + 1))


def test_what_rests_on_a_nightly_file_is_provisional_until_it_has_come() -> None:
    """A report past its limit by day is confirmed by the night's file, which holds no crime for it."""
    book = policy(f'[installation]\nfeeds = ["{STORM}", "{CRIMES}"]\n[schedules]\n"{CRIMES}" = {{ daily = "06:00" }}')
    watch = LiveWatch(book).ticks("2026-03-10 05:00").receives(incident("2026-03-10 09:00", crimes_expected=1))
    watch.receives_heartbeats("2026-03-10 04:00", "2026-03-10 05:30", [CRIMES])
    watch.receives_heartbeats("2026-03-12 09:00", "2026-03-12 09:00", [STORM]).ticks("2026-03-12 09:00")
    watch.receives_heartbeats("2026-03-12 04:00", "2026-03-12 05:30", [CRIMES]).ticks("2026-03-12 09:01")
    last = watch.outcome.history("crime-not-recorded")
    assert [(alert.status, alert.certainty) for alert in last][-2:] == [
        ("BREACHED", "PROVISIONAL"),
        ("BREACHED", "CONFIRMED"),
    ]


def test_the_stream_clock_knows_no_silence() -> None:
    """Live only: a backtest has no wall clock."""
    assert run(incident(NOON), until="2017-03-10").history(RULE) == []
