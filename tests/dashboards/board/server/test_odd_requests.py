"""Whatever a request holds, it is answered and never fails: NUL, odd bytes, digits that are none, far-off dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from dashboards.board.http.request_text import LONGEST_ADDRESS
from dashboards.board.live.hub import Event, Screen
from dashboards.board.readmodel import ReadModel
from tests.dashboards.board.served_board import PASSWORD, WALL, FixedClock, ServedBoard, csrf_of, served
from tests.dashboards.board.server.routes import routes_of
from tests.dashboards.board.server.test_authorisation import ACTION_ID, FORMS, ROUTES
from tests.dashboards.board.server.test_authorisation import path_of as full_path
from tests.dashboards.trials.audits import audited, first_readings, previewed
from tests.dashboards.trials.policy_comparison import compared
from tests.dashboards.trials.sample import a_clock, a_linked_matter

ALERT, MATTER = a_linked_matter(WALL)
PAGES = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET")]
POSTS = [route.removeprefix("POST ") for route in FORMS]
NAMES = ("q", "ref", "force", "rule", "status", "about", "since", "from", "to", "page", "small", "kind", "next")
READING = [page for page in PAGES if page.startswith(("/live", "/alerts", "/trace", "/fcr", "/audits"))]
"""The pages that read their address."""
ODD = ("%C2%B2", "9" * 5000, "-1", "%ED%A0%80", "%FF%", "%E2%80%AE", "2199-12-31")
"""A digit that is none, very many digits, half a surrogate pair, no UTF-8, text turned round, a date far off."""
SURROGATE = b"+2AA-"
"""Half a surrogate pair in UTF-7."""


@pytest.fixture
def either_board(either_model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board on each database."""
    yield from boards(either_model, clock)


@pytest.fixture
def full(model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board on SQLite."""
    yield from boards(model, clock)


def boards(model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Serve a board with a matter and a comparison, whose event streams end at once."""
    with served(model, clock) as board:
        board.feeder.put(a_clock(WALL), *MATTER)
        compared(model, WALL, [ALERT], [])
        audited(model, WALL, *first_readings())
        previewed(model, WALL)

        async def open_and_end(screen: Screen) -> None:
            screen.put(Event("reload", {}, 0))

        board.board.hub.open = open_and_end  # type: ignore[method-assign]
        yield board


def path_of(route: str) -> str:
    """Return a route's path, of records that are there."""
    return full_path(route)


def odd_path(route: str, value: str) -> str:
    """Return a route's path with an odd value in the place of each id."""
    return re.sub(r"\{\w+\}", value, route)


def post(client: TestClient, path: str, fields: dict[str, str]) -> int:
    """Send a form whose values are percent-encoded already, and return the status of the answer."""
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return client.post(path, content=body, headers={"content-type": "application/x-www-form-urlencoded"}).status_code


def form_of(client: TestClient, route: str) -> dict[str, str]:
    """Return a valid form of a route, percent-encoded."""
    page = client.get("/sign-in" if route == "/sign-in" else "/account").text
    fields = {"csrf": csrf_of(page), "action_id": ACTION_ID, **FORMS[f"POST {route}"]}
    return {name: quote(value) for name, value in fields.items()}


@pytest.mark.parametrize("signed_in", [True, False])
def test_an_address_with_a_nul_is_refused_by_every_route(either_board: ServedBoard, *, signed_in: bool) -> None:
    """In the query of each, and in each path that holds an id."""
    assert sorted(ROUTES) == sorted(routes_of(either_board.app.routes))
    client = either_board.client("fcr.jones" if signed_in else None)
    for route in PAGES:
        for address in (f"{path_of(route)}?x=%00", f"{path_of(route)}?a%00=b", f"{path_of(route)}%00"):
            assert client.get(address).status_code == 400, address
        if "{" in route:
            assert client.get(odd_path(route, "a%00b")).status_code == 400, route
    for route in POSTS:
        if "{" in route:
            address = odd_path(route, "a%00b")
            assert client.post(address, data={"csrf": "x"}).status_code == 400, route


@pytest.mark.parametrize("route", [route for route in POSTS if route != "/sign-out"])
def test_a_form_with_text_that_cannot_be_stored_is_refused(either_board: ServedBoard, route: str) -> None:
    """A NUL in any field, by its name or its value, and half a surrogate pair: nothing is sent or stored."""
    client = either_board.client(None if route == "/sign-in" else "fcr.jones")
    fields = form_of(client, route)
    for name in [*fields, "anything"]:
        if name != "csrf":
            assert post(client, path_of(route), {**fields, name: "a%00b"}) == 400, name
    assert post(client, path_of(route), {**fields, "%00": ""}) == 400
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in [
            *((name, value.encode("utf-7").replace(b"-", b"+AC0-")) for name, value in fields.items()),
            ("text", SURROGATE),
        ]
    )
    headers = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    assert client.post(path_of(route), content=parts + b"--x--\r\n", headers=headers).status_code == 400
    assert either_board.actions.sent == []


@pytest.mark.parametrize("route", ["/sign-in", "/sign-out"])
def test_a_token_that_is_no_text_is_refused(full: ServedBoard, route: str) -> None:
    """As any wrong one is."""
    client = full.client(None if route == "/sign-in" else "fcr.jones")
    body = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n%s\r\n--x--\r\n' % SURROGATE
    headers = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    client.get("/sign-in")
    assert client.post(route, content=body, headers=headers).status_code == 403


@pytest.mark.parametrize("value", ODD)
def test_no_odd_value_in_an_address_makes_a_page_fail(full: ServedBoard, value: str) -> None:
    """Each name that a page reads, on every page; and in place of every id."""
    client = full.client("fcr.jones")
    for route in READING:
        addresses = [f"{path_of(route)}?{name}={value}" for name in NAMES]
        if "{" in route:
            addresses.append(odd_path(route, value))
        for address in addresses:
            assert client.get(address).status_code < 500, address


@pytest.mark.parametrize("value", ODD)
def test_no_odd_name_signs_in_or_fails(either_board: ServedBoard, clock: FixedClock, value: str) -> None:
    """Nor an odd password."""
    clock.at += 600_000
    client = either_board.client()
    fields = form_of(client, "/sign-in")
    for changed in ({"name": value}, {"password": value}, {"name": value, "password": quote(PASSWORD)}):
        assert post(client, "/sign-in", {**fields, **changed}) in {400, 401}


@pytest.mark.parametrize("address", ["/live/events", f"/alerts/{ALERT.alert_id}/events"])
@pytest.mark.parametrize("since", ["²", "٣", "-1", "9" * 5000, "x", ""])
def test_a_stream_begins_whatever_change_it_is_asked_from(full: ServedBoard, address: str, since: str) -> None:
    """By the address or by the header that a browser sends when it comes back."""
    client = full.client("fcr.jones")
    assert client.get(address, params={"since": since}).status_code == 200
    assert client.get(address, headers=[(b"last-event-id", since.encode())]).status_code == 200


def test_an_address_that_is_far_too_long_is_refused(full: ServedBoard) -> None:
    """Before anything reads it; one just as long as allowed is read."""
    client = full.client("fcr.jones")
    values = "&force=LEICS" * (LONGEST_ADDRESS // 12 - 2)
    assert client.get(f"/fcr/register?a=b{values}").status_code == 200
    assert client.get(f"/fcr/register?a=b{values}{'&force=LEICS' * 3}").status_code == 414


def test_figures_that_begin_today_are_shown_as_none(full: ServedBoard) -> None:
    """Nothing is due yet, so no month has a figure."""
    client = full.client("fcr.jones")
    for address in ("/fcr/figures", "/fcr/figures.csv"):
        assert client.get(f"{address}?from=2026-11-23&to=2026-11-23").status_code == 200
