"""Signing in by OpenID Connect, against a provider that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx2
import oidc_provider_mock  # type: ignore[import-untyped]
import pytest
from starlette.testclient import TestClient

from dashboards.board.accounts.oidc import SignInRefusedError, person_of
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import ReadModel
from tests.dashboards.board.served_board import FixedClock, ServedBoard, served

CLAIMS = {"cdi_role": "fcr", "cdi_forces": ["LEICS", "DERBS"], "preferred_username": "a.jones"}


@pytest.fixture
def provider() -> Iterator[str]:
    """Run a provider and give its address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def board(model: ReadModel, clock: FixedClock, provider: str) -> Iterator[ServedBoard]:
    """Give a board that sends people to the provider."""
    settings = BoardSettings(
        oidc_issuer=provider, oidc_client_id="board", oidc_client_secret="a secret", public_url="http://127.0.0.1"
    )
    with served(model, clock, settings) as board:
        yield board


def come_back_as(
    board: ServedBoard, provider: str, subject: str, claims: Mapping[str, object]
) -> tuple[TestClient, str]:
    """Sign in at the provider; give the board's client and the address the provider sends one back to."""
    put = httpx2.put(f"{provider}/users/{subject}", json=dict(claims))
    assert put.status_code < 300, put.text
    client = board.client()
    leave = client.get("/sign-in/provider?next=/feeds")
    assert leave.status_code == 302
    assert "a secret" not in leave.headers["location"]
    assert "code_challenge_method=S256" in leave.headers["location"]
    back = httpx2.post(leave.headers["location"], data={"sub": subject})
    assert back.status_code in {302, 303}, back.text
    return client, back.headers["location"]


def test_the_provider_vouches_for_name_role_and_forces(board: ServedBoard, provider: str) -> None:
    """Whoever the provider knows with a role and forces is in, where they wanted to go, and it is noted."""
    client, back = come_back_as(board, provider, "jones", CLAIMS)
    answer = client.get(back)
    assert answer.headers["location"] == "/feeds"
    page = client.get("/account").text
    assert "a.jones" in page
    assert "Force Crime Registrar" in page
    assert "LEICS, DERBS" in page
    assert ("a.jones", "FCR", "SIGN_IN", None) in board.audit.noted


def test_an_answer_can_be_used_only_by_who_asked_and_only_once(board: ServedBoard, provider: str) -> None:
    """Somebody else's browser cannot be made to come back with it, nor the same one twice."""
    client, back = come_back_as(board, provider, "jones", CLAIMS)
    assert board.client().get(back).status_code == 403
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403


def test_whoever_has_no_role_is_told_so_and_stays_out(board: ServedBoard, provider: str) -> None:
    """To be known to the provider is not enough."""
    client, back = come_back_as(board, provider, "stranger", {"cdi_forces": ["LEICS"]})
    answer = client.get(back)
    assert answer.status_code == 403
    assert "does not say which one role" in answer.text
    assert client.get("/live").status_code == 303


def test_a_made_up_answer_lets_nobody_in(board: ServedBoard) -> None:
    """A code without a sign-in that was begun here is refused."""
    assert board.client().get("/sign-in/callback?code=x&state=y").status_code == 403


def test_a_provider_that_does_not_answer_is_said_so(model: ReadModel, clock: FixedClock) -> None:
    """Nobody gets in, and the form says what is wrong."""
    settings = BoardSettings(oidc_issuer="http://localhost:1", oidc_client_id="board", oidc_client_secret="a secret")
    with served(model, clock, settings) as board:
        answer = board.client().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_the_form_offers_the_provider(board: ServedBoard) -> None:
    """And the address it sends to is the board's own."""
    assert 'href="/sign-in/provider"' in board.client().get("/sign-in").text


@pytest.mark.parametrize(
    "claims",
    [
        {**CLAIMS, "cdi_role": "king"},
        {**CLAIMS, "cdi_role": ["fcr", "auditor"]},
        {**CLAIMS, "cdi_role": "SYSTEM"},
        {**CLAIMS, "cdi_forces": []},
        {**CLAIMS, "cdi_forces": " , "},
        {"cdi_role": "fcr", "cdi_forces": "LEICS"},
    ],
)
def test_claims_that_leave_a_doubt_let_nobody_in(claims: dict[str, object]) -> None:
    """One role that there is, at least one force, and a name; the machine's own role is nobody's."""
    with pytest.raises(SignInRefusedError):
        person_of(claims, BoardSettings())


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("duty-inspector", "DUTY_INSPECTOR"),
        (["Supervisor"], "SUPERVISOR"),
        ("ops", "OPS"),
        ("Deputy FCR", "DEPUTY_FCR"),
        ("ddm", "DDM"),
    ],
)
def test_a_role_may_be_spelled_as_providers_do(role: object, read: str) -> None:
    """Lower case, dashes, or a list with one role in it."""
    person = person_of({**CLAIMS, "cdi_role": role, "cdi_forces": "LEICS, DERBS"}, BoardSettings())
    assert (person.role, person.forces) == (read, ("LEICS", "DERBS"))


def test_a_provider_without_a_client_is_refused_at_the_start() -> None:
    """Settings that cannot work are said to be so before anybody signs in."""
    with pytest.raises(ValueError, match="oidc_client_id"):
        BoardSettings(oidc_issuer="https://id.example")
    with pytest.raises(ValueError, match="nobody could sign in"):
        BoardSettings(local_users=False)


def test_the_providers_address_is_the_only_one_a_browser_is_sent_to(board: ServedBoard, provider: str) -> None:
    """And what is wanted afterwards cannot lead elsewhere."""
    leave = board.client().get("/sign-in/provider?next=https://evil.example")
    assert urlsplit(leave.headers["location"]).netloc == urlsplit(provider).netloc
