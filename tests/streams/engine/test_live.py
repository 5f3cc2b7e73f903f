"""Live: snapshots take effect on arrival; what the wall clock raises is provisional until the feeds are complete."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Alert
from schemas.records import FEEDS
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, MINUTE, LiveWatch, crime, incident, link, ms, policy, run

NOON = ms("2016-03-10 12:00")
DUE = NOON + 24 * HOUR
LAG = 15 * MINUTE
SETTLING = 5 * MINUTE
RECORDING = "crime-not-recorded"
CLOSED = "incident-closed-unresolved"
NEEDED = ("storm.incidents.v1", "cis.crimes.v1", "cis.no-crimes.v1")
"""The feeds that could still clear either."""


def changes_of(rule_id: str, watch: LiveWatch) -> list[tuple[str, str, int]]:
    """Return each change of a rule's one alert: its status, its certainty and the clock."""
    return [(alert.status, alert.certainty, alert.updated_at) for alert in watch.outcome.history(rule_id)]


def closed(at: int, **stated: Any) -> Any:
    """Return an incident closed without an answer."""
    return incident(at, **{"reported_at": NOON, "crimes_expected": 1, "status": "CLOSED", **stated})


# -- caught up -----------------------------------------------------------------------------------------------------


def test_nothing_is_said_before_the_worker_has_caught_up() -> None:
    """Everything there is to read is read first; the first tick says what is so then."""
    watch = LiveWatch().receives(incident(NOON, crimes_expected=1), DUE + DAY)
    assert watch.alerts == []
    watch.receives(crime(NOON + HOUR, incident_refs=("I-1",)), DUE + DAY).ticks(DUE + DAY)
    assert watch.outcome.history(RECORDING) == []


def test_what_is_so_when_the_worker_has_caught_up_is_said_at_the_first_tick() -> None:
    """Late as it is, by the wall clock."""
    watch = LiveWatch().receives(incident(NOON, crimes_expected=1), DUE + DAY).ticks(DUE + DAY)
    assert changes_of(RECORDING, watch) == [("BREACHED", "PROVISIONAL", DUE + DAY)]


def test_heartbeats_alone_move_nothing_live() -> None:
    """The wall clock is the clock; advance is for the stream clock."""
    watch = LiveWatch().ticks(NOON).receives_heartbeats(NOON + 9 * DAY)
    watch.monitor.advance()
    watch.monitor.advance(NOON + 9 * DAY)
    assert watch.monitor.clock == NOON


# -- the wall clock ------------------------------------------------------------------------------------------------


def test_a_quiet_stream_still_breaches_on_time() -> None:
    """Nothing arrives but ticks; risk and breach are dated at their own moments, between ticks too."""
    watch = LiveWatch().ticks(NOON - 1).receives(incident(NOON, crimes_expected=1)).ticks(NOON + 2 * DAY)
    assert changes_of(RECORDING, watch) == [
        ("AT_RISK", "PROVISIONAL", ms("2016-03-10 22:00")),
        ("BREACHED", "PROVISIONAL", DUE + 1),
    ]


def test_a_snapshot_takes_effect_on_arrival_whatever_its_event_time() -> None:
    """Saved tomorrow by the source's clock, or a day ago: it counts now."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON + DAY, reported_at=NOON, crimes_expected=1), NOON)
    watch.receives(crime(NOON - DAY, incident_refs=("I-1",)), NOON + 11 * HOUR)
    assert changes_of(RECORDING, watch) == [
        ("AT_RISK", "PROVISIONAL", ms("2016-03-10 22:00")),
        ("WITHDRAWN", "PROVISIONAL", NOON + 11 * HOUR),
    ]


def test_arrival_moves_the_clock_and_what_fell_due_before_it_comes_first() -> None:
    """A crime that arrives after the breach clears it; the breach is on the record."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1))
    watch.receives(crime(DUE + HOUR, incident_refs=("I-1",)), DUE + 2 * HOUR)
    assert [(status, clock) for status, _, clock in changes_of(RECORDING, watch)] == [
        ("AT_RISK", ms("2016-03-10 22:00")),
        ("BREACHED", DUE + 1),
        ("CLEARED", DUE + 2 * HOUR),
    ]


def test_the_wall_clock_never_goes_back() -> None:
    """A tick or an arrival dated earlier moves nothing."""
    watch = LiveWatch().ticks(NOON).ticks(NOON - DAY).receives(incident(NOON), NOON - HOUR)
    assert watch.monitor.clock == NOON


# -- provisional, then confirmed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("through", "certainty"), [(DUE + LAG, "PROVISIONAL"), (DUE + LAG + 1, "CONFIRMED")])
def test_a_breach_is_confirmed_once_the_feeds_are_complete_past_due_and_the_save_lag(
    through: int, certainty: str
) -> None:
    """Nothing that was saved by then can still be on its way."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + HOUR)
    watch.receives_heartbeats(through, DUE + HOUR).ticks(DUE + 2 * HOUR)
    alert = watch.outcome.alert(RECORDING)
    assert alert is not None
    assert (alert.status, alert.certainty) == ("BREACHED", certainty)
    assert len(watch.outcome.history(RECORDING)) == (3 if certainty == "CONFIRMED" else 2)


def test_confirming_is_a_change_of_its_own_and_changes_nothing_else() -> None:
    """One more in sequence; status, due moment and raised_at stay."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + HOUR)
    watch.receives_heartbeats(DUE + HOUR).ticks(DUE + 2 * HOUR).ticks(DUE + 3 * HOUR)
    before, after = watch.outcome.history(RECORDING)[-2:]
    assert (after.sequence, after.updated_at) == (before.sequence + 1, DUE + 2 * HOUR)
    assert (after.status, after.due_at, after.breached_at, after.raised_at) == (
        "BREACHED",
        DUE,
        DUE,
        ms("2016-03-10 22:00"),
    )


@pytest.mark.parametrize("missing", NEEDED)
def test_every_feed_that_could_clear_it_must_be_complete(missing: str) -> None:
    """One that has not spoken keeps it provisional; feeds that could not clear it do not matter."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + HOUR)
    watch.receives_heartbeats(DUE + HOUR, feeds=[feed for feed in NEEDED if feed != missing]).ticks(DUE + 2 * HOUR)
    assert changes_of(RECORDING, watch)[-1][1] == "PROVISIONAL"
    watch.receives_heartbeats(DUE + HOUR, feeds=[missing]).ticks(DUE + 3 * HOUR)
    assert changes_of(RECORDING, watch)[-1] == ("BREACHED", "CONFIRMED", DUE + 3 * HOUR)


def test_a_breach_raised_when_the_feeds_are_already_complete_is_confirmed_at_once() -> None:
    """A worker that reads yesterday's messages."""
    watch = LiveWatch().receives(incident(NOON, crimes_expected=1), DUE + DAY).receives_heartbeats(DUE + DAY)
    assert changes_of(RECORDING, watch.ticks(DUE + DAY)) == [("BREACHED", "CONFIRMED", DUE + DAY)]


def test_a_breach_without_a_deadline_is_confirmed_past_the_moment_it_became_so() -> None:
    """breached_at takes the place of due_at."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON)).ticks(NOON + 10 * MINUTE)
    watch.receives_heartbeats(NOON + LAG).ticks(NOON + HOUR)
    assert changes_of(CLOSED, watch)[-1][1] == "PROVISIONAL"
    watch.receives_heartbeats(NOON + LAG + 1).ticks(NOON + HOUR)
    assert changes_of(CLOSED, watch)[-1][:2] == ("BREACHED", "CONFIRMED")


def test_the_save_lag_is_policy() -> None:
    """A force whose systems save at once."""
    watch = LiveWatch(policy('[installation]\nsave_lag = "0s"')).ticks(NOON).receives(incident(NOON, crimes_expected=1))
    watch.ticks(DUE + HOUR).receives_heartbeats(DUE + 1).ticks(DUE + HOUR)
    assert changes_of(RECORDING, watch)[-1][1] == "CONFIRMED"


# -- settling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "raised"), [(-1, False), (0, True), (HOUR, True)])
def test_a_wrong_without_a_deadline_is_raised_only_after_the_settling_time(offset: int, raised: bool) -> None:
    """Five minutes after it became so, at that very moment even between ticks, as of when it became so."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON)).ticks(NOON + SETTLING + offset)
    assert bool(watch.outcome.history(CLOSED)) is raised
    if raised:
        alert = watch.outcome.alert(CLOSED)
        assert alert is not None
        assert (alert.breached_at, alert.raised_at) == (NOON, NOON + SETTLING)


def test_storm_before_cis_is_no_breach() -> None:
    """The crime record arrives three minutes after the closing."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON)).ticks(NOON + MINUTE)
    watch.receives(crime(NOON, incident_refs=("I-1",)), NOON + 3 * MINUTE).ticks(NOON + HOUR)
    assert watch.outcome.history(CLOSED) == []


def test_a_wrong_that_righted_itself_settles_anew_the_next_time() -> None:
    """Linked and unlinked: five minutes from when it was last unlinked."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON)).receives(crime(NOON), NOON)
    watch.receives(link(NOON), NOON + 4 * MINUTE).receives(link(NOON + MINUTE, confirmed=False), NOON + 6 * MINUTE)
    watch.ticks(NOON + 11 * MINUTE - 1)
    assert watch.outcome.history(CLOSED) == []
    assert changes_of(CLOSED, watch.ticks(NOON + 11 * MINUTE)) == [("BREACHED", "PROVISIONAL", NOON + 11 * MINUTE)]


def test_an_incident_reopened_while_settling_settles_anew_when_it_is_closed_again() -> None:
    """What was out of scope in between did not stand for five minutes."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON))
    watch.receives(closed(NOON + MINUTE, status="OPEN")).receives(closed(NOON + 20 * MINUTE)).ticks(NOON + 21 * MINUTE)
    assert watch.outcome.history(CLOSED) == []
    watch.ticks(NOON + 25 * MINUTE)
    alert = watch.outcome.alert(CLOSED)
    assert alert is not None
    assert (alert.breached_at, alert.raised_at) == (NOON + 20 * MINUTE, NOON + 25 * MINUTE)


def test_a_breach_that_stands_is_not_settled_again() -> None:
    """Another snapshot of the same closing changes nothing; clearing is immediate."""
    watch = LiveWatch().ticks(NOON).receives(closed(NOON)).ticks(NOON + HOUR).receives(closed(NOON + HOUR, team="T2"))
    watch.receives(crime(NOON, incident_refs=("I-1",)), NOON + 2 * HOUR)
    assert [(status, clock) for status, _, clock in changes_of(CLOSED, watch)] == [
        ("BREACHED", NOON + SETTLING),
        ("CLEARED", NOON + 2 * HOUR),
    ]


def test_the_settling_time_is_policy() -> None:
    """None at all, for who wants to know at once."""
    watch = LiveWatch(policy('[installation]\nsettling_time = "0s"')).ticks(NOON).receives(closed(NOON))
    assert changes_of(CLOSED, watch) == [("BREACHED", "PROVISIONAL", NOON)]


def test_the_stream_clock_settles_nothing() -> None:
    """There the snapshots of one moment are all there."""
    assert run(closed(NOON), until=NOON).course(CLOSED) == ["2016-03-10T12:00:00.000Z BREACHED"]


def test_a_deadline_needs_no_settling() -> None:
    """Breached in its own millisecond."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + 1)
    assert changes_of(RECORDING, watch)[-1] == ("BREACHED", "PROVISIONAL", DUE + 1)


# -- restarts ------------------------------------------------------------------------------------------------------


def restarted(watch: LiveWatch) -> LiveWatch:
    """Let a new worker take over from what the old one wrote."""
    again = LiveWatch()
    again.alerts = list(watch.alerts)
    for key, value in watch.monitor.drain().state:
        if value is not None:
            again.monitor.restore(key, value)
    again.monitor.restored()
    return again


class Recorder(LiveWatch):
    """A live watch that leaves draining to the test."""

    def _collect(self) -> Recorder:
        return self


def test_a_restart_says_nothing_again_and_confirms_what_was_provisional() -> None:
    """The alert is adopted as it was; its confirmation comes from the new worker."""
    old = Recorder()
    old.ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + HOUR)
    new = restarted(old).ticks(DUE + 2 * HOUR)
    assert new.outcome.history(RECORDING) == []
    new.receives_heartbeats(DUE + HOUR).ticks(DUE + 3 * HOUR)
    (alert,) = new.outcome.history(RECORDING)
    assert (alert.sequence, alert.status, alert.certainty) == (3, "BREACHED", "CONFIRMED")


def test_after_a_restart_nothing_is_said_before_the_worker_has_caught_up() -> None:
    """What fell due meanwhile waits for what arrived meanwhile."""
    old = Recorder()
    old.ticks(NOON).receives(incident(NOON, crimes_expected=1))
    new = restarted(old).receives(crime(NOON + HOUR, incident_refs=("I-1",)), DUE + DAY)
    assert new.alerts == []
    assert new.ticks(DUE + DAY).outcome.history(RECORDING) == []


def test_two_workers_of_the_same_messages_say_the_same() -> None:
    """One that was there all along, and one that reads everything now, agree on what is breached."""
    messages = [incident(NOON, crimes_expected=2), crime(NOON + HOUR, incident_refs=("I-1",))]
    there = LiveWatch().ticks(NOON)
    for message in messages:
        there.receives(message)
    there.ticks(DUE + DAY)
    late = LiveWatch()
    for message in messages:
        late.receives(message, DUE + DAY)
    late.ticks(DUE + DAY)

    def last(watch: LiveWatch) -> tuple[Any, ...]:
        alert = watch.outcome.alert(RECORDING)
        assert alert is not None
        return (alert.alert_id, alert.status, alert.due_at, alert.breached_at)

    assert last(there) == last(late)


def test_live_state_restores_alerts_of_feeds_under_their_own_name() -> None:
    """A silent feed that speaks after the restart clears the alert that was raised before it."""
    old = Recorder()
    old.ticks(NOON).ticks(NOON + HOUR)
    new = restarted(old)
    new.receives_heartbeats(NOON + HOUR, NOON + 61 * MINUTE, ["storm.incidents.v1"]).ticks(NOON + 62 * MINUTE)
    (alert,) = new.outcome.history("feed-silent", ref="storm.incidents.v1")
    assert (alert.status, alert.sequence) == ("CLEARED", 2)


def test_the_clock_view_tells_mode_clock_and_each_feeds_completeness() -> None:
    """For whoever looks: which feed holds the clock where."""
    watch = Recorder()
    watch.ticks(NOON).receives(incident(NOON)).receives_heartbeats(NOON, feeds=["cis.crimes.v1"])
    view = watch.monitor.drain().clock
    assert view is not None
    assert (view.force, view.mode, view.clock) == (FORCE, "LIVE", NOON)
    assert [feed.topic for feed in view.feeds] == list(FEEDS)
    by_topic = {feed.topic: feed for feed in view.feeds}
    storm, crimes = by_topic["storm.incidents.v1"], by_topic["cis.crimes.v1"]
    assert (storm.complete_through, storm.heartbeat, storm.sources) == (NOON - 10 * MINUTE, False, ())
    assert (crimes.complete_through, crimes.heartbeat) == (NOON, True)
    assert [(source.source, source.complete_through) for source in crimes.sources] == [("cis.crimes.v1", NOON)]
    assert by_topic["cmc.calls.v1"].complete_through is None


def test_a_monitor_that_nothing_happened_to_has_no_clock_to_show() -> None:
    """No change, no view, no state."""
    changes = Monitor(FORCE, BUILT_IN, clock=WallClock).drain()
    assert (changes.clock, changes.state, changes.alerts, changes.cases) == (None, [], [], {})


def test_every_live_alert_is_provisional_or_confirmed_never_both() -> None:
    """A confirmed alert that changes afterwards is judged anew, and stays confirmed while the feeds are complete."""
    watch = LiveWatch().ticks(NOON).receives(incident(NOON, crimes_expected=1)).ticks(DUE + HOUR)
    watch.receives_heartbeats(DUE + HOUR).ticks(DUE + HOUR)
    watch.receives(crime(DUE + 2 * HOUR, incident_refs=("I-1",))).ticks(DUE + 3 * HOUR)
    alerts: list[Alert] = watch.outcome.history(RECORDING)
    assert [(alert.status, alert.certainty) for alert in alerts] == [
        ("AT_RISK", "PROVISIONAL"),
        ("BREACHED", "PROVISIONAL"),
        ("BREACHED", "CONFIRMED"),
        ("CLEARED", "CONFIRMED"),
    ]


def test_what_arrived_while_the_worker_was_away_settles_from_when_it_has_caught_up() -> None:
    """Nothing is dated to a time at which nobody knew of it, and five minutes are five minutes."""
    old = Recorder()
    old.ticks(NOON)
    back = NOON + HOUR
    new = restarted(old).receives(closed(back - MINUTE), back - MINUTE).ticks(back).ticks(back + SETTLING - 1)
    assert new.outcome.history(CLOSED) == []
    new.ticks(back + SETTLING)
    (alert,) = new.outcome.history(CLOSED)
    assert (alert.breached_at, alert.raised_at) == (back, back + SETTLING)


def test_what_fell_due_while_the_worker_was_away_is_said_when_it_has_caught_up() -> None:
    """Once, by the wall clock, as a worker that starts anew would say it."""
    old = Recorder()
    old.ticks(NOON).receives(incident(NOON, crimes_expected=1))
    new = restarted(old).ticks(DUE + DAY)
    assert changes_of(RECORDING, new) == [("BREACHED", "PROVISIONAL", DUE + DAY)]
