"""The stream clock: how far it may go, and what takes effect when."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import FEEDS
from streams.engine.monitor import Monitor
from streams.facts.completeness import STAND_IN
from streams.policy import PolicyBook
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    MINUTE,
    Outcome,
    crime,
    heartbeat,
    incident,
    link,
    ms,
    policy,
    referral,
    run,
)

STORM, CRIMES = "storm.incidents.v1", "cis.crimes.v1"
NOON = ms("2016-03-10 12:00")
TWO_FEEDS = policy(f'[installation]\nfeeds = ["{STORM}", "{CRIMES}"]')


def monitor_of(book: PolicyBook = TWO_FEEDS, force: str = FORCE) -> Monitor:
    """Return a monitor on the stream clock, of a force with two feeds."""
    return Monitor(force, book)


def beats(monitor: Monitor, feed: str, through: int, source: str = "ONE") -> None:
    """Let a source vouch for itself, and the clock run as far as it may."""
    monitor.heartbeat(feed, heartbeat(source, through), through)
    monitor.advance()


# -- how far -------------------------------------------------------------------------------------------------------


def test_the_clock_is_the_smallest_completeness_over_the_named_feeds() -> None:
    """Not the average, not the newest."""
    monitor = monitor_of()
    beats(monitor, STORM, NOON + HOUR)
    beats(monitor, CRIMES, NOON)
    assert monitor.clock == NOON
    beats(monitor, CRIMES, NOON + DAY)
    assert monitor.clock == NOON + HOUR


def test_all_nine_feeds_hold_the_clock_unless_the_policy_names_fewer() -> None:
    """A named feed never heard holds it; the last of the nine lets it go."""
    monitor = monitor_of(BUILT_IN)
    for feed in FEEDS[:-1]:
        beats(monitor, feed, NOON)
        assert monitor.clock is None
    beats(monitor, FEEDS[-1], NOON)
    assert monitor.clock == NOON


def test_an_unnamed_feed_holds_nothing() -> None:
    """Neither silent nor late."""
    monitor = monitor_of()
    monitor.apply(referral(NOON - DAY), NOON)
    beats(monitor, STORM, NOON)
    beats(monitor, CRIMES, NOON)
    assert monitor.clock == NOON


def test_the_policy_may_name_feeds_by_force() -> None:
    """Another force of the same installation has others."""
    book = policy(f'[installation]\nfeeds_by_force = {{ LEICS = ["{STORM}"] }}')
    monitor, other = monitor_of(book), monitor_of(book, "NOTTS")
    for either in (monitor, other):
        beats(either, STORM, NOON)
    assert (monitor.clock, other.clock) == (NOON, None)


def test_a_feed_is_complete_through_the_smallest_of_its_sources() -> None:
    """Each source's greatest word counts; the feed is as complete as the one behind."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON + DAY)
    beats(monitor, STORM, NOON + 3 * HOUR, "ONE")
    beats(monitor, STORM, NOON + HOUR, "TWO")
    assert monitor.clock == NOON + 3 * HOUR  # it cannot go back
    beats(monitor, STORM, NOON + 2 * HOUR, "TWO")
    beats(monitor, STORM, NOON + 5 * HOUR, "ONE")
    assert monitor.clock == NOON + 3 * HOUR
    beats(monitor, STORM, NOON + 4 * HOUR, "TWO")
    beats(monitor, STORM, NOON + HOUR, "TWO")
    assert monitor.clock == NOON + 4 * HOUR


def test_a_stand_in_gives_way_to_a_source_of_the_feeds_own() -> None:
    """Whoever closed the feed from outside would otherwise hold it where they closed it, for ever."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON + DAY)
    beats(monitor, STORM, NOON, STAND_IN)
    assert monitor.clock == NOON
    beats(monitor, STORM, NOON - HOUR, "STORM")
    assert monitor.clock == NOON  # it cannot go back
    beats(monitor, STORM, NOON + HOUR, "STORM")
    assert monitor.clock == NOON + HOUR
    beats(monitor, STORM, NOON + 2 * HOUR, STAND_IN)
    assert monitor.clock == NOON + HOUR
    (storm,) = (feed for feed in monitor.completeness.states() if feed.topic == STORM)
    assert [source.source for source in storm.sources] == ["STORM"]


def test_a_stand_in_gives_way_after_a_restart_too() -> None:
    """What stands in is known by its name, not by when it was heard."""
    monitor = monitor_of()
    beats(monitor, STORM, NOON, STAND_IN)
    restarted = monitor_of()
    for key, value in monitor.drain().state:
        assert value is not None
        restarted.restore(key, value)
    restarted.restored()
    beats(restarted, CRIMES, NOON + DAY)
    beats(restarted, STORM, NOON + HOUR, "STORM")
    assert restarted.clock == NOON + HOUR


def test_a_feed_without_heartbeats_is_complete_through_its_newest_event_less_the_lateness() -> None:
    """Ten minutes by the built-in policy, whatever the order of arrival."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON + DAY)
    monitor.apply(incident(NOON), NOON)
    monitor.apply(incident(NOON - HOUR, "I-2"), NOON)
    monitor.advance()
    assert monitor.clock == NOON - 10 * MINUTE


def test_the_lateness_is_policy_by_feed() -> None:
    """A feed known to be punctual."""
    two = f'feeds = ["{STORM}", "{CRIMES}"]'
    book = policy(f'[installation]\n{two}\n[installation.allowed_lateness_by_feed]\n"{STORM}" = "0s"')
    monitor = monitor_of(book)
    beats(monitor, CRIMES, NOON + DAY)
    monitor.apply(incident(NOON), NOON)
    monitor.advance()
    assert monitor.clock == NOON


def test_once_a_feed_has_sent_a_heartbeat_only_heartbeats_count() -> None:
    """Its newest event no longer vouches for anything."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON + DAY)
    beats(monitor, STORM, NOON, "STORM")
    monitor.apply(incident(NOON + 5 * HOUR), NOON + 5 * HOUR)
    monitor.advance()
    assert monitor.clock == NOON


def test_a_heartbeat_before_1970_is_taken_at_its_word() -> None:
    """Times are whole milliseconds from 1900 on; none is the smallest."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON)
    beats(monitor, STORM, ms("1969-12-31 23:00"))
    assert monitor.clock == ms("1969-12-31 23:00")


def test_the_clock_never_goes_back() -> None:
    """A first heartbeat behind what events had vouched for, or an earlier end, moves nothing."""
    monitor = monitor_of()
    beats(monitor, CRIMES, NOON + DAY)
    monitor.apply(incident(NOON), NOON)
    monitor.advance()
    beats(monitor, STORM, NOON - DAY)
    monitor.advance(NOON - 2 * DAY)
    assert monitor.clock == NOON - 10 * MINUTE


def test_a_link_is_not_a_feed_and_holds_no_clock() -> None:
    """Nor does it move it."""
    monitor = monitor_of()
    monitor.apply(link(NOON + 10 * DAY), NOON)
    beats(monitor, STORM, NOON)
    beats(monitor, CRIMES, NOON)
    assert monitor.clock == NOON


# -- what takes effect when ----------------------------------------------------------------------------------------


def test_a_snapshot_takes_effect_when_the_clock_reaches_its_event_time() -> None:
    """Not on arrival, and not a millisecond before."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(incident(NOON, crimes_expected=1, status="CLOSED"), NOON)
    monitor.advance(NOON - 1)
    assert monitor.drain_alerts() == []
    monitor.advance(NOON)
    assert [alert.rule_id for alert in monitor.drain_alerts()] == ["incident-closed-unresolved"]


def test_the_clock_passes_through_every_moment_in_time_order() -> None:
    """One jump of a month: snapshots, risk and due moments of two incidents come in the order of their time."""
    outcome = run(
        incident("2016-03-10 12:00", "I-1", crimes_expected=1),
        incident("2016-03-10 13:00", "I-2", crimes_expected=1),
        crime("2016-03-11 12:30", incident_refs=("I-1",)),
        until="2016-04-10",
    )
    changes = [(alert.subject_ref, alert.status) for alert in outcome.alerts if alert.rule_id == "crime-not-recorded"]
    assert sorted(changes[:2]) == [("I-1", "AT_RISK"), ("I-2", "AT_RISK")]
    assert changes[2:] == [("I-1", "BREACHED"), ("I-1", "CLEARED"), ("I-2", "BREACHED")]
    assert [alert.updated_at for alert in outcome.alerts] == sorted(alert.updated_at for alert in outcome.alerts)


def test_snapshots_of_one_millisecond_take_effect_together_and_are_judged_once() -> None:
    """The highest revision is all that is ever seen of an incident saved three times in one millisecond."""
    outcome = run(
        incident(NOON, crimes_expected=1, status="CLOSED", revision=1),
        incident(NOON, crimes_expected=1, revision=2),
        incident(NOON, crimes_expected=1, status="CLOSED"),
        until=NOON + HOUR,
    )
    assert outcome.alerts == ()


def test_a_snapshot_due_the_very_millisecond_is_judged_with_it() -> None:
    """Recorded and saved at due_at plus one: the breach of that millisecond is already met late."""
    due_at = NOON + 24 * HOUR
    outcome = run(incident(NOON, crimes_expected=1), crime(due_at + 1, incident_refs=("I-1",)), until="2016-04-10")
    assert [alert.status for alert in outcome.history("crime-not-recorded")] == ["AT_RISK", "CLEARED"]


@pytest.mark.parametrize("behind", [0, 1, HOUR])
def test_a_snapshot_behind_the_clock_takes_effect_at_once_and_is_counted(behind: int) -> None:
    """Its feed broke its word: said at the clock, not at the event_time."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.advance(NOON)
    monitor.apply(incident(NOON - behind, crimes_expected=1, status="CLOSED"), NOON)
    changes = monitor.drain()
    assert [(alert.rule_id, alert.raised_at) for alert in changes.alerts] == [("incident-closed-unresolved", NOON)]
    assert changes.counted == {"behind_clock": 1}


def test_a_snapshot_behind_the_clock_that_is_not_the_newest_can_still_change_the_past() -> None:
    """The first stated report time arrives last: it is the one that counts."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(incident(NOON, crimes_expected=1), NOON)
    monitor.advance(NOON + HOUR)
    monitor.apply(incident(NOON - 3 * DAY, crimes_expected=1), NOON)
    (alert,) = [alert for alert in monitor.drain_alerts() if alert.rule_id == "crime-not-recorded"]
    assert (alert.status, alert.due_at) == ("BREACHED", NOON - 2 * DAY)


# -- versions ------------------------------------------------------------------------------------------------------


def closed_or_open(*saved: tuple[str, dict[str, Any]]) -> Outcome:
    """Return what is said of an incident saved several times in one millisecond, each as (event_id, fields)."""
    snapshots = [incident(NOON, event_id=event_id, crimes_expected=1, **fields) for event_id, fields in saved]
    one, other = run(*snapshots, until=NOON + HOUR), run(*reversed(snapshots), until=NOON + HOUR)
    assert one == other
    return one


def test_the_greatest_revision_wins_then_the_greatest_event_id_bytewise() -> None:
    """Within one millisecond; bytes, so that Z comes before a."""
    rule = "incident-closed-unresolved"
    closed: dict[str, Any] = {"status": "CLOSED"}
    assert closed_or_open(("b", {"revision": 1}), ("a", {**closed, "revision": 2})).status(rule) == "BREACHED"
    assert closed_or_open(("Z", {}), ("a", closed)).status(rule) == "BREACHED"
    assert closed_or_open(("Z", closed), ("a", {})).history(rule) == []
    assert closed_or_open(("é", closed), ("z", {})).status(rule) == "BREACHED"


def test_two_bodies_under_one_event_id_are_counted_and_the_greater_digest_wins_whatever_the_order() -> None:
    """Three bodies, any order: the same one is what the record says."""
    bodies = [incident(NOON, event_id="e", team=team, crimes_expected=1, status="CLOSED") for team in ("A", "B", "C")]
    teams = set()
    for first in range(3):
        monitor = Monitor(FORCE, BUILT_IN)
        for snapshot in [*bodies[first:], *bodies[:first]]:
            monitor.apply(snapshot, NOON)
        monitor.advance(NOON)
        changes = monitor.drain()
        assert changes.counted == {"event_id_conflict": 2}
        teams.add(changes.alerts[0].team)
    assert len(teams) == 1


def test_the_same_snapshot_again_is_a_no_op_and_counted() -> None:
    """Before and after it has taken effect."""
    monitor = Monitor(FORCE, BUILT_IN)
    snapshot = incident(NOON, crimes_expected=1, status="CLOSED")
    for clock in (NOON - 1, NOON, NOON + 1):
        monitor.apply(snapshot, clock)
        monitor.advance(clock)
    changes = monitor.drain()
    assert len(changes.alerts) == 1
    assert changes.counted == {"duplicate": 2}
    assert monitor.drain().counted == {}


def test_references_are_one_record_however_they_are_written() -> None:
    """The alert shows the first spelling."""
    outcome = run(
        incident(NOON, " lp/0123.13", crimes_expected=1, status="CLOSED"),
        incident(NOON + HOUR, "LP-0123-13", reported_at=NOON, crimes_expected=1),
        until=NOON + 2 * HOUR,
    )
    alert = outcome.alert("incident-closed-unresolved")
    assert alert is not None
    assert (alert.status, alert.subject_ref) == ("WITHDRAWN", " lp/0123.13")
