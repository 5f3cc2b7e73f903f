"""Signing in with a password: who gets in, how often one may try, and what a one-time password is worth."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboards.board.accounts.passwords import (
    MOST_FOR_ADDRESS,
    MOST_FOR_NAME,
    MOST_FOR_NAME_AND_ADDRESS,
    WINDOW_MS,
    LocalUsers,
    TooManyAttemptsError,
)
from dashboards.board.accounts.sessions import Sessions
from dashboards.board.readmodel import ReadModel, untrusted_proxies
from streams.policy.calendar import HOUR
from tests.dashboards.board.served_board import CHEAP, PASSWORD, FixedClock, ServedBoard, csrf_of, sign_in


@pytest.fixture
def users(either_model: ReadModel, clock: FixedClock) -> LocalUsers:
    """Give local users with one supervisor."""
    users = LocalUsers(either_model, clock, CHEAP)
    users.add("insp.patel", "SUPERVISOR", ["LEICS", "DERBS"], PASSWORD)
    return users


def test_the_right_password_lets_in_with_role_and_forces(users: LocalUsers) -> None:
    """Whoever knows the password is who the user list says."""
    result = users.sign_in(" insp.patel ", PASSWORD, "10.0.0.1")
    assert result is not None
    assert (result.person.role, result.person.forces) == ("SUPERVISOR", ("LEICS", "DERBS"))


@pytest.mark.parametrize(("name", "password"), [("insp.patel", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_anything_else_does_not(users: LocalUsers, name: str, password: str) -> None:
    """A wrong password and a name there is not look the same."""
    assert users.sign_in(name, password, "10.0.0.1") is None


def test_the_password_is_nowhere_in_the_database(users: LocalUsers, either_model: ReadModel) -> None:
    """Only an argon2id hash is stored."""
    from sqlalchemy import select

    from dashboards.board.readmodel.tables import users as table

    with either_model.reading() as connection:
        stored = connection.execute(select(table.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$")


def test_after_five_failures_a_name_waits_at_that_address_only(users: LocalUsers, clock: FixedClock) -> None:
    """Guessing is stopped, even with the right password, and a colleague elsewhere still gets in."""
    for _ in range(MOST_FOR_NAME_AND_ADDRESS):
        users.sign_in("insp.patel", "wrong", "10.0.0.1")
    with pytest.raises(TooManyAttemptsError) as refusal:
        users.sign_in("insp.patel", PASSWORD, "10.0.0.1")
    assert 0 < refusal.value.wait_seconds <= WINDOW_MS // 1000 + 1
    assert users.sign_in("insp.patel", PASSWORD, "10.0.0.2") is not None
    clock.at += WINDOW_MS
    assert users.sign_in("insp.patel", PASSWORD, "10.0.0.1") is not None


def test_many_names_from_one_address_wait_too(users: LocalUsers, clock: FixedClock) -> None:
    """Trying one password on many names is stopped as well, until the time is over."""
    for number in range(MOST_FOR_ADDRESS):
        users.sign_in(f"name-{number}", "wrong", "10.0.0.1")
    with pytest.raises(TooManyAttemptsError):
        users.sign_in("another", "wrong", "10.0.0.1")
    clock.at += WINDOW_MS
    assert users.sign_in("insp.patel", PASSWORD, "10.0.0.1") is not None


def test_failures_of_others_at_an_address_lock_nobody_out(users: LocalUsers) -> None:
    """A whole station behind one proxy: whoever fails waits, and their colleagues sign in."""
    for number in range(12):
        for _ in range(MOST_FOR_NAME_AND_ADDRESS):
            users.sign_in(f"name-{number}", "wrong", "10.0.0.1")
        with pytest.raises(TooManyAttemptsError):
            users.sign_in(f"name-{number}", "wrong", "10.0.0.1")
    assert users.sign_in("insp.patel", PASSWORD, "10.0.0.1") is not None


def test_one_name_from_many_addresses_waits_at_last(users: LocalUsers, clock: FixedClock) -> None:
    """Guessing one account from many machines is bounded, and others are not held up by it."""
    users.add("insp.other", "SUPERVISOR", ["LEICS"], PASSWORD)
    for number in range(MOST_FOR_NAME):
        users.sign_in("insp.patel", "wrong", f"10.0.1.{number}")
    with pytest.raises(TooManyAttemptsError):
        users.sign_in("insp.patel", PASSWORD, "10.0.2.1")
    assert users.sign_in("insp.other", PASSWORD, "10.0.1.1") is not None
    clock.at += WINDOW_MS
    assert users.sign_in("insp.patel", PASSWORD, "10.0.2.1") is not None


FORWARDED = {"x-forwarded-for": "192.0.2.7"}


def sign_in_through(board: ServedBoard, proxy: str, headers: dict[str, str]) -> None:
    """Sign in from the address of a proxy."""
    client = TestClient(board.app, base_url="http://127.0.0.1", client=(proxy, 4711), follow_redirects=False)
    token = csrf_of(client.get("/sign-in").text)
    form = {"csrf": token, "name": "insp.patel", "password": PASSWORD}
    assert client.post("/sign-in", data=form, headers=headers).status_code == 303


def test_a_proxy_that_is_not_trusted_is_told_of_once_an_hour(
    board: ServedBoard, clock: FixedClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the log, without anybody's address, and where ``cdi doctor`` reads it."""
    url = f"sqlite:///{tmp_path / 'board.sqlite'}"
    assert untrusted_proxies.last_noted(url) is None
    for _ in range(3):
        sign_in_through(board, "10.0.0.99", FORWARDED)
    log = capsys.readouterr().out
    assert log.count("board_proxy_not_trusted") == 1
    assert "10.0.0.99" not in log
    assert "192.0.2.7" not in log
    assert untrusted_proxies.last_noted(url) == clock.at
    clock.at += HOUR
    sign_in_through(board, "10.0.0.99", FORWARDED)
    assert untrusted_proxies.last_noted(url) == clock.at


@pytest.mark.parametrize(("proxy", "headers"), [("10.0.0.99", {}), ("192.0.2.7", FORWARDED)])
def test_a_browser_and_a_trusted_proxy_are_not_told_of(
    board: ServedBoard, tmp_path: Path, proxy: str, headers: dict[str, str]
) -> None:
    """Of a trusted proxy the server has taken its word: the request comes from the address in the header."""
    sign_in_through(board, proxy, headers)
    assert untrusted_proxies.last_noted(f"sqlite:///{tmp_path / 'board.sqlite'}") is None


def test_signing_in_rightly_costs_no_attempt(users: LocalUsers) -> None:
    """A busy name that signs in often is never made to wait."""
    for _ in range(3 * MOST_FOR_NAME_AND_ADDRESS):
        assert users.sign_in("insp.patel", PASSWORD, "10.0.0.1") is not None


def test_attempts_at_once_are_counted_each(users: LocalUsers) -> None:
    """Sending guesses in parallel buys none more than one after the other."""
    outcomes: list[str] = []

    def guess() -> None:
        try:
            users.sign_in("insp.patel", "wrong", "10.0.0.9")
            outcomes.append("tried")
        except TooManyAttemptsError:
            outcomes.append("refused")

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("tried") == MOST_FOR_NAME_AND_ADDRESS
    assert len(outcomes) == 20


def test_a_one_time_password_signs_in_once(users: LocalUsers) -> None:
    """Whoever reads it later over somebody's shoulder gets nothing."""
    password = users.add_with_one_time_password("demo", "FCR", ["LEICS"])
    first = users.sign_in("demo", password, "10.0.0.1")
    assert first is not None
    assert first.one_time
    assert users.sign_in("demo", password, "10.0.0.1") is None


def test_a_password_chosen_after_it_works_on(users: LocalUsers) -> None:
    """The one-time password is replaced by one of their own."""
    users.add_with_one_time_password("demo", "FCR", ["LEICS"])
    users.choose_password("demo", "four other random words")
    result = users.sign_in("demo", "four other random words", "10.0.0.1")
    assert result is not None
    assert not result.one_time


def test_a_short_password_is_refused(users: LocalUsers) -> None:
    """Eleven characters are too few, twelve are enough."""
    with pytest.raises(ValueError, match="12"):
        users.choose_password("insp.patel", "x" * 11)
    users.choose_password("insp.patel", "x" * 12)


def test_a_session_ends_with_its_time_and_with_sign_out(either_model: ReadModel, clock: FixedClock) -> None:
    """A token is good for so long and not a millisecond longer, and no longer than its owner wants."""
    from dashboards.board.domain.people import Person

    sessions = Sessions(either_model, clock, 1000)
    person = Person(name="a", role="OPS", forces=("*",))
    token, other = sessions.begin(person), sessions.begin(person)
    session = sessions.find(token)
    assert session is not None
    assert session.person == person
    sessions.end(other)
    assert sessions.find(other) is None
    clock.at += 999
    assert sessions.find(token) is not None
    clock.at += 1
    assert sessions.find(token) is None


def test_the_form_lets_in_and_goes_on_to_where_one_wanted(board: ServedBoard) -> None:
    """Somebody who opened a link first signs in and then sees what they wanted."""
    client = board.client()
    redirect = client.get("/trace?ref=A%2F1")
    assert redirect.status_code == 303
    client.get(redirect.headers["location"])
    answer = sign_in(client, "insp.patel")
    assert answer.headers["location"] == "/trace?ref=A%2F1"
    assert client.get("/live").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(board: ServedBoard, elsewhere: str) -> None:
    """A link to the sign-in cannot lead to another site."""
    client = board.client()
    client.get("/sign-in", params={"next": elsewhere})
    assert sign_in(client, "insp.patel").headers["location"] == "/live"


def test_the_form_says_no_without_saying_why(board: ServedBoard) -> None:
    """A wrong name and a wrong password get one sentence, and 401."""
    answers = {sign_in(board.client(), name, "wrong").text.split("</h2>")[1][:60] for name in ("insp.patel", "nobody")}
    assert len(answers) == 1
    assert sign_in(board.client(), "nobody").status_code == 401


def test_the_form_says_how_long_to_wait(board: ServedBoard) -> None:
    """Too many attempts are answered with 429 and a time."""
    for _ in range(MOST_FOR_NAME_AND_ADDRESS):
        sign_in(board.client(), "insp.patel", "wrong")
    answer = sign_in(board.client(), "insp.patel")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_the_session_cookie_changes_with_the_sign_in(board: ServedBoard) -> None:
    """A cookie planted before the sign-in is worth nothing after it."""
    client = board.client()
    client.get("/sign-in")
    before = client.cookies["cdi"]
    sign_in(client, "insp.patel")
    planted = board.client()
    planted.cookies.set("cdi", before)
    assert planted.get("/live").status_code == 303


def test_signing_out_ends_it_for_a_copied_cookie_too(board: ServedBoard) -> None:
    """The session lives on the server: who copied the cookie is out as well."""
    client = board.client("insp.patel")
    copied = board.client()
    copied.cookies.set("cdi", client.cookies["cdi"])
    assert copied.get("/live").status_code == 200
    client.post("/sign-out", data={"csrf": csrf_of(client.get("/live").text)})
    assert copied.get("/live").status_code == 303


def test_a_one_time_password_leads_to_a_password_of_ones_own(board: ServedBoard) -> None:
    """The account page takes it once, and the hint to do so goes away."""
    password = board.board.users.add_with_one_time_password("demo", "SUPERVISOR", ["LEICS"])
    client = board.client()
    sign_in(client, "demo", password)
    assert "one-time password" in client.get("/live").text
    token = csrf_of(client.get("/account").text)
    assert client.post("/account/password", data={"csrf": token, "password": "short"}).status_code == 422
    chosen = client.post("/account/password", data={"csrf": token, "password": "my own three words"})
    assert chosen.headers["location"] == "/live"
    assert "one-time password" not in client.get("/live").text
    assert client.post("/account/password", data={"csrf": token, "password": "yet another one here"}).status_code == 403
    assert sign_in(board.client(), "demo", "my own three words").status_code == 303
