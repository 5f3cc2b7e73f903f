"""Telling open screens: what concerns them, what they missed, and what happens to one that cannot keep up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.people import Person
from dashboards.board.live.hub import Event, Hub, Screen
from dashboards.board.pages.rendering import environment, row_renderer
from dashboards.board.readmodel import ReadModel
from schemas.products import AlertAction
from streams.policy import PolicyBook
from tests.dashboards.board.served_board import WALL, FixedClock
from tests.dashboards.trials.sample import Feeder, a_case, a_clock, an_alert

ALERT = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=60_000, team="North")


@pytest.fixture
def hub(model: ReadModel, clock: FixedClock) -> Hub:
    """Give a hub that looks when it is told to."""
    return Hub(model, KafkaHealth(WALL, heard_at=WALL), PolicyBook.built_in(), clock, row_renderer(environment()))


def waiting(screen: Screen) -> list[Event]:
    """Take what a screen was told."""
    return [screen.waiting.get_nowait() for _ in range(screen.waiting.qsize())]


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test's own part inside a loop."""
    asyncio.run(work())


def test_a_new_alert_is_told_to_every_screen_that_shows_its_like(
    hub: Hub, feeder: Feeder, supervisor: Person, model: ReadModel
) -> None:
    """A screen gets the row ready to show; one of another force hears nothing of it, not even its id."""

    async def work() -> None:
        other = Person(name="x", role="SUPERVISOR", forces=("DERBS",))
        north, south, derby = (
            Screen(supervisor, Filters(team=("North",))),
            Screen(supervisor, Filters(team=("South",))),
            Screen(other, Filters()),
        )
        for screen in (north, south, derby):
            await hub.open(screen)
            waiting(screen)
        feeder.put(ALERT)
        await hub.poll()
        north_rows = next(event for event in waiting(north) if event.name == "rows").data
        left_out = next(event for event in waiting(south) if event.name == "rows").data
        assert [row["id"] for row in north_rows["rows"]] == [ALERT.alert_id]
        assert "INC-1" in north_rows["rows"][0]["html"]
        assert (north_rows["counts"]["at_risk"], left_out["rows"], left_out["gone"]) == (1, [], [ALERT.alert_id])
        assert [event for event in waiting(derby) if event.name == "rows"] == []

    run(work)


def test_a_screen_that_was_away_is_told_what_it_missed(
    hub: Hub, feeder: Feeder, supervisor: Person, model: ReadModel
) -> None:
    """Opened again with the change it saw last, it gets what came after, and nothing it already has."""
    feeder.put(an_alert("crime-not-recorded", "STORM", "OLD", wall=WALL, due_in=60_000))
    last_change = model.newest_change()
    feeder.put(ALERT)

    async def work() -> None:
        screen = Screen(supervisor, Filters(), since=last_change)
        await hub.open(screen)
        rows = [event for event in waiting(screen) if event.name == "rows"]
        assert [row["id"] for event in rows for row in event.data["rows"]] == [ALERT.alert_id]

    run(work)


def test_nothing_is_told_when_nothing_changed(hub: Hub, feeder: Feeder, supervisor: Person, clock: FixedClock) -> None:
    """Between changes there is only the pulse, once a second."""

    async def work() -> None:
        screen = Screen(supervisor, Filters())
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        await hub.poll()
        assert waiting(screen) == []
        clock.at += 1000
        await hub.poll()
        assert [event.name for event in waiting(screen)] == ["pulse"]

    run(work)


def test_an_action_is_told_like_a_change(hub: Hub, feeder: Feeder, supervisor: Person) -> None:
    """Two people who act at once see each other: an acknowledgement reaches the other's row."""
    feeder.put(ALERT)

    async def work() -> None:
        screen = Screen(supervisor, Filters(), since=10_000_000)
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        ack = AlertAction(
            action_id="1",
            alert_id=ALERT.alert_id,
            force="LEICS",
            kind="ACK",
            by="sgt.okafor",
            role="SUPERVISOR",
            at=WALL,
            expires_at=WALL + 9_000_000,
        )
        feeder.put(ack)
        await hub.poll()
        rows = next(event.data["rows"] for event in waiting(screen) if event.name == "rows")
        assert "Acknowledged by sgt.okafor" in rows[0]["html"]

    run(work)


def test_a_silence_that_ends_is_told_by_time_alone(
    hub: Hub, feeder: Feeder, supervisor: Person, clock: FixedClock
) -> None:
    """No message comes when a silence ends; the screen hears of the alert all the same."""
    silence = AlertAction(
        action_id="1",
        alert_id=ALERT.alert_id,
        force="LEICS",
        kind="SILENCE",
        by="a",
        role="SUPERVISOR",
        at=WALL,
        expires_at=WALL + 5000,
        text="known",
    )
    feeder.put(ALERT, silence)

    async def work() -> None:
        screen = Screen(supervisor, Filters())
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        clock.at += 5001
        await hub.poll()
        rows = next(event.data["rows"] for event in waiting(screen) if event.name == "rows")
        assert [row["id"] for row in rows] == [ALERT.alert_id]

    run(work)


def test_an_alerts_page_hears_of_its_alert_and_its_records_only(
    hub: Hub, feeder: Feeder, supervisor: Person, model: ReadModel
) -> None:
    """A change of the alert or of a record shown on its page is told, another's is not."""
    feeder.put(ALERT)

    async def work() -> None:
        subjects = frozenset({("STORM", "INC-1")})
        screen = Screen(supervisor, alert_id=ALERT.alert_id, subjects=subjects, since=model.newest_change())
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        feeder.put(an_alert("crime-not-recorded", "STORM", "OTHER", wall=WALL, due_in=1))
        await hub.poll()
        assert waiting(screen) == []
        feeder.put(a_case("STORM", "INC-1", began_at=WALL))
        await hub.poll()
        assert [event.name for event in waiting(screen)] == ["changed"]
        feeder.put(msgspec.structs.replace(ALERT, sequence=2, status="BREACHED"))
        await hub.poll()
        assert [event.name for event in waiting(screen)] == ["changed"]

    run(work)


def test_a_screen_that_cannot_keep_up_is_told_to_load_anew_and_holds_nobody_up(
    hub: Hub, feeder: Feeder, supervisor: Person
) -> None:
    """What one screen does not take is dropped and bounded; another goes on hearing everything."""

    async def work() -> None:
        slow, quick = Screen(supervisor, Filters()), Screen(supervisor, Filters())
        await hub.open(slow)
        await hub.open(quick)
        heard = 0
        for number in range(60):
            feeder.put(an_alert("crime-not-recorded", "STORM", f"N-{number}", wall=WALL, due_in=1000))
            await hub.poll()
            heard += sum(len(event.data["rows"]) for event in waiting(quick) if event.name == "rows")
        assert heard == 60
        assert [event.name for event in waiting(slow)] == ["reload"]
        assert slow.dropped

    run(work)


def test_a_storm_of_changes_becomes_one_word(hub: Hub, feeder: Feeder, supervisor: Person) -> None:
    """Thousands of changes at once are not sent row by row: the screen is told that there are many."""

    async def work() -> None:
        screen = Screen(supervisor, Filters())
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        feeder.put(*[an_alert("crime-not-recorded", "STORM", f"N-{n}", wall=WALL, due_in=1) for n in range(500)])
        await hub.poll()
        assert [event.name for event in waiting(screen)] == ["many"]

    run(work)


def test_the_pulse_says_only_what_concerns_ones_own_forces(
    hub: Hub, feeder: Feeder, supervisor: Person, clock: FixedClock
) -> None:
    """The clock and the silent feeds of another force are not told."""
    feeder.put(a_clock(WALL), a_clock(WALL, force="DERBS", silent="cats.referrals.v1", silent_for=999_000_000))

    async def work() -> None:
        screen = Screen(supervisor, Filters())
        await hub.open(screen)
        pulse = next(event for event in waiting(screen) if event.name == "pulse").data
        assert set(pulse["presents"]) == {"LEICS"}
        assert not any("DERBS" in warning for warning in pulse["warnings"])
        assert pulse["feeds"] == 9

    run(work)


def test_a_foreign_alert_that_is_forgotten_is_told_to_nobody_else(
    hub: Hub, feeder: Feeder, supervisor: Person, clock: FixedClock
) -> None:
    """Its id goes to the screens of its own force alone: to others it would say that there was such an alert."""
    feeder.put(ALERT)

    async def work() -> None:
        own = Screen(supervisor, Filters())
        derby = Screen(Person(name="b", role="SUPERVISOR", forces=("DERBS",)), Filters())
        for screen in (own, derby):
            await hub.open(screen)
        await hub.poll()
        for screen in (own, derby):
            waiting(screen)
        feeder.forget(ALERT)
        clock.at += 1000
        await hub.poll()
        assert [event.data["gone"] for event in waiting(own) if event.name == "rows"] == [[ALERT.alert_id]]
        assert [event for event in waiting(derby) if event.name == "rows"] == []

    run(work)


def test_a_page_of_a_foreign_alert_hears_nothing_of_it(hub: Hub, feeder: Feeder, clock: FixedClock) -> None:
    """Not even that it changed."""
    feeder.put(ALERT)

    async def work() -> None:
        screen = Screen(Person(name="b", role="SUPERVISOR", forces=("DERBS",)), alert_id=ALERT.alert_id)
        await hub.open(screen)
        await hub.poll()
        waiting(screen)
        feeder.put(msgspec.structs.replace(ALERT, sequence=2))
        clock.at += 1000
        await hub.poll()
        assert [event.name for event in waiting(screen)] == ["pulse"]

    run(work)


def test_a_row_that_cannot_be_rendered_ends_nothing(
    hub: Hub, feeder: Feeder, supervisor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Screens are told that there is more than was sent, and the changes after it are sent."""

    async def work() -> None:
        screen = Screen(supervisor, Filters())
        await hub.open(screen)
        running = asyncio.create_task(hub.run())
        await asyncio.sleep(0.1)
        waiting(screen)
        with monkeypatch.context() as patch:
            patch.setattr(hub, "_render_row", lambda *_: 1 // 0)
            feeder.put(ALERT)
            await until_told(screen, "many")
        feeder.put(an_alert("crime-not-recorded", "STORM", "INC-2", wall=WALL, due_in=60_000))
        await until_told(screen, "rows")
        assert not running.done()
        running.cancel()

    run(work)


async def until_told(screen: Screen, name: str) -> None:
    """Wait until a screen is sent an event of this name."""
    async with asyncio.timeout(30):
        while (await screen.waiting.get()).name != name:
            pass
