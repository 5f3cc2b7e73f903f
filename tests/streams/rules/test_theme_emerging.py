"""theme-emerging: at each local midnight, what reviewers note far more often than in the four weeks before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Call
from streams.engine.clocks import WallClock
from tests.streams.restarts import Restarts, run_with_restarts
from tests.streams.world import DAY, HOUR, MINUTE, LiveWatch, Outcome, call, ms, policy, run

RULE = "theme-emerging"
NOON = ms("2016-03-10 12:00")
MIDNIGHT = ms("2016-03-11")
UNTIL = ms("2016-06-01")


def reviewed(at: int, ref: str, *themes: str, **stated: Any) -> Call:
    """Return a call reviewed and saved at a moment, two days after it was handled."""
    usual = {"handled_at": at - 2 * DAY, "reviewed_at": at, "ncrs_compliant": not themes, "themes": themes}
    return call(at, ref, event_id=f"{ref} {at}", **{**usual, **stated})


def usual(last: int = NOON - 8 * DAY, how_many: int = 80) -> list[Call]:
    """Weeks of reviews that noted nothing: eight a day, the last at a moment."""
    return [reviewed(last - number * 3 * HOUR, f"U-{number}") for number in range(how_many)]


def heard(*themes: str, how_many: int = 5, at: int = NOON, **stated: Any) -> list[Call]:
    """Reviews that noted something, a minute apart, each of another team."""
    return [
        reviewed(at + number * MINUTE, f"H-{at}-{number}", *themes, **{"team": f"T{number}", **stated})
        for number in range(how_many)
    ]


def course(outcome: Outcome, ref: str = "LATE") -> list[str]:
    """Return what was said of a theme, and when."""
    return outcome.course(RULE, ref=ref)


def test_a_theme_heard_five_times_after_weeks_of_silence_is_raised_at_the_next_midnight() -> None:
    """Over all teams: no team heard it twice.  The alert shows what was compared."""
    outcome = run(*usual(), *heard("LATE"), until=MIDNIGHT)
    assert course(outcome) == ["2016-03-11T00:00:00.000Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.severity, alert.team) == ("CMC", "LATE", "MEDIUM", None)
    assert (alert.due_at, alert.breached_at) == (None, MIDNIGHT)
    facts = {fact.name: fact.value for fact in alert.facts}
    assert (facts["recent_calls"], facts["calls_before"]) == ("5 of 5", "0 of 80")
    assert 0 < float(facts["p"]) < 0.01


def test_nothing_is_said_before_midnight() -> None:
    """However plain it is at noon."""
    assert run(*usual(), *heard("LATE"), until=MIDNIGHT - 1).history(RULE) == []


def test_midnight_is_local() -> None:
    """In summer London's day ends at 23:00 UTC."""
    june = ms("2016-06-10 12:00")
    outcome = run(*usual(june - 8 * DAY), *heard("LATE", at=june), until=june + DAY)
    assert course(outcome) == ["2016-06-10T23:00:00.000Z BREACHED"]


@pytest.mark.parametrize(("at", "raised"), [(MIDNIGHT, "2016-03-11"), (MIDNIGHT + 1, "2016-03-12")])
def test_reviews_saved_at_midnight_itself_are_judged_then(at: int, raised: str) -> None:
    """All snapshots of one millisecond take effect together, then themes are judged; one later is too late."""
    late = [reviewed(at, f"H-{number}", "LATE") for number in range(5)]
    assert course(run(*usual(NOON - 6 * DAY), *late, until=at + DAY))[0].startswith(raised)


def test_themes_are_compared_as_references_are_and_counted_once_a_call() -> None:
    """Late, late! and LATE are one; a call that notes it twice is one call; a blank is no theme."""
    outcome = run(*usual(), *heard("late!", "Late", " "), until=MIDNIGHT)
    assert {alert.subject_ref for alert in outcome.final.values()} == {"late!"}
    alert = outcome.alert(RULE)
    assert alert is not None
    assert "5 of 5" in {fact.value for fact in alert.facts}


def test_a_theme_is_named_as_the_first_snapshot_that_noted_it_wrote_it() -> None:
    """Whichever arrived first, restarts or not; the alert is the same one as under any other spelling."""
    first = heard("Late entry", how_many=1)[0]
    spelt = [first, *heard("LATE/ENTRY", at=NOON + HOUR, how_many=4), *heard("early", at=NOON + 2 * HOUR, how_many=1)]
    outcome = run(*usual(), *reversed(spelt), until=MIDNIGHT)
    (alert,) = outcome.final.values()
    assert alert.subject_ref == "Late entry"
    assert run_with_restarts(*usual(), *spelt, stops=[NOON, MIDNIGHT, UNTIL]).history(RULE)[0] == alert
    assert run(*usual(), *heard("late-entry"), until=MIDNIGHT).final.keys() == {alert.alert_id}


def test_what_nobody_has_reviewed_is_not_heard() -> None:
    """A theme counts from when the call was reviewed."""
    assert run(*usual(), *heard("LATE", reviewed_at=None), until=UNTIL).history(RULE) == []


def test_it_is_cleared_at_the_midnight_at_which_it_is_no_longer_so_and_can_come_back() -> None:
    """A week later the five are among those before; then it is heard again, far more often still."""
    again = heard("LATE", how_many=12, at=NOON + 14 * DAY)
    outcome = run(*usual(), *heard("LATE"), *usual(NOON + 13 * DAY, 20), *again, until=NOON + 15 * DAY)
    assert course(outcome) == [
        "2016-03-11T00:00:00.000Z BREACHED",
        "2016-03-18T00:00:00.000Z CLEARED REMEDIED",
        "2016-03-25T00:00:00.000Z BREACHED",
    ]


def test_it_is_cleared_even_if_nobody_reviews_a_call_any_more() -> None:
    """Midnight comes on a quiet feed too."""
    assert course(run(*usual(), *heard("LATE"), until=UNTIL))[-1] == "2016-03-18T00:00:00.000Z CLEARED REMEDIED"


def test_a_review_that_takes_its_theme_back_counts_from_the_next_midnight() -> None:
    """What was judged stays judged until then."""
    taken_back = [
        reviewed(NOON + DAY, snapshot.call_ref, handled_at=snapshot.handled_at, reviewed_at=snapshot.reviewed_at)
        for snapshot in heard("LATE")
    ]
    assert course(run(*usual(), *heard("LATE"), *taken_back, until=UNTIL)) == [
        "2016-03-11T00:00:00.000Z BREACHED",
        "2016-03-12T00:00:00.000Z CLEARED REMEDIED",
    ]


def test_each_theme_has_an_alert_of_its_own() -> None:
    """Two at one midnight."""
    outcome = run(*usual(), *heard("LATE", "RUDE"), until=MIDNIGHT)
    assert course(outcome) == course(outcome, "RUDE") == ["2016-03-11T00:00:00.000Z BREACHED"]


# -- laws ----------------------------------------------------------------------------------------------------------

EASY = policy("[rules]\ntheme_minimum_calls = 1\ntheme_p = 0.9")
histories = st.lists(
    st.builds(
        lambda hours, number, themes: reviewed(ms("2016-03-01") + hours * 6 * HOUR, f"K-{number}", *themes),
        st.integers(0, 200),
        st.integers(0, 9),
        st.sampled_from(((), ("LATE",), ("RUDE",), ("LATE", "RUDE"))),
    ),
    max_size=20,
    unique_by=lambda state: state.event_id,
)


@given(histories, st.data())
def test_arrival_order_does_not_change_the_themes(history: list[Call], data: st.DataObject) -> None:
    """Every theme has the same whole history."""
    outcome = run(*data.draw(st.permutations(history)), until=UNTIL, book=EASY)
    straight = run(*history, until=UNTIL, book=EASY)
    for theme in ("LATE", "RUDE"):
        assert outcome.history(RULE, ref=theme) == straight.history(RULE, ref=theme)


@given(histories, st.lists(st.integers(0, 90 * 4).map(lambda quarters: ms("2016-03-01") + quarters * 6 * HOUR)))
def test_themes_survive_restarts(history: list[Call], stops: list[int]) -> None:
    """Begun again from its table at any hour, midnight itself included: nothing is said twice or left unsaid."""
    outcome = run_with_restarts(*history, stops=[*sorted(stops), UNTIL], book=EASY)
    assert list(outcome.alerts) == list(run(*history, until=UNTIL, book=EASY).alerts)


def test_a_restart_after_what_led_to_it_is_forgotten_leaves_the_alert_as_it_was() -> None:
    """Calls are forgotten in the end; what was said of a theme is not said again."""
    book = policy('[installation]\nforget_after = "36d"')
    restarts = Restarts(book)
    for snapshot in (*usual(), *heard("LATE")):
        restarts.monitor.apply(snapshot, snapshot.event_time)
    restarts.monitor.advance(UNTIL)
    restarts.restart()
    assert not any(b"cmc.calls" in key for key in restarts.table)
    restarts.monitor.advance(UNTIL + 40 * DAY)
    assert [f"{alert.status}" for alert in restarts.outcome.history(RULE)] == ["BREACHED", "CLEARED"]


# -- live ----------------------------------------------------------------------------------------------------------


def in_order() -> list[Call]:
    """Weeks of reviews, then five of one theme, as they were saved."""
    return sorted((*usual(), *heard("LATE")), key=lambda snapshot: snapshot.event_time)


def test_live_it_is_raised_once_it_has_settled() -> None:
    """Like every wrong without a deadline: five minutes after midnight, breached since midnight."""
    watch = LiveWatch().ticks(NOON - 40 * DAY)
    for snapshot in in_order():
        watch.receives(snapshot)
    watch.ticks(MIDNIGHT + 5 * MINUTE - 1)
    assert watch.outcome.history(RULE) == []
    alert = watch.ticks(MIDNIGHT + 5 * MINUTE).outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.certainty, alert.breached_at) == ("BREACHED", "PROVISIONAL", MIDNIGHT)


def test_live_a_restart_while_it_settles_does_not_lose_it() -> None:
    """No alert says yet what was found at midnight, so it is judged again."""
    restarts = Restarts(clock=WallClock)
    restarts.monitor.tick(NOON - 40 * DAY)
    for snapshot in in_order():
        restarts.monitor.apply(snapshot, snapshot.event_time)
    restarts.monitor.tick(MIDNIGHT + MINUTE)
    restarts.restart()
    restarts.monitor.tick(MIDNIGHT + 2 * MINUTE)
    restarts.monitor.tick(MIDNIGHT + 10 * MINUTE)
    assert restarts.outcome.status(RULE) == "BREACHED"
