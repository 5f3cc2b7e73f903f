"""What keeps strangers, forged forms and scripts out."""

from __future__ import annotations

import pytest
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import ReadModel
from tests.dashboards.board.served_board import WALL, FixedClock, ServedBoard, csrf_of, field_of, served
from tests.dashboards.trials.sample import a_case, a_clock, an_alert

OURS = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=60_000)
OPEN_TO_ALL = {"/", "/sign-in", "/sign-in/provider", "/sign-in/callback", "/healthy", "/signed-in", "/static"}


def test_every_page_wants_a_sign_in(board: ServedBoard) -> None:
    """Whatever path there is, without a sign-in it leads to the form or says 401; none is forgotten."""
    client = board.client()
    for route in board.app.routes:
        assert isinstance(route, Route | Mount)
        if route.path in OPEN_TO_ALL:
            continue
        path = route.path.replace("{alert_id}", OURS.alert_id)
        for method in getattr(route, "methods", None) or {"GET"}:
            answer = client.request(method, path)
            assert answer.status_code in {303, 401}, (method, path)
            assert answer.headers.get("location", "/sign-in").startswith("/sign-in"), path


@pytest.mark.parametrize("path", ["/sign-in", "/live", "/static/board.js", "/nowhere", "/healthy"])
def test_every_answer_carries_the_secure_headers(board: ServedBoard, path: str) -> None:
    """No script but our own file, no frame, no sniffing, nothing kept by a cache on the way."""
    headers = board.client("insp.patel").get(path).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert path.startswith("/static/") or headers["cache-control"] == "no-store"


def test_no_page_holds_a_script_or_a_style_of_its_own() -> None:
    """The policy would block them, and a template that has one is a mistake."""
    from dashboards.board.pages.rendering import TEMPLATES

    for template in TEMPLATES.glob("*.html"):
        text = template.read_text()
        assert "<style" not in text, template.name
        assert " style=" not in text, template.name
        assert " onclick" not in text, template.name
        assert "http://" not in text, template.name
        assert "https://" not in text, template.name
        assert text.count("<script") == text.count('<script src="{{ base }}/static/'), template.name


def test_a_board_elsewhere_is_not_answered(board: ServedBoard) -> None:
    """A name that resolves to loopback from outside (DNS rebinding) gets nothing."""
    assert board.client().get("/sign-in", headers={"host": "evil.example"}).status_code == 400


def test_cookies_are_secure_behind_https(model: ReadModel, clock: FixedClock) -> None:
    """Behind HTTPS the cookie is the host's own and never sent in the clear, and the browser is told to stay."""
    with served(model, clock, BoardSettings(https=True)) as board:
        answer = board.client().get("/sign-in")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-cdi=")
    assert "secure" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=31536000" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("wrong", {}),
        (None, {"origin": "https://evil.example"}),
        (None, {"sec-fetch-site": "cross-site"}),
        (None, {"origin": "null"}),
    ],
)
def test_a_form_from_elsewhere_does_nothing(board: ServedBoard, token: str | None, headers: dict[str, str]) -> None:
    """Neither a wrong token nor a right one from another origin is enough."""
    board.feeder.put(a_clock(WALL), OURS)
    client = board.client("insp.patel")
    page = client.get(f"/alerts/{OURS.alert_id}").text
    form = {"csrf": csrf_of(page) if token is None else token, "kind": "ASSIGN", "to_me": "1"}
    answer = client.post(f"/alerts/{OURS.alert_id}/actions", data=form, headers=headers)
    assert answer.status_code == 403
    assert board.actions.sent == []


def test_a_sign_in_form_from_elsewhere_signs_nobody_in(board: ServedBoard) -> None:
    """Nobody can be signed in as somebody else without noticing."""
    client = board.client()
    client.get("/sign-in")
    answer = client.post("/sign-in", data={"csrf": "guessed", "name": "insp.patel", "password": "three random words"})
    assert answer.status_code == 403
    assert client.get("/live").status_code == 303


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("insp.patel", "/fcr/register", 403),
        ("insp.patel", "/fcr/audits", 403),
        ("insp.patel", "/fcr/disputes", 403),
        ("insp.patel", "/fcr/register.csv", 403),
        ("insp.patel", "/fcr/figures.csv", 403),
        ("insp.patel", "/fcr/figures", 200),
        ("fcr.jones", "/fcr/register.csv", 200),
        ("audit.brown", "/fcr/register", 200),
        ("audit.brown", "/handover", 403),
        ("ops.green", "/trace?ref=INC-1", 403),
        ("ops.green", "/fcr/figures", 403),
        ("ops.green", "/live", 200),
        ("ops.green", "/feeds", 200),
    ],
)
def test_a_page_is_for_the_roles_it_is_for(board: ServedBoard, name: str, path: str, status: int) -> None:
    """Each role sees what its work needs."""
    assert board.client(name).get(path).status_code == status


def test_another_forces_matters_are_not_there(board: ServedBoard) -> None:
    """A supervisor of one force finds nothing of another: not in lists, by link, by search or by trace."""
    board.feeder.put(a_clock(WALL), OURS, a_case("STORM", "INC-1", began_at=WALL))
    client = board.client("insp.derby")
    assert client.get(f"/alerts/{OURS.alert_id}").status_code == 404
    assert OURS.alert_id not in client.get("/live?q=INC-1").text
    assert "No system holds" in client.get("/trace?ref=INC-1").text
    assert "LEICS" not in client.get("/feeds").text
    form = {"csrf": csrf_of(client.get("/live").text), "kind": "ASSIGN", "to_me": "1"}
    assert client.post(f"/alerts/{OURS.alert_id}/actions", data=form).status_code == 404
    assert board.client("insp.patel").get(f"/alerts/{OURS.alert_id}").status_code == 200


@pytest.mark.parametrize(
    ("path", "noted"),
    [
        ("/live", ("VIEW", "/live")),
        ("/live?q=INC-1", ("SEARCH", "/live?q=INC-1")),
        ("/trace?ref=INC-1", ("SEARCH", "/trace?ref=INC-1")),
        (f"/alerts/{OURS.alert_id}", ("VIEW", f"/alerts/{OURS.alert_id}")),
        ("/fcr/register.csv", ("EXPORT", "/fcr/register.csv")),
    ],
)
def test_each_look_is_noted(board: ServedBoard, path: str, noted: tuple[str, str]) -> None:
    """Who looked at what is in the audit log: views, searches and exports."""
    client = board.client("fcr.jones")
    client.get(path)
    assert board.audit.noted[-1] == ("fcr.jones", "FCR", *noted)


def test_what_cannot_be_noted_is_not_shown(board: ServedBoard) -> None:
    """Without an audit log nothing is given out, and the page says why."""
    board.feeder.put(a_clock(WALL), OURS)
    client = board.client("fcr.jones")
    board.audit.refusing = True
    answer = client.get(f"/alerts/{OURS.alert_id}")
    assert answer.status_code == 503
    assert "INC-1" not in answer.text
    assert client.get("/fcr/register.csv").status_code == 503


def test_what_a_record_says_is_never_markup(board: ServedBoard) -> None:
    """A reference that is a script is shown as the text it is."""
    nasty = an_alert("crime-not-recorded", "STORM", "<script>alert(1)</script>", wall=WALL, due_in=60_000, team="<b>x")
    board.feeder.put(a_clock(WALL), nasty, a_case("STORM", "<script>alert(1)</script>", began_at=WALL))
    client = board.client("insp.patel")
    for path in ("/live", f"/alerts/{nasty.alert_id}", "/trace?ref=<script>alert(1)</script>"):
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "<b>x" not in text, path
        assert "&lt;script&gt;" in text, path


def test_a_fault_is_answered_without_its_inside(board: ServedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback reaches whoever looks."""
    from dashboards.board.pages.board import Board

    def fail(*_: object) -> None:
        message = "secret inside"
        raise ValueError(message)

    client = board.client("insp.patel")
    monkeypatch.setattr(Board, "freshness", fail)
    from starlette.testclient import TestClient

    quiet = TestClient(board.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    quiet.cookies = client.cookies
    answer = quiet.get("/live")
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def post_note(board: ServedBoard, headers: dict[str, str]) -> int:
    """Send a note from an alert's page with some headers, and return the status of the answer."""
    board.feeder.put(a_clock(WALL), OURS)
    client = board.client("insp.patel")
    page = client.get(f"/alerts/{OURS.alert_id}").text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "seen"}
    return client.post(f"/alerts/{OURS.alert_id}/actions", data=form, headers=headers).status_code


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://127.0.0.1", "127.0.0.1:443", 303),
        ("https://127.0.0.1", "127.0.0.1", 303),
        ("http://127.0.0.1", "127.0.0.1:80", 303),
        ("https://LOCALHOST", "localhost:443", 303),
        ("http://localhost:8400", "localhost:8400", 303),
        ("https://127.0.0.1:8443", "127.0.0.1:8443", 303),
        ("https://127.0.0.1:8443", "127.0.0.1", 403),
        ("http://127.0.0.1", "127.0.0.1:443", 403),
        ("https://127.0.0.1.evil.example", "127.0.0.1:443", 403),
        ("https://127.0.0.1:99999", "127.0.0.1", 403),
        ("https://127.0.0.1:x", "127.0.0.1", 403),
        ("https://[::1", "127.0.0.1", 403),
    ],
)
def test_a_form_is_taken_from_the_host_with_or_without_its_usual_port(
    board: ServedBoard, origin: str, host: str, status: int
) -> None:
    """A browser leaves out the port of its scheme; a proxy may write it."""
    assert post_note(board, {"origin": origin, "host": host}) == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://force.example", 303),
        ("https://force.example:443", 303),
        ("http://force.example", 403),
        ("https://other.example", 403),
    ],
)
def test_a_form_is_taken_from_where_browsers_reach_the_board(
    model: ReadModel, clock: FixedClock, origin: str, status: int
) -> None:
    """Even where the proxy gives the board's own name as the host."""
    with served(model, clock, BoardSettings(public_url="https://force.example/")) as board:
        assert post_note(board, {"origin": origin}) == status


@pytest.mark.parametrize(
    ("headers", "token", "logged"),
    [
        ({"origin": "https://evil.example"}, None, {"reason": "origin", "origin": "https://evil.example"}),
        ({"sec-fetch-site": "cross-site"}, None, {"reason": "site", "site": "cross-site"}),
        ({}, "wrong", {"reason": "token"}),
    ],
)
def test_a_form_that_is_refused_is_logged_with_the_reason(
    board: ServedBoard, headers: dict[str, str], token: str | None, logged: dict[str, str]
) -> None:
    """So a proxy that is set up wrongly can be told from an attack."""
    client = board.client("insp.patel")
    form = {"csrf": token or csrf_of(client.get("/account").text)}
    with capture_logs() as events:
        assert client.post("/sign-out", data=form, headers=headers).status_code == 403
    [refusal] = [event for event in events if event["event"] == "board_form_refused"]
    assert logged.items() <= refusal.items()
