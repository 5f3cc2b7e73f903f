"""Planning an audit on the board: what it comes to is shown first, and it is made once, as whoever asked."""

from __future__ import annotations

from typing import Final

import pytest

from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits.requests import AuditRequest
from schemas.times import from_rfc3339
from streams.audits.plan import PlanRequest
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.audits import DRAWN, PLAN, REQUEST, TWICE, audited, differing, first_readings, previewed
from tests.dashboards.trials.sample import FORCE, a_clock

FORM: Final = {"force": FORCE, "frame": "INCIDENTS", "from": "2026-04-01", "to": "2026-04-30", "by": "FAMILY"}


def stored(board: ServedBoard, request_id: str) -> AuditRequest:
    """Return a request that is there."""
    with board.model.reading() as connection:
        request = audit_requests.find(connection, request_id)
    assert request is not None
    return request


@pytest.mark.parametrize(("name", "role"), [("fcr.jones", "FCR"), ("audit.brown", "AUDITOR")])
def test_a_plan_is_looked_at_and_then_made(board: ServedBoard, name: str, role: str) -> None:
    """N by stratum and n are shown before anything is drawn; sending the form twice makes one plan."""
    board.feeder.put(a_clock(WALL))
    client = board.client(name)
    page = client.get("/audits/plan").text
    form = {**FORM, "csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "half_width": "5", "n": ""}
    address = client.post("/audits/plan", data=form).headers["location"]
    asked = stored(board, address.rpartition("/")[2])
    start, end = from_rfc3339("2026-04-01T00:00:00+01:00"), from_rfc3339("2026-05-01T00:00:00+01:00")
    assert asked.plan_request == PlanRequest("INCIDENTS", start, end, "FAMILY", None, 0.05)
    assert (asked.kind, asked.asked_by) == ("PREVIEW", name)
    audit_requests.claim(board.model, WALL)
    audit_requests.fail(board.model, asked.request_id, "no", WALL)
    previewed(board.model, WALL)
    page = client.get(f"/audits/requests/{REQUEST}").text
    for words in ("Theft", "Violence", "Make this plan and draw 50 records", "in proportion to the strata"):
        assert words in page
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id")}
    address = client.post(f"/audits/requests/{REQUEST}/make", data=form).headers["location"]
    page = client.get(f"/audits/requests/{REQUEST}").text
    again = client.post(f"/audits/requests/{REQUEST}/make", data={**form, "action_id": field_of(page, "action_id")})
    assert again.headers["location"] == address
    made = stored(board, address.rpartition("/")[2])
    assert (made.kind, made.asked_by, made.asked_role) == ("PLAN", name, role)
    assert any(action == "AUDIT_PLAN_REQUEST" for _, _, action, _ in board.audit.noted)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n": "", "half_width": ""}, "Either a number of records or a half-width is needed"),
        ({"n": "²"}, "whole number"),
        ({"n": "0"}, "at least one record"),
        ({"n": "", "half_width": "nan"}, "above 0 and below 100"),
        ({"n": "", "half_width": "x"}, "such as 5"),
        ({"frame": "DISPOSALS", "by": "TEAM"}, "state no TEAM"),
        ({"frame": "NONE"}, "Choose a frame"),
        ({"by": "NONE"}, "Choose what strata are made of"),
        ({"from": "2026-05-01"}, "ends before it begins"),
        ({"from": "yesterday"}, "day such as"),
        ({"to": "9999-12-31"}, "ays from"),
        ({"force": "DERBS"}, "Choose a force"),
    ],
)
def test_what_cannot_be_planned_is_said_at_once(board: ServedBoard, changed: dict[str, str], sentence: str) -> None:
    """Without asking any process, and with the form as it was sent."""
    board.feeder.put(a_clock(WALL))
    client = board.client("fcr.jones")
    page = client.get("/audits/plan").text
    form = {**FORM, "csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "n": "10", **changed}
    answer = client.post("/audits/plan", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert audit_requests.claim(board.model, WALL) is None


def test_the_list_and_an_audit_say_how_far_reading_has_come(board: ServedBoard) -> None:
    """By audit and by stratum; nothing of another's force."""
    board.feeder.put(a_clock(WALL))
    audited(board.model, WALL, *first_readings(0), differing(TWICE[0]))
    client = board.client("audit.brown")
    page = client.get("/audits").text
    assert PLAN.audit_id in page
    assert f"{len(DRAWN) - 1} of {len(DRAWN)}" in page
    assert "strata by code family" in client.get(f"/audits/{PLAN.audit_id}").text
    assert client.get("/audits/none").status_code == 404
