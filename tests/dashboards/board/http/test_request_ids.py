"""Each request to a board: its id, and the one line that the log has of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from dashboards.board.http.request_ids import HEADER
from streams.topology.correlation_headers import is_request_id
from tests.dashboards.board.served_board import ServedBoard

OURS = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"


@pytest.fixture
def log_lines() -> Iterator[list[EventDict]]:
    """Give what is logged meanwhile."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


def requests(log_lines: list[EventDict]) -> list[EventDict]:
    """Return the lines about requests."""
    return [line for line in log_lines if line["event"] == "request"]


def test_a_request_has_an_id_in_its_answer_and_in_its_line(board: ServedBoard, log_lines: list[EventDict]) -> None:
    """A new one each time."""
    answers = [board.client().get("/sign-in") for _ in range(2)]
    ids = [answer.headers[HEADER] for answer in answers]
    assert len(set(ids)) == 2
    assert all(map(is_request_id, ids))
    assert [line["request_id"] for line in requests(log_lines)] == ids


@pytest.mark.parametrize("given", [OURS, OURS.replace("-", ""), OURS.upper()])
def test_a_proxys_id_is_taken(board: ServedBoard, log_lines: list[EventDict], given: str) -> None:
    """So that its log and ours join."""
    answer = board.client().get("/sign-in", headers={HEADER: given})
    assert answer.headers[HEADER] == given.lower()
    assert requests(log_lines)[0]["request_id"] == given.lower()


@pytest.mark.parametrize("given", ["Jane Smith", "x", "f" * 65, "", "'; DROP TABLE alerts; --"])
def test_anything_else_is_replaced(board: ServedBoard, log_lines: list[EventDict], given: str) -> None:
    """What somebody typed gets no further."""
    answer = board.client().get("/sign-in", headers={HEADER: given})
    assert str(uuid.UUID(answer.headers[HEADER])) == answer.headers[HEADER]
    assert requests(log_lines)[0]["request_id"] == answer.headers[HEADER]


def test_the_line_says_which_page_and_never_what_for_or_by_whom(board: ServedBoard, log_lines: list[EventDict]) -> None:
    """The page by its pattern: in a path or a query stands what somebody typed."""
    client = board.client("insp.patel")
    client.get("/live?q=SECRET-REF")
    client.get("/trace?ref=SECRET-REF")
    client.get("/alerts/SECRET-REF")
    client.get("/nowhere/SECRET-REF")
    lines = requests(log_lines)
    summaries = [(line["method"], line["route"], line["status"]) for line in lines[2:]]
    assert summaries == [
        ("GET", "/live", 200),
        ("GET", "/trace", 200),
        ("GET", "/alerts/{alert_id}", 404),
        ("GET", None, 404),
    ]
    assert all(
        line.keys() == {"event", "log_level", "request_id", "method", "route", "status", "took_ms"} for line in lines
    )
    assert "SECRET-REF" not in str(log_lines)
    assert "insp.patel" not in str(log_lines)


def test_an_alerts_page_is_named_by_its_id(board: ServedBoard, log_lines: list[EventDict]) -> None:
    """Where what stands in its place is one."""
    client = board.client("insp.patel")
    client.get(f"/alerts/{OURS}")
    assert requests(log_lines)[-1]["alert_id"] == OURS


def test_what_is_asked_all_the_time_is_said_quietly(board: ServedBoard, log_lines: list[EventDict]) -> None:
    """Probes, styles and scripts."""
    client = board.client()
    for path in ("/healthy", "/static/board.css", "/signed-in"):
        client.get(path)
    assert [line["log_level"] for line in requests(log_lines)] == ["debug"] * 3


def test_a_page_that_fails_names_the_request_to_whoever_asked(
    board: ServedBoard, log_lines: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that operations find it in the log, which has it as failed."""

    def fail(_: object) -> None:
        raise ValueError

    monkeypatch.setattr(type(board.board), "freshness", lambda *_: fail(None))
    client = board.client("insp.patel")
    client = type(client)(board.app, "http://127.0.0.1", raise_server_exceptions=False, cookies=client.cookies)
    answer = client.get("/feeds")
    assert answer.status_code == 500
    assert answer.headers[HEADER] in answer.text
    assert (requests(log_lines)[-1]["request_id"], requests(log_lines)[-1]["status"]) == (answer.headers[HEADER], 500)
