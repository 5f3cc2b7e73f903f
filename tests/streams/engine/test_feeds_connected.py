"""Feeds that nobody connected: under the wall clock a rule needs feeds that speak, or that the force's policy names."""

from __future__ import annotations

import pytest

from schemas.records import Crime, Incident, TrainingRecord
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.streams.restarts import Restarts
from tests.streams.world import DAY, FORCE, LiveWatch, crime, heartbeat, incident, ms, training

NOON = ms("2026-03-10 12:00")
BUILT_IN = PolicyBook.built_in()
NAMED = PolicyBook.from_toml(f'version = "trial"\n[installation.feeds_by_force]\n{FORCE} = ["{TrainingRecord.TOPIC}"]')


def statuses(watch: LiveWatch, rule_id: str) -> list[str]:
    """Return each status that a rule's alerts went through."""
    return [alert.status for alert in watch.alerts if alert.rule_id == rule_id]


def test_a_rule_that_needs_a_feed_never_heard_is_not_judged() -> None:
    """Nobody is called untrained where no training records come."""
    watch = LiveWatch(BUILT_IN).ticks(NOON).receives(crime(NOON)).ticks(NOON + DAY)
    assert statuses(watch, "decision-maker-untrained") == []


@pytest.mark.parametrize(
    "first", [training(NOON, staff="P2"), heartbeat("TRAINING", NOON)], ids=["snapshot", "heartbeat"]
)
def test_its_first_message_names_a_feed_from_then_on(first: object) -> None:
    """What came before it is judged as well."""
    watch = LiveWatch(BUILT_IN).ticks(NOON).receives(crime(NOON))
    if isinstance(first, TrainingRecord):
        watch.receives(first)
    else:
        watch.receives_heartbeats(NOON, feeds=[TrainingRecord.TOPIC])
    watch.ticks(NOON + 1).ticks(NOON + DAY)
    assert statuses(watch, "decision-maker-untrained") == ["BREACHED"]


def test_a_feed_that_the_forces_own_policy_names_is_missed() -> None:
    """It is silent, though it was never heard."""
    watch = LiveWatch(NAMED).ticks(NOON).ticks(NOON + DAY)
    silent = {alert.subject_ref for alert in watch.alerts if alert.rule_id == "feed-silent"}
    assert silent == {TrainingRecord.TOPIC}
    assert not LiveWatch(BUILT_IN).ticks(NOON).ticks(NOON + DAY).alerts


def test_a_report_is_judged_once_both_its_feeds_are_heard() -> None:
    """The crime system may be connected a day after the control room's."""
    watch = LiveWatch(BUILT_IN).ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(NOON + DAY + 1)
    assert statuses(watch, "crime-not-recorded") == []
    watch.receives_heartbeats(NOON + DAY + 2, feeds=[Crime.TOPIC]).ticks(NOON + DAY + 3)
    assert statuses(watch, "crime-not-recorded") == ["BREACHED"]


def test_the_stream_clock_waits_for_every_feed_of_the_built_in_policy() -> None:
    """Alerts are a function of the records and the policy, not of what happened to arrive."""
    monitor = Monitor(FORCE, BUILT_IN)
    assert monitor.completeness.named == BUILT_IN.feeds(FORCE)
    monitor.heartbeat(Incident.TOPIC, heartbeat("STORM", NOON), NOON)
    monitor.advance()
    assert monitor.clock is None


def test_a_restart_remembers_which_feeds_were_heard() -> None:
    """Also one that sent nothing but a heartbeat."""
    restarts = Restarts(BUILT_IN, clock=WallClock)
    restarts.monitor.tick(NOON)
    restarts.monitor.apply(incident(NOON), NOON)
    restarts.monitor.heartbeat(Crime.TOPIC, heartbeat("CIS", NOON), NOON)
    restarts.restart()
    assert restarts.monitor.completeness.named == {Incident.TOPIC, Crime.TOPIC}
