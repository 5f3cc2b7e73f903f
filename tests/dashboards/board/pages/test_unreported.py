"""The page of crimes that nobody reported: what it shows, and what a click on it writes."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.records import Link
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import a_clock, an_unreported_crime

PATH = "/fcr/unreported"
CRIME = an_unreported_crime("CR/0001/26", "INC-1")


@pytest.fixture
def jones(board: ServedBoard) -> TestClient:
    """Give a registrar a crime that nobody reported."""
    board.feeder.put(a_clock(WALL), CRIME)
    return board.client("fcr.jones")


def confirm(client: TestClient, **fields: str) -> Any:
    """Confirm a report from a freshly loaded page."""
    page = client.get(PATH).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "alert_id": CRIME.alert_id, **fields}
    return client.post(PATH, data=form)


def test_the_page_shows_each_crime_with_its_probable_reports(board: ServedBoard, jones: TestClient) -> None:
    """And why; who looked is noted, as on every page of the registrar's."""
    page = jones.get(PATH).text
    for words in ("CR/0001/26", "INC-1", "93 %", "SEN-2", "same victim", "+7.8"):
        assert words in page
    assert board.audit.noted[-1] == ("fcr.jones", "FCR", "VIEW", PATH)


def test_a_report_is_confirmed_with_one_click(board: ServedBoard, jones: TestClient) -> None:
    """By a link of that person, which is noted."""
    assert confirm(jones, system="STORM", ref="INC-1").status_code == 303
    [link] = [judgement for judgement in board.judgements.sent if isinstance(judgement, Link)]
    assert (link.left_system, link.left_ref, link.crime_ref) == ("STORM", "INC-1", "CR/0001/26")
    assert (link.confirmed, link.confirmed_by, link.force) == (True, "fcr.jones", "LEICS")
    assert ("fcr.jones", "FCR", "LINK", "STORM INC-1 CR/0001/26") in board.audit.noted


@pytest.mark.parametrize(("system", "ref"), [("STORM", "INC-2"), ("CIS", "INC-1"), ("SENTINEL", "INC-1")])
def test_a_report_that_is_not_suggested_is_not_linked(
    board: ServedBoard, jones: TestClient, system: str, ref: str
) -> None:
    """Whatever the form says."""
    assert confirm(jones, system=system, ref=ref).status_code == 404
    assert board.judgements.sent == []


def test_nobody_else_is_shown_it(board: ServedBoard, jones: TestClient) -> None:
    """It is the registrar's page."""
    assert board.client("ops.green").get(PATH).status_code == 403
