"""A suggested crime is confirmed with one click, and that is undone with another."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboards.board.readmodel.judgements import links as people_links
from schemas.records import Link
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import a_clock, a_linked_matter, an_alert

ALERT, MATTER = a_linked_matter(WALL)
SUGGESTED = "CR/0940/26"
PATH = f"/alerts/{ALERT.alert_id}"
BUTTON = "Yes, that crime"


@pytest.fixture
def patel(board: ServedBoard) -> TestClient:
    """Give a supervisor before an alert for which a crime is suggested."""
    board.feeder.put(a_clock(WALL), *MATTER)
    return board.client("insp.patel")


def form_of(page: str, **fields: str) -> dict[str, str]:
    """Return a form's fields, with what every form of the page has."""
    return {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), **fields}


def confirm(client: TestClient, crime_ref: str = SUGGESTED) -> Any:
    """Confirm a crime from a freshly loaded page."""
    return client.post(f"{PATH}/links", data=form_of(client.get(PATH).text, crime_ref=crime_ref))


def undo(client: TestClient) -> Any:
    """Undo the link that a freshly loaded page shows."""
    page = client.get(PATH).text
    return client.post(f"{PATH}/links/undo", data=form_of(page, link_id=field_of(page, "link_id")))


def sent_links(board: ServedBoard) -> list[Link]:
    """Return the links that were sent."""
    return [judgement for judgement in board.judgements.sent if isinstance(judgement, Link)]


def test_a_suggestion_is_confirmed_and_shown_at_once(board: ServedBoard, patel: TestClient) -> None:
    """The link says who, is noted, and takes the suggestion's place on the page."""
    assert BUTTON in patel.get(PATH).text
    assert confirm(patel).status_code == 303
    [link] = sent_links(board)
    assert (link.left_system, link.left_ref, link.crime_ref) == ("STORM", ALERT.subject_ref, SUGGESTED)
    assert (link.force, link.confirmed, link.confirmed_by, link.event_time) == ("LEICS", True, "insp.patel", WALL)
    assert board.audit.noted[-1] == ("insp.patel", "SUPERVISOR", "LINK", f"{ALERT.alert_id} {SUGGESTED}")
    page = patel.get(PATH).text
    assert f"Linked to {SUGGESTED} by insp.patel" in page
    assert BUTTON not in page


def test_a_colleague_undoes_it(board: ServedBoard, patel: TestClient) -> None:
    """The newest word stands, by whoever says it, in one millisecond too; and it can be confirmed again."""
    confirm(patel)
    assert undo(board.client("fcr.jones")).status_code == 303
    confirmed, undone = sent_links(board)
    assert (undone.confirmed, undone.confirmed_by, undone.event_time) == (False, "fcr.jones", WALL + 1)
    assert people_links.link_id(undone) == people_links.link_id(confirmed)
    assert ("fcr.jones", "FCR", "UNLINK", f"{ALERT.alert_id} {SUGGESTED}") in board.audit.noted
    assert BUTTON in patel.get(PATH).text
    assert confirm(patel).status_code == 303
    assert "Linked to" in patel.get(PATH).text


def test_sending_either_form_twice_links_or_undoes_once(board: ServedBoard, patel: TestClient) -> None:
    """An impatient second click changes nothing and is no fault."""
    form = form_of(patel.get(PATH).text, crime_ref=SUGGESTED)
    assert [patel.post(f"{PATH}/links", data=form).status_code for _ in range(2)] == [303, 303]
    assert len(sent_links(board)) == 1
    page = patel.get(PATH).text
    form = form_of(page, link_id=field_of(page, "link_id"))
    assert [patel.post(f"{PATH}/links/undo", data=form).status_code for _ in range(2)] == [303, 404]
    assert len(sent_links(board)) == 2


def test_only_what_is_suggested_or_linked_can_be_answered(board: ServedBoard, patel: TestClient) -> None:
    """A crime that nobody suggests is not found, nor a link that there is not, nor a form without an id accepted."""
    assert confirm(patel, "CR/9999/26").status_code == 404
    page = patel.get(PATH).text
    assert patel.post(f"{PATH}/links/undo", data=form_of(page, link_id="x")).status_code == 404
    form = form_of(page, crime_ref=SUGGESTED) | {"action_id": "x"}
    assert patel.post(f"{PATH}/links", data=form).status_code == 422
    assert board.judgements.sent == []


def test_a_link_that_cannot_be_sent_is_not_shown(board: ServedBoard, patel: TestClient) -> None:
    """Where the broker does not take it, the page says so and the suggestion stays."""
    board.judgements.refusing = True
    answer = confirm(patel)
    assert answer.status_code == 503
    assert "was not taken" in answer.text
    assert BUTTON in patel.get(PATH).text


def test_who_may_not_link_sees_the_suggestion_without_a_button(board: ServedBoard, patel: TestClient) -> None:
    """Operations and auditors look."""
    for name in ("ops.green", "audit.brown"):
        page = board.client(name).get(PATH).text
        assert SUGGESTED in page
        assert BUTTON not in page
    confirm(patel)
    assert "Undo" not in board.client("audit.brown").get(PATH).text


def test_the_crimes_own_alert_shows_the_report(board: ServedBoard, patel: TestClient) -> None:
    """A link is seen, and undone, from either end."""
    crime = an_alert("no-crime-unsupported", "CIS", SUGGESTED, wall=WALL, due_in=None)
    board.feeder.put(crime)
    confirm(patel)
    page = patel.get(f"/alerts/{crime.alert_id}").text
    assert f"Linked to {ALERT.subject_ref} by insp.patel" in page
    form = form_of(page, link_id=field_of(page, "link_id"))
    assert patel.post(f"/alerts/{crime.alert_id}/links/undo", data=form).status_code == 303
    assert not sent_links(board)[-1].confirmed
