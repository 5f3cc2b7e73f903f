"""How a board is run: on loopback unless told otherwise, without a log of who asked for what."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import httpx2
import pytest

from dashboards.board.domain.settings import BoardSettings
from dashboards.board.server.run import server_of
from tests.dashboards.board.served_board import WALL, ServedBoard
from tests.dashboards.trials.sample import a_clock, an_alert
from tests.dashboards.trials.serving import tried


def test_nothing_listens_beyond_loopback_unless_told_to(board: ServedBoard) -> None:
    """The default address is loopback's, and another is taken only where it is named."""
    assert server_of(BoardSettings(), board.app).config.host == "127.0.0.1"
    assert server_of(BoardSettings(host="0.0.0.0"), board.app).config.host == "0.0.0.0"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lists with commas, and a database beside the data unless one is named."""
    monkeypatch.setenv("CDI_BOARD_ALLOWED_HOSTS", "board.example, board")
    monkeypatch.setenv("CDI_BOARD_DATA", str(tmp_path))
    settings = BoardSettings()
    assert settings.allowed_hosts == ("board.example", "board")
    assert settings.database_url == f"sqlite:///{tmp_path}/board.sqlite"


def test_no_secret_shows_in_the_settings() -> None:
    """Printed or logged, they keep their secrets."""
    settings = BoardSettings(
        secret="s3cret-a", oidc_issuer="https://id.example", oidc_client_id="board", oidc_client_secret="s3cret-b"
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


def test_no_log_says_what_was_looked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A whole visit, with a failed sign-in and a search, leaves neither names nor references in the logs."""
    caplog.set_level(logging.DEBUG)
    with tried(tmp_path, lambda: WALL) as board, httpx2.Client(base_url=board.url) as client:
        board.feeder.put(a_clock(WALL), an_alert("crime-not-recorded", "STORM", "SECRET-REF", wall=WALL, due_in=1))
        page = client.get("/sign-in").text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        client.post("/sign-in", data={"csrf": token, "name": "very.private", "password": "hunter2-hunter2"})
        client.get("/live?q=SECRET-REF")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    text = "\n".join(ours)
    for secret in ("SECRET-REF", "very.private", "hunter2", token):
        assert secret not in text


def test_a_stopped_board_leaves_no_listener(tmp_path: Path) -> None:
    """After it has stopped, its port is free again."""
    with tried(tmp_path, lambda: WALL) as board:
        port = int(board.url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
