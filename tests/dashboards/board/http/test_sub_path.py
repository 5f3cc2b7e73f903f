"""A board below a path of its site: no link, form, script or redirect leads out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import ReadModel
from tests.dashboards.board.served_board import PASSWORD, FixedClock, ServedBoard, csrf_of, served, sign_in
from tests.dashboards.board.server.test_authorisation import QUERIES, RECORDS, ROUTES, path_of, prepare

BASE = "/cdi"
ADDRESS = re.compile(r'\b(?:href|action|formaction|src|data-events|data-progress)="([^"#?][^"]*)"')
PAGES = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET")]


@pytest.fixture
def below(model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board below a path."""
    with served(model, clock, BoardSettings(public_url=f"http://127.0.0.1{BASE}/")) as board:
        prepare(board, RECORDS)
        yield board


@pytest.fixture
def registrar(below: ServedBoard) -> TestClient:
    """Give a registrar who signs in where the board is."""
    client = below.client()
    token = csrf_of(client.get(f"{BASE}/sign-in").text)
    answer = client.post(f"{BASE}/sign-in", data={"csrf": token, "name": "fcr.jones", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/live")
    return client


@pytest.mark.parametrize("prefix", [BASE, ""])
def test_every_address_on_every_page_stays_below_the_path(registrar: TestClient, prefix: str) -> None:
    """Whether the proxy hands the path on or takes it away."""
    for page in PAGES:
        answer = registrar.get(prefix + path_of(page), params=QUERIES.get(page))
        if answer.status_code in {303, 307}:
            assert answer.headers["location"].startswith(f"{BASE}/"), page
        elif answer.headers.get("content-type", "").startswith("text/html"):
            addresses = ADDRESS.findall(answer.text)
            assert addresses
            assert [address for address in addresses if not address.startswith(f"{BASE}/")] == [], page


@pytest.mark.parametrize("prefix", [BASE, ""])
def test_somebody_signed_out_is_led_to_the_form_and_back(below: ServedBoard, prefix: str) -> None:
    """The way back is below the path too, once."""
    client = below.client()
    for address in (prefix or "/", f"{prefix}/"):
        assert client.get(address).headers["location"] == f"{BASE}/live"
    location = client.get(f"{prefix}/trace?ref=A%2F1").headers["location"]
    assert location.startswith(f"{BASE}/sign-in?next=")
    client.get(location)
    assert sign_in(client, "insp.patel").headers["location"] == f"{BASE}/trace?ref=A%2F1"


def test_a_page_of_another_path_is_none_of_the_boards(registrar: TestClient) -> None:
    """A path that only begins alike, and one that is not there: the error page leads back to the board."""
    for address in ("/cdifference/live", f"{BASE}/nowhere"):
        answer = registrar.get(address)
        assert answer.status_code == 404
        assert f'href="{BASE}/live"' in answer.text


def test_files_of_the_page_are_found(registrar: TestClient) -> None:
    """And only they may be cached."""
    answer = registrar.get(f"{BASE}/static/board.js")
    assert answer.status_code == 200
    assert "cache-control" not in answer.headers


@pytest.mark.parametrize("url", ["board.example", "ftp://board.example", "https://", "https://board.example/?a=b"])
def test_an_address_that_browsers_cannot_use_is_refused(url: str) -> None:
    """When the board starts, not when somebody signs in."""
    with pytest.raises(ValidationError):
        BoardSettings(public_url=url)
