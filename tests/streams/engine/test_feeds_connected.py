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


STARTER = PolicyBook.from_toml(
    f'version = "trial"\n[installation]\nfeeds = ["{Incident.TOPIC}", "{Crime.TOPIC}"]\nfeeds_once_heard = true'
)


def test_feeds_that_are_named_once_heard_are_not_missed_before() -> None:
    """Neither those of the list nor the others, whatever the force; each is judged from its first message on."""
    assert not LiveWatch(STARTER).ticks(NOON).ticks(NOON + DAY).alerts
    watch = LiveWatch(STARTER).ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(NOON + DAY + 1)
    assert {alert.rule_id for alert in watch.alerts} == {"feed-silent"}
    watch.receives_heartbeats(NOON + DAY + 2, feeds=[Crime.TOPIC]).ticks(NOON + DAY + 3)
    assert statuses(watch, "crime-not-recorded") == ["BREACHED"]
    assert statuses(watch, "decision-maker-untrained") == []
    watch.receives(crime(NOON, "C-2")).receives_heartbeats(NOON + DAY + 4, feeds=[TrainingRecord.TOPIC])
    watch.ticks(NOON + 2 * DAY)
    assert statuses(watch, "decision-maker-untrained") == ["BREACHED"]
    assert watch.monitor.completeness.named == {Incident.TOPIC, Crime.TOPIC, TrainingRecord.TOPIC}


def test_under_the_stream_clock_the_list_of_feeds_is_all_there_is() -> None:
    """What happens to be heard besides holds no clock, and has nothing judged."""
    monitor = Monitor(FORCE, STARTER)
    for feed in (Incident.TOPIC, Crime.TOPIC, TrainingRecord.TOPIC):
        monitor.heartbeat(feed, heartbeat("S", NOON if feed != TrainingRecord.TOPIC else 0), NOON)
    monitor.advance()
    assert monitor.clock == NOON
    assert monitor.completeness.named == {Incident.TOPIC, Crime.TOPIC}


@pytest.mark.parametrize(
    ("table", "awaited"),
    [
        ("", {FORCE: True, "KENT": True}),
        (f'[installation]\nfeeds = ["{Crime.TOPIC}"]', {FORCE: False, "KENT": False}),
        (f'[installation.feeds_by_force]\nKENT = ["{Crime.TOPIC}"]', {FORCE: True, "KENT": False}),
        ('[lacks]\n"cis.crimes.v1" = ["beat"]', {FORCE: True, "KENT": True}),
        ('[schedules]\n"cis.crimes.v1" = { every = "1h" }', {FORCE: True, "KENT": True}),
    ],
)
def test_a_policy_names_the_feeds_of_a_force_only_where_it_lists_them(table: str, awaited: dict[str, bool]) -> None:
    """For every force or for one; what it says of a feed besides does not name it."""
    book = PolicyBook.from_toml(f'version = "trial"\n{table}')
    assert {force: bool(book.awaited_feeds(force)) for force in awaited} == awaited
    for force, is_awaited in awaited.items():
        named = Monitor(force, book, clock=WallClock).completeness.named
        assert named == (set() if is_awaited else {Crime.TOPIC})
        assert Monitor(force, book).completeness.named == book.feeds(force)
