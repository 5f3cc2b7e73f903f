"""Users who are replaced, demoted or removed: what they no longer are ends at once, on either database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from dashboards.board.accounts.passwords import LocalUsers, SignedIn
from dashboards.board.domain.people import Person
from dashboards.board.live.hub import Event, Screen
from dashboards.board.readmodel import ReadModel, leases
from dashboards.board.readmodel.tables import leases as lease_table
from tests.dashboards.board.served_board import PASSWORD, WALL, FixedClock, ServedBoard, csrf_of, served, sign_in
from tests.dashboards.trials.sample import a_clock, an_alert

OURS = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=60_000)
CHANGES = {
    "another role": lambda users: users.add("fcr.jones", "SUPERVISOR", ["LEICS"], PASSWORD),
    "another force": lambda users: users.add("fcr.jones", "FCR", ["DERBS"], PASSWORD),
    "another password": lambda users: users.add_with_one_time_password("fcr.jones", "FCR", ["LEICS"]),
    "blanks around the name": lambda users: users.add(" fcr.jones ", "OPS", ["LEICS"], PASSWORD),
    "removed": lambda users: users.remove("fcr.jones"),
}


@pytest.fixture
def either_board(either_model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board on each database, with an alert."""
    with served(either_model, clock) as board:
        board.feeder.put(a_clock(WALL), OURS)
        yield board


@pytest.mark.parametrize("change", CHANGES)
def test_a_user_who_is_changed_is_signed_out_at_once(either_board: ServedBoard, change: str) -> None:
    """From every browser, for pages, forms and events, and their role and forces with it; nobody else is."""
    clients = [either_board.client("fcr.jones") for _ in range(2)]
    other = either_board.client("ddm.lee")
    token = csrf_of(clients[0].get("/account").text)
    CHANGES[change](either_board.board.users)
    for client in clients:
        assert client.get("/fcr/register").headers["location"].startswith("/sign-in")
        assert client.get(f"/alerts/{OURS.alert_id}").headers["location"].startswith("/sign-in")
        form = {"csrf": token, "kind": "NOTE", "text": "x"}
        assert client.post(f"/alerts/{OURS.alert_id}/actions", data=form).headers["location"] == "/sign-in"
        assert client.get("/live/events").status_code == 401
        assert client.get("/signed-in").status_code == 401
    assert either_board.actions.sent == []
    assert other.get("/live").status_code == 200


def test_a_removed_user_cannot_sign_in_and_is_offered_nothing(either_board: ServedBoard) -> None:
    """Nor are they among those to whom alerts are assigned; there is nobody to remove again."""
    users = either_board.board.users
    assert users.remove("insp.patel")
    assert not users.remove("insp.patel")
    assert sign_in(either_board.client(), "insp.patel").status_code == 401
    assert "insp.patel" not in users.names("LEICS")


def test_a_removed_user_gives_back_what_they_were_reading(either_board: ServedBoard) -> None:
    """The review queue does not wait for somebody who is gone."""
    either_board.board.users.add("ddm.lee", "DDM", ["LEICS"], PASSWORD)
    leases.take(either_board.model, "ddm.lee", "LEICS|STORM|LOG-1", WALL)
    either_board.board.users.remove("ddm.lee")
    with either_board.model.reading() as connection:
        assert connection.execute(select(lease_table.c.name)).all() == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_sign_in_under_way_begins_nothing_of_what_was_taken_away(either_board: ServedBoard, change: str) -> None:
    """The password was right, and then the user was changed before the session began."""
    verify = LocalUsers.sign_in

    def verify_then_change(users: LocalUsers, *arguments: Any) -> Any:
        signed_in = verify(users, *arguments)
        CHANGES[change](users)
        return signed_in

    client = either_board.client()
    with patch.object(LocalUsers, "sign_in", verify_then_change):
        assert sign_in(client, "fcr.jones").status_code == 401
    assert client.get("/live").status_code == 303


def test_an_open_stream_sends_nothing_more_about_alerts(board: ServedBoard) -> None:
    """What was queued for the role and forces that somebody had is not sent once they are taken away."""
    board.feeder.put(a_clock(WALL), OURS)
    client = board.client("fcr.jones")

    async def demote_and_queue(screen: Screen) -> None:
        board.board.users.add("fcr.jones", "OPS", ["DERBS"], PASSWORD)
        screen.put(Event("rows", {"rows": ["secret"]}, 1))

    board.board.hub.open = demote_and_queue  # type: ignore[method-assign]
    answer = client.get("/live/events")
    assert "signed-out" in answer.text
    assert "secret" not in answer.text


def test_somebody_of_a_provider_needs_no_user_here(board: ServedBoard) -> None:
    """Their role and forces are the provider's word."""
    sessions = board.board.sessions
    person = Person(name="from.elsewhere", role="OPS", forces=("*",))
    assert sessions.find(sessions.begin(person)) is not None
    assert sessions.begin_local(SignedIn(person, one_time=False, password_hash="")) is None


def test_a_stream_of_an_alert_says_the_same_of_a_foreign_one_and_of_none(board: ServedBoard) -> None:
    """Whether it exists, was removed or never was."""
    board.feeder.put(a_clock(WALL), OURS)
    derby = board.client("insp.derby")
    answers = [derby.get(f"/alerts/{name}/events") for name in (OURS.alert_id, "no-such-alert")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, "no such alert")}
    foreign = Screen(person=Person(name="x", role="SUPERVISOR", forces=("DERBS",)), alert_id=OURS.alert_id)
    asyncio.run(board.board.hub.open(foreign))
    board.feeder.put(OURS)
    asyncio.run(board.board.hub.poll())
    events = [foreign.waiting.get_nowait().name for _ in range(foreign.waiting.qsize())]
    assert set(events) <= {"pulse"}
